"""The second step of signing in: a code from an app, or a recovery code."""

import base64
import hashlib
import logging

from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
)
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import (
    SECRET_SESSION_KEY,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt, is_mfa_enabled
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from .session_limits import is_for_staff

# Where somebody may go who has not set up or shown a second factor yet.
WITHOUT_SECOND_FACTOR = {
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "mfa_activate_totp",
    "mfa_qr_code",
    "mfa_reauthenticate",
    "logout",
    "jsi18n",
}
LAST_USED = "last_used_counter"
logger = logging.getLogger(__name__)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keep secrets encrypted, so that a copy of the database opens no account."""

    def encrypt(self, text):
        return self._keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        try:
            return self._keys().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            # No code can be right.
            logger.warning(
                "A second factor was stored under another SECRET_KEY; "
                "SECRET_KEY_FALLBACKS can name that."
            )
            return base64.b32encode(hashlib.sha256(b"none").digest()).decode()

    def _keys(self):
        secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        digests = [
            hashlib.sha256(f"portal.second_factor:{secret}".encode()).digest()
            for secret in secrets
        ]
        return MultiFernet(
            [Fernet(base64.urlsafe_b64encode(digest)) for digest in digests]
        )


@transaction.atomic
def use_code(user, code: str) -> Authenticator | None:
    """Return what a code belongs to, and let nobody use it again."""
    code = "".join(code.split())
    own = Authenticator.objects.select_for_update().filter(user=user)
    for authenticator in own.order_by("pk"):
        authenticator.user = user
        if authenticator.type == Authenticator.Type.TOTP:
            if _use_counter(authenticator, code):
                return authenticator
        elif authenticator.wrap().validate_code(code):
            return authenticator
    return None


def _use_counter(authenticator, code):
    """Accept a code of the app, and later ones only from then on."""
    counter = counter_of(decrypt(authenticator.data["secret"]), code)
    if counter is None or counter <= authenticator.data.get(LAST_USED, -1):
        return False
    authenticator.data[LAST_USED] = counter
    authenticator.save(update_fields=["data"])
    return True


def counter_of(secret, code):
    """Return the half minute that a code is of, among those close to now."""
    for counter in yield_hotp_counters_from_time():
        value = format_hotp_value(hotp_value(secret, counter))
        if constant_time_compare(code, value):
            return counter
    return None


class OnceOnly:
    """A form that takes each code once, in whichever process it is sent again."""

    def clean_code(self):
        code = self.cleaned_data["code"]
        self.authenticator = use_code(self.user, code)
        if self.authenticator is None:
            raise SecondFactorAdapter().validation_error("incorrect_code")
        return code


class CodeForm(OnceOnly, AuthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs.pop("placeholder", None)
        self.fields["code"].label = _("Code from your app, or a recovery code")


class ReauthenticationCodeForm(OnceOnly, ReauthenticateForm):
    pass


class ActivationForm(ActivateTOTPForm):
    """Keep to one secret: a page asked for meanwhile must not make the picture old."""

    def __init__(self, *args, **kwargs):
        session = context.request.session
        shown = session.get(SECRET_SESSION_KEY)
        super().__init__(*args, **kwargs)
        if shown:
            self.secret = session[SECRET_SESSION_KEY] = shown
        self.fields["code"].widget.attrs.pop("placeholder", None)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"
        self.fields["code"].label = _("Code that the app shows")


def was_used_in(request) -> bool:
    """Tell whether the second factor was shown in this session."""
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "mfa" for record in records)


def forget_use(request):
    """Ask for a second factor again before the next page."""
    records = get_authentication_records(request, request.user)
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        record for record in records if record["method"] != "mfa"
    ]


class SecondFactorMiddleware:
    """Let nobody into the back office by a password alone, however they came in."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, arguments, options):
        if not settings.REQUIRE_2FA or not is_for_staff(request):
            return None
        if not request.user.is_authenticated or was_used_in(request):
            return None
        if request.resolver_match.url_name in WITHOUT_SECOND_FACTOR:
            return None
        if is_mfa_enabled(request.user):
            # Set up elsewhere since: this session has not shown it yet.
            page = reverse("mfa_reauthenticate")
            return redirect_to_login(request.get_full_path(), page)
        return redirect("mfa_activate_totp")
