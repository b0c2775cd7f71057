from django import template
from django.contrib import admin

from portal import desk

register = template.Library()


@register.inclusion_tag("admin/_desk.html", takes_context=True)
def attention(context):
    """Show what needs attention of the records that the reader may see."""
    request = context["request"]
    return {
        "lines": desk.lines(request, admin.site),
        "progress": desk.progress(request, admin.site),
    }


@register.inclusion_tag("admin/_latest_changes.html", takes_context=True)
def latest_changes(context):
    """Show the last changes of the records that the reader may see."""
    return {"changes": desk.latest_changes(context["request"], admin.site)}
