"""Forms of the back office that were sent when nobody was signed in, or anew.

Whoever writes for long is signed out meanwhile, and a form that was open before signing
in again is not accepted any more. Both answer with a page that holds all that was
typed, to be sent once more.
"""

from urllib.parse import urlsplit

from django.contrib import admin
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import csrf
from django.views.decorators.cache import never_cache

TOKEN = "csrfmiddlewaretoken"  # noqa: S105 -- the name of a field
SECRET = "password"  # noqa: S105 -- the same


def typed(request) -> list[tuple[str, str]]:
    """Return what a form said, as names and values; passwords are left out."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name != TOKEN and SECRET not in name
        for value in values
    ]


def is_to_be_kept(request) -> bool:
    """Tell whether nobody is signed in who could save what was typed."""
    is_form = request.method == "POST" and request.path != reverse("admin:logout")
    return is_form and not request.user.is_authenticated and bool(typed(request))


@never_cache
def kept(request):
    """Answer with a page that says why nothing was saved, and holds what was typed."""
    title = _("Not saved yet") if request.user.is_authenticated else _("Not saved")
    return render(
        request,
        "admin/unsent_form.html",
        admin.site.each_context(request)
        | {
            "title": title,
            # It leads away from what was typed.
            "is_nav_sidebar_enabled": False,
            "typed": typed(request),
            "files": [
                file.name for _field, files in request.FILES.lists() for file in files
            ],
        },
        status=403,
    )


def csrf_failure(request, reason=""):
    """Keep what a form of this site said that was open before somebody signed in anew.

    To what another site sends, nothing is offered.
    """
    origin = urlsplit(request.headers.get("Origin", ""))
    is_own = (origin.scheme, origin.netloc) == (request.scheme, request.get_host())
    # Not what one signs in with.
    is_of_records = "admin" in request.resolver_match.app_names
    if is_own and is_of_records and typed(request):
        return kept(request)
    return csrf.csrf_failure(request, reason)
