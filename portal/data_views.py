"""The data sets: a page of them all, a page of each, their files, their catalogue."""

import json
from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from clusters.open_data import (
    CLUSTERS,
    INDUSTRIES,
    LABELS,
    MEMBER_COUNTS,
    TECHNOLOGY_FIELDS,
)
from countries.open_data import (
    COUNTRIES,
    FACTS,
    INDICATORS,
    ORGANISATIONS,
    REPORTS,
    SECTIONS,
    SOURCES,
)
from events.open_data import ACHIEVEMENTS, EVENTS, NEWS
from partnerships.open_data import MEMBERSHIPS, PARTNERSHIPS

from . import dcat
from .api import RESOURCES
from .content_version import kept
from .licence import terms_of_use
from .listing_address import ListingAddress
from .open_data import FILE_FORMATS, DataFile, DataVersion
from .rate_limits import refusal
from .ready_downloads import offer
from .revalidation import revalidated

DATA_SETS = {
    data_set.name: data_set
    for data_set in (
        *(COUNTRIES, FACTS, SOURCES, INDICATORS, SECTIONS, ORGANISATIONS, REPORTS),
        *(CLUSTERS, LABELS, MEMBER_COUNTS, PARTNERSHIPS, MEMBERSHIPS),
        *(EVENTS, ACHIEVEMENTS, NEWS),
        *(INDUSTRIES, TECHNOLOGY_FIELDS),
    )
}
# The most sources that a page names.
SOURCES_SHOWN = 50


# Each for itself, as that of a large data set takes long.
SUMMARIES = {name: kept(data_set.summary) for name, data_set in DATA_SETS.items()}


def described():
    """Return each data set with what there is to say of it as a whole."""
    return [(data_set, SUMMARIES[name]()) for name, data_set in DATA_SETS.items()]


def data_set_named(name):
    if name not in DATA_SETS:
        raise Http404
    return DATA_SETS[name]


def about_all():
    return {
        "version": DataVersion.current(),
        **terms_of_use(),
        "formats": FILE_FORMATS.items(),
    }


@require_safe
def overview(request):
    data = dcat.catalogue_for_search(described(), request.build_absolute_uri)
    context = {"data_sets": described(), "data": data, **about_all()}
    return render(request, "portal/data.html", context)


@require_safe
def data_set(request, name):
    found = data_set_named(name)
    context = about_all()
    summary, sources = SUMMARIES[name](), found.sources()
    data = dcat.dataset_for_search(
        found, summary, context["version"], request.build_absolute_uri
    )
    context |= {"data_set": found, "summary": summary, "data": data}
    if sources is not None:
        context |= {
            "source_count": sources.count(),
            "sources": sources.order_by("title", "pk")[:SOURCES_SHOWN],
        }
    return render(request, "portal/data_set.html", context)


@csrf_exempt
@require_safe
def data_file(request, name, file_format):
    """Send a whole data set as it is now, or tell that the copy of the client is.

    Who names a version gets that version or none, and who asks for a part nothing: all
    rows would be taken for that part.
    """
    found = data_set_named(name)
    if file_format not in FILE_FORMATS:
        raise Http404
    unknown = ListingAddress.read(request).unknown("version")
    if unknown:
        context = {
            "data_set": found,
            "unknown": list(dict(unknown)),
            "resource": name if name in RESOURCES else found.within,
        }
        return render(
            request,
            "portal/data_parameter_unknown.html",
            context,
            status=HTTPStatus.BAD_REQUEST,
        )
    version = DataVersion.current()
    asked = request.GET.get("version") or version.name
    if asked != version.name:
        context = {"data_set": found, "version": version, "asked": asked}
        return render(
            request, "portal/data_version_gone.html", context, status=HTTPStatus.GONE
        )
    site = request.build_absolute_uri("/").removesuffix("/")
    file = DataFile(found, version, site, request.build_absolute_uri())
    return revalidated(
        request,
        FILE_FORMATS[file_format].media_type,
        lambda: refusal(request, "data") or file_response(request, file, file_format),
    )


def file_response(request, file, file_format):
    _label, media_type, write = FILE_FORMATS[file_format]
    file_name = file.data_set.file_name(file_format, file.version)
    page = file.site + dcat.page_of(file.data_set)
    response = StreamingHttpResponse(
        # HEAD asks for no body, so none is made.
        write(file) if request.method == "GET" else (),
        content_type=f"{media_type}; charset=utf-8",
        headers={
            "Content-Disposition": content_disposition_header(True, file_name),
            "Link": (
                f'<{page}>; rel="describedby", '
                f'<{settings.DATA_LICENCE_URL}>; rel="license"'
            ),
            "X-Data-Version": file.version.name,
        },
    )
    return offer(response) if request.method == "GET" else response


@csrf_exempt
@require_safe
def catalogue(request):
    return revalidated(request, dcat.MEDIA_TYPE, lambda: catalogue_response(request))


def catalogue_response(request):
    content = dcat.catalogue(
        described(), DataVersion.current(), request.build_absolute_uri
    )
    return HttpResponse(
        json.dumps(content, ensure_ascii=False, indent=1), content_type=dcat.MEDIA_TYPE
    )
