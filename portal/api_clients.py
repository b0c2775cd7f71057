"""Who asks the API, and how often: clients with a key, and addresses without one."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.throttling import BaseThrottle

from .client_addresses import client_address
from .models import ApiKey
from .partial_dates import today
from .rate_limits import Standing, count


class TooManyRequestsError(Throttled):
    """One client asked too often; ``wait`` tells when it may ask again."""

    default_detail = _("Too many requests.")
    extra_detail_singular = _("Ask again in {wait} second.")
    extra_detail_plural = _("Ask again in {wait} seconds.")

    def __init__(self, standing: Standing):
        super().__init__(standing.wait)
        self.standing = standing


def count_request(request) -> Standing | None:
    """Count a request for its key, or else for its address; None without a limit.

    Raises TooManyRequestsError beyond the limit.
    """
    key = request.auth if hasattr(request, "auth") else None
    if key is not None:
        client, limit = f"key:{key.pk}", key.rate
    else:
        client, limit = client_address(request), settings.RATE_LIMITS["api"]
    if not limit:
        return None
    standing = count("api", client, limit)
    if standing.is_refused:
        raise TooManyRequestsError(standing)
    return standing


class KeyAuthentication(BaseAuthentication):
    """A key in ``Authorization: Bearer …`` or in ``X-API-Key``."""

    def authenticate(self, request):
        text = self.key_of(request)
        if text is None:
            return None
        key = ApiKey.objects.matching(text)
        if key is None:
            # Trying keys counts as well.
            count_request(request._request)
            raise AuthenticationFailed(
                _("The API key is not known, or was revoked. Without one, ask less.")
            )
        key.note_use(today())
        return None, key

    @staticmethod
    def key_of(request) -> str | None:
        scheme, _space, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return value.strip()
        return request.headers.get("X-API-Key")

    def authenticate_header(self, request):
        return 'Bearer realm="api"'


class ClientThrottle(BaseThrottle):
    def allow_request(self, request, view):
        # Told to the client with the answer.
        view.standing = count_request(request)
        return True


class KeyScheme(OpenApiAuthenticationExtension):
    """Describe the two ways to send a key in the OpenAPI schema."""

    target_class = KeyAuthentication
    name = ["bearer", "apiKey"]

    def get_security_requirement(self, auto_schema):
        # Either of them.
        return [{name: []} for name in self.name]

    def get_security_definition(self, auto_schema):
        return [
            {"type": "http", "scheme": "bearer"},
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        ]
