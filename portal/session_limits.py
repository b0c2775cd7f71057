"""How long somebody stays signed in, and what ends a session at once."""

import hashlib
import time

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.views import redirect_to_login
from django.urls import reverse
from django.utils.translation import gettext as _

STAFF_PATH = "/admin/"
SEEN_EVERY_SECONDS = 60
STARTED, SEEN, ROLE = "signed_in_at", "seen_at", "role"


def is_for_staff(request) -> bool:
    """Tell whether a request is for the back office; no other page has sessions."""
    return request.path_info.startswith(STAFF_PATH)


def begin(request, user, **_signal):
    """Start the clocks of a session; called whenever somebody signs in."""
    if request is None:
        return
    # Its rights may have been asked for before they were changed.
    user = type(user)._default_manager.get(pk=user.pk)
    now = time.time()
    request.session.update({STARTED: now, SEEN: now, ROLE: role_of(user)})


def role_of(user) -> str:
    """Return what changes when the rights of an account do."""
    if user.is_superuser:
        return "superuser"
    rights = ",".join(sorted(user.get_all_permissions()))
    return hashlib.sha256(f"{user.is_staff}:{rights}".encode()).hexdigest()


class SessionLimitsMiddleware:
    """Sign out who was idle, who stayed too long, and whose rights changed."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not is_for_staff(request) or not request.user.is_authenticated:
            return self.get_response(request)
        reason = self._reason_to_end(request)
        if reason:
            auth.logout(request)
            messages.warning(request, reason)
            if request.method == "POST":
                # Its page may keep what was typed.
                return self.get_response(request)
            return redirect_to_login(request.get_full_path(), reverse("account_login"))
        self._mark_as_seen(request.session)
        return self.get_response(request)

    def _reason_to_end(self, request):
        session, now = request.session, time.time()
        if now - session.get(STARTED, 0) > settings.SESSION_COOKIE_AGE:
            return _("You were signed out because a working day has passed.")
        if now - session.get(SEEN, 0) > settings.SESSION_IDLE_SECONDS:
            return _("You were signed out because you had been away for an hour.")
        if session.get(ROLE) != role_of(request.user):
            return _("Your rights have changed. Sign in again.")
        return None

    def _mark_as_seen(self, session):
        if time.time() - session[SEEN] > SEEN_EVERY_SECONDS:
            session[SEEN] = time.time()
