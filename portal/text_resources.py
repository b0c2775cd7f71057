"""Rich texts in the API: as words under the name of the field, and as HTML."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from .live_figures import as_text, rendered


class RichTextValue(serializers.Field):
    def __init__(self, **kwargs):
        super().__init__(read_only=True, allow_null=True, **kwargs)

    def get_attribute(self, instance):
        country = getattr(instance, "country", None)
        return super().get_attribute(instance), country.iso2 if country else ""


@extend_schema_field(
    {
        "type": "string",
        "description": _("Plain text; an empty line parts paragraphs."),
    }
)
class WordsField(RichTextValue):
    def to_representation(self, value):
        return as_text(*value)


@extend_schema_field(
    {
        "type": "string",
        "description": _(
            "HTML of p, h3, h4, ul, ol, li, strong, em, a, blockquote, table, data "
            "and time, safe to embed."
        ),
    }
)
class HtmlField(RichTextValue):
    def to_representation(self, value):
        return str(rendered(*value))
