"""Texts with headings, lists, links and tables: what may be in them, and as plain text.

What is stored is a small part of HTML, cleaned on every way into the database and
once more when it is shown.
"""

import html
import re

import nh3
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_prose_editor.fields import ProseEditorField, ProseEditorFormField

# The heading above each of these texts is an h2.
HEADING_LEVELS = [3, 4]
TAGS = {
    *("p", "br", "h3", "h4", "strong", "em", "a", "ul", "ol", "li", "blockquote"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {
    "a": {"href"},
    "ol": {"start"},
    "th": {"colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
}
SCHEMES = ["https", "mailto"]
EXTENSIONS = {
    "Bold": True,
    "Italic": True,
    "Heading": {"levels": HEADING_LEVELS},
    "BulletList": True,
    "OrderedList": True,
    "ListItem": True,
    "Blockquote": True,
    "HardBreak": True,
    "Link": {"enableTarget": False, "protocols": SCHEMES},
    "Table": True,
    "TableRow": True,
    "TableHeader": True,
    "TableCell": True,
}
# What other programs write for what the portal calls otherwise.
OTHER_NAMES = {"h1": "h3", "h2": "h3", "h5": "h4", "h6": "h4", "b": "strong", "i": "em"}
OTHER_TAG = re.compile(rf"<(/?)({'|'.join(OTHER_NAMES)})(?=[\s/>])", re.IGNORECASE)
BLOCK = re.compile(r"<(?:p|h3|h4|ul|ol|blockquote|table)[ >]")
EMPTY = re.compile(r"(?:<p>(?:\s|&nbsp;|<br>)*</p>)*")
# What stands where a text goes on in a line of its own.
PARAGRAPH_ENDS = re.compile(r"</(?:p|h3|h4|ul|ol|blockquote|table)>")
LINE_ENDS = re.compile(r"<br>|</(?:li|tr)>")
CELL_ENDS = re.compile(r"</(?:td|th)>")
TAG = re.compile(r"<[^>]*>")


def own_address(address: str) -> str | None:
    """Keep an address within the portal, such as ``/clusters/`` or ``#policies``."""
    is_own = re.match(r"#|/(?![/\\])", address)
    return address if is_own else None


_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    link_rel="noopener",
    url_schemes=set(SCHEMES),
    url_relative=own_address,
)


def cleaned(text: str) -> str:
    """Return the part of ``text`` that is allowed; cleaning twice changes nothing."""
    named = OTHER_TAG.sub(
        lambda match: f"<{match[1]}{OTHER_NAMES[match[2].lower()]}", text
    )
    clean = _cleaner.clean(named.replace("\r\n", "\n").replace("\0", "")).strip()
    if not BLOCK.search(clean):
        parts = (part.strip() for part in re.split(r"\n\s*\n", clean))
        wrapped = "".join(f"<p>{part}</p>" for part in parts if part)
        # Emphasis that went on over an empty line ends with its paragraph.
        clean = _cleaner.clean(wrapped)
    return "" if EMPTY.fullmatch(clean) else clean


def paragraphs(text: str) -> str:
    """Return a plain text as HTML; an empty line parts paragraphs."""
    parts = (part.strip() for part in re.split(r"\n\s*\n", text))
    lines = (html.escape(part, quote=False) for part in parts if part)
    return "".join(f"<p>{line}</p>" for line in lines).replace("\n", "<br>")


def plain_text(rich: str) -> str:
    """Return the words of a text, with an empty line between paragraphs."""
    text = rich.replace("\n", " ")
    text = PARAGRAPH_ENDS.sub("\n\n", text)
    text = CELL_ENDS.sub(" ", LINE_ENDS.sub("\n", text))
    text = html.unescape(TAG.sub("", text)).replace("\xa0", " ")
    lines = "\n".join(line.strip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


class RichTextField(ProseEditorField):
    """A text with an editor of its own, clean whichever way it is stored.

    The database and migrations know it as a text. ``of_country`` tells whether the
    text is about one country, which live figures then need not name.
    """

    def __init__(self, *args, of_country=False, **kwargs):
        self.of_country = of_country
        kwargs.setdefault("extensions", EXTENSIONS)
        super().__init__(*args, sanitize=cleaned, **kwargs)

    def to_python(self, value):
        value = super().to_python(value)
        return cleaned(value) if value else value

    def pre_save(self, model_instance, add):
        # So that the record says at once what the database does.
        value = self.to_python(super().pre_save(model_instance, add))
        if isinstance(value, str):
            setattr(model_instance, self.attname, value)
        return value

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return cleaned(value) if isinstance(value, str) and value else value

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        from .live_figures import problems_of_figures

        if problems := problems_of_figures(value, self.of_country):
            raise ValidationError(problems)

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": RichTextFormField} | kwargs)


class RichTextFormField(ProseEditorFormField):
    """Refuse an address that cleaning would drop, so that no link is lost unseen."""

    def clean(self, value):
        refused = [
            address
            for address in addresses_in(value or "")
            if not re.match(r"https://|mailto:|#|/(?![/\\])", address, re.IGNORECASE)
        ]
        if refused:
            message = _(
                "The link to “%(address)s” would not work here. Begin it with "
                "https:// or mailto:, or with / for a page of the portal."
            )
            raise ValidationError(message % {"address": refused[0]})
        return super().clean(value)


HREF = re.compile(r"""<a\b[^>]*?\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)


def addresses_in(rich: str) -> list[str]:
    """Return the addresses that the links of a text lead to, in their order."""
    found = (match[1] or match[2] or "" for match in HREF.finditer(rich))
    return [html.unescape(address).strip() for address in found]
