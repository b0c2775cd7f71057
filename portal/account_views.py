"""Signing in and the pages of one's own account, with their attempts counted."""

from allauth.account import views as account
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import views as second_factor_views
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import views as totp
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache

from . import attempts, second_factor
from .client_addresses import client_address


class Counted:
    """A form that is sent so often at most; a redirect means that it was right."""

    limit = attempts.PASSWORD
    is_forgiven = True

    def post(self, request, *args, **kwargs):
        address = client_address(request)
        try:
            attempt = attempts.begin(self.limit, self.attempted(), address)
        except attempts.TooManyAttemptsError as refusal:
            return too_many(request, refusal.seconds)
        response = super().post(request, *args, **kwargs)
        if self.is_forgiven and response.status_code == 302:
            attempts.forgive(attempt)
        return response

    def attempted(self):
        """Return whose secret is guessed."""
        return self.request.user.get_username()


def too_many(request, seconds):
    minutes = -(-seconds // 60)
    response = render(
        request, "account/too_many.html", {"minutes": minutes}, status=429
    )
    response["Retry-After"] = str(seconds)
    return response


class SignInView(Counted, account.LoginView):
    def attempted(self):
        return self.request.POST.get("login", "")


class CodeView(Counted, second_factor_views.AuthenticateView):
    limit = attempts.CODE

    def _build_forms(self):
        data = self.request.POST if self.request.method == "POST" else None
        self.webauthn_form = None
        self.auth_form = self.get_form_class()(user=self.stage.login.user, data=data)
        return self.auth_form

    def attempted(self):
        return self.stage.login.user.get_username()


class ReauthenticateView(Counted, account.ReauthenticateView):
    pass


class CodeAgainView(Counted, second_factor_views.ReauthenticateView):
    limit = attempts.CODE


class ChangePasswordView(Counted, account.PasswordChangeView):
    success_url = reverse_lazy("mfa_index")

    def dispatch(self, request, *args, **kwargs):
        user = request.user
        if user.is_authenticated and not user.has_usable_password():
            return redirect("account_reset_password")
        return super().dispatch(request, *args, **kwargs)


class ResetPasswordView(Counted, account.PasswordResetView):
    limit = attempts.RESET
    is_forgiven = False

    def attempted(self):
        return self.request.POST.get("email", "")


class ActivateView(Counted, totp.ActivateTOTPView):
    limit = attempts.CODE

    def form_valid(self, form):
        response = super().form_valid(form)
        # The code was shown in this session, and is used up.
        user = self.request.user
        own = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
        own.user = user
        counter = second_factor.counter_of(form.secret, form.cleaned_data["code"])
        own.data[second_factor.LAST_USED] = counter
        own.save(update_fields=["data"])
        post_authentication(self.request, own)
        return response


class DeactivateView(totp.DeactivateTOTPView):
    def form_valid(self, form):
        response = super().form_valid(form)
        second_factor.forget_use(self.request)
        return response


@login_required
@never_cache
def qr_code(request):
    """Draw what the app reads, as a picture: the policy allows no data in the page."""
    secret = request.session.get(SECRET_SESSION_KEY)
    if secret is None:
        raise Http404
    adapter = get_adapter()
    drawing = adapter.build_totp_svg(adapter.build_totp_url(request.user, secret))
    return HttpResponse(drawing, content_type="image/svg+xml")
