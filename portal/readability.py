"""What makes a text hard to read for those who hear it or jump from part to part.

Checked before a record is published, with a word on how to mend it.
"""

import html
import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from .rich_text import RichTextField, plain_text

HEADING = re.compile(r"<h([34])>(.*?)</h\1>", re.DOTALL)
LINK = re.compile(r"<a\b([^>]*)>(.*?)</a>", re.DOTALL)
TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
BARE_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
# Texts of links that say nothing to somebody who hears the links one by one.
EMPTY_WORDS = {
    *("click", "click here", "find out more", "here", "learn more", "link", "more"),
    *("read more", "see here", "see more", "this", "this link", "this page", "website"),
}


def problems_for_readers(record) -> Iterator[tuple[str, str]]:
    """Yield the name of each text of a record that has to be mended, and how."""
    for field in record._meta.concrete_fields:
        if not isinstance(field, RichTextField):
            continue
        text = getattr(record, field.attname)
        for find in (heading_problems, link_problems, table_problems):
            for problem in find(text):
                yield field.name, problem


def heading_problems(text):
    level_before = 2
    for level, title in HEADING.findall(text):
        name = plain_text(title)
        if not name:
            yield _("A heading is empty; write it, or turn it into a paragraph.")
        elif int(level) > level_before + 1:
            yield _(
                "The heading “%(title)s” is of level %(level)s, but none of level "
                "%(missing)d stands above it; choose level %(missing)d."
            ) % {"title": name, "level": level, "missing": level_before + 1}
        level_before = int(level)


def link_problems(text):
    for attributes, content in LINK.findall(text):
        name = plain_text(content)
        if "href=" not in attributes:
            yield _(
                "The link “%(text)s” leads nowhere; give it an address that begins "
                "with https://, or remove the link."
            ) % {"text": name}
        elif not name:
            yield _("A link has no text; write where it leads, or remove it.")
        elif name.strip(" .…→»:").casefold() in EMPTY_WORDS:
            yield _(
                "The link “%(text)s” does not say where it leads; link the words "
                "that do, for instance “rules of the Gold label”."
            ) % {"text": name}
        elif BARE_ADDRESS.fullmatch(html.unescape(name)):
            yield _(
                "The link “%(text)s” is a bare address; write what is found there "
                "and link that."
            ) % {"text": name}


def table_problems(text):
    for table in TABLE.findall(text):
        if "<th" not in table:
            yield _(
                "A table has no headings; turn its first row or column into "
                "header cells."
            )
