"""The editor of rich texts in the back office, under the strict policy."""

from csp.constants import NONCE
from django.utils.translation import gettext_lazy as _

FIGURES_OF_COUNTRY = _(
    "A name in double square brackets shows today’s number: [[labels held]], "
    "[[gold labels held]], [[clusters]], [[partnerships]], [[partners counted]], "
    "[[latest gdp]]. For another country: [[clusters in CL]]."
)
FIGURES_ANYWHERE = _(
    "A name in double square brackets shows today’s number of a country: "
    "[[labels held in MX]], [[clusters in MX]], [[partnerships in MX]], "
    "[[partners counted in MX]], [[latest gdp in MX]]."
)


def allow_editor(request, response):
    """Let the editor's import map, which is inline, through on this page alone.

    Only pages of the back office have a nonce; public ones can stay in caches.
    """
    media = response.context_data.get("media")
    if getattr(media, "_importmap", None):
        response.context_data["media"] = media.with_nonce(str(request.csp_nonce))
        response._csp_update = {"script-src": [NONCE]}
    return response
