"""Accounts of the staff: who may sign in, and how mail about it is sent."""

import logging
import time

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from allauth.account.internal.flows.login import get_authentication_records

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up: administrators make accounts, for the staff only."""

    def is_open_for_signup(self, request):
        return False

    def authenticate(self, request, **credentials):
        """Tell a locked account by nothing from one that there is not."""
        user = super().authenticate(request, **credentials)
        return user if user and user.is_active and user.is_staff else None

    def is_reauthentication_required(self, *, app, **kwargs):
        """Ask again only who did not just sign in."""
        request = self.request
        records = get_authentication_records(request, request.user)
        latest = max((record["at"] for record in records), default=0)
        return time.time() - latest > app_settings.REAUTHENTICATION_TIMEOUT

    def send_mail(self, template_prefix, email, context):
        """Answer alike whether mail can be sent or not, and log that it cannot."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:
            logger.exception("Mail could not be sent: %s", template_prefix)


class SignInForm(LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("login", "password"):
            self.fields[name].widget.attrs.pop("placeholder", None)
        self.fields["login"].widget.attrs["autofocus"] = True
        self.fields["login"].widget.attrs["autocapitalize"] = "none"
        self.fields["password"].help_text = ""
