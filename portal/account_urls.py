"""The routes of django-allauth that the portal needs, and no others."""

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.usersessions import views as sessions
from django.urls import path, re_path

from . import account_views as views

urlpatterns = [
    path("login/", views.SignInView.as_view(), name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("confirm/", views.ReauthenticateView.as_view(), name="account_reauthenticate"),
    # Passwords
    path(
        "password/",
        views.ChangePasswordView.as_view(),
        name="account_change_password",
    ),
    path(
        "password/reset/",
        views.ResetPasswordView.as_view(),
        name="account_reset_password",
    ),
    path(
        "password/reset/sent/",
        account.password_reset_done,
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    # The second factor
    path("", second_factor.index, name="mfa_index"),
    path("code/", views.CodeView.as_view(), name="mfa_authenticate"),
    path("code/confirm/", views.CodeAgainView.as_view(), name="mfa_reauthenticate"),
    path("app/", views.ActivateView.as_view(), name="mfa_activate_totp"),
    path("app/picture.svg", views.qr_code, name="mfa_qr_code"),
    path("app/remove/", views.DeactivateView.as_view(), name="mfa_deactivate_totp"),
    path(
        "recovery-codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"
    ),
    path(
        "recovery-codes/new/",
        recovery.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("sessions/", sessions.list_usersessions, name="usersessions_list"),
]
