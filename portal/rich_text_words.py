"""Rich texts in words, with signs for what marks give them, to be read and compared."""

import re
from html.parser import HTMLParser

from django.utils.translation import gettext as _

from .rich_text import cleaned

BOLD, ITALIC = "*", "_"


def only_look_differs() -> str:
    """Say why two texts are shown whose words are the same."""
    return _("(The words are the same; how they look differs.)")


def in_words(rich: str) -> str:
    """Return a text without its tags, in which links, lists and tables can be told."""
    reader = Reader()
    # What was written past the portal is no more than what readers would see of it.
    reader.feed(cleaned(rich))
    reader.close()
    text = "\n".join(line.rstrip() for line in reader.lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


class Reader(HTMLParser):
    """Write down a cleaned text line by line."""

    def __init__(self):
        super().__init__()
        self.lines = [""]
        # Whether nothing stands in the line but the sign that it begins with.
        self.is_fresh = True
        self.is_in_cell = False
        # Of each list the number of its next item; none where it has no numbers.
        self.lists = []
        self.addresses = []

    def handle_starttag(self, tag, attrs):
        if start := getattr(self, f"start_{tag}", None):
            start(dict(attrs))

    def handle_endtag(self, tag):
        if end := getattr(self, f"end_{tag}", None):
            end()

    def handle_data(self, data):
        text = re.sub(r"\s+", " ", data)
        self.write(text.lstrip() if self.is_fresh else text)

    def write(self, text):
        if text:
            self.lines[-1] += text
            self.is_fresh = False

    def begin_line(self, sign=""):
        if not self.is_fresh:
            self.lines.append("")
        self.lines[-1] += sign
        self.is_fresh = True

    def begin_paragraph(self, sign=""):
        if self.is_in_cell:
            self.write("" if self.is_fresh else " ")
            return
        if not self.is_fresh:
            self.lines += [] if self.lists else [""]
        self.begin_line(sign)

    def start_p(self, attributes):
        self.begin_paragraph()

    def start_h3(self, attributes):
        self.begin_paragraph(f"{_('Heading')}: ")

    def start_h4(self, attributes):
        self.begin_paragraph(f"{_('Subheading')}: ")

    def start_blockquote(self, attributes):
        self.begin_paragraph(f"{_('Quotation')}: ")

    def start_table(self, attributes):
        self.begin_paragraph()

    def start_tr(self, attributes):
        self.begin_line()

    def start_td(self, attributes):
        self.write("" if self.is_fresh else " | ")
        self.is_in_cell, self.is_fresh = True, True

    start_th = start_td

    def end_td(self):
        self.is_in_cell = self.is_fresh = False

    end_th = end_td

    def start_br(self, attributes):
        self.lines.append("")
        self.is_fresh = True

    def start_ul(self, attributes):
        self.lists.append(None)

    def start_ol(self, attributes):
        # More digits are no number that anybody counts to.
        start = (attributes.get("start") or "")[:9]
        self.lists.append(int(start) if start.isdecimal() else 1)

    def end_ul(self):
        self.lists[-1:] = []
        self.end_paragraph()

    end_ol = end_ul

    def end_paragraph(self):
        if not self.lists and not self.is_in_cell:
            self.lines += ["", ""]
            self.is_fresh = True

    end_table = end_paragraph

    def start_li(self, attributes):
        number = self.lists[-1] if self.lists else None
        sign = "•" if number is None else f"{number}."
        if number is not None:
            self.lists[-1] += 1
        self.begin_line(f"{'  ' * (len(self.lists) - 1)}{sign} ")

    def start_strong(self, attributes):
        self.write(BOLD)

    def end_strong(self):
        self.write(BOLD)

    def start_em(self, attributes):
        self.write(ITALIC)

    def end_em(self):
        self.write(ITALIC)

    def start_a(self, attributes):
        self.addresses.append(attributes.get("href", ""))

    def end_a(self):
        address = self.addresses.pop() if self.addresses else ""
        self.write(f" ({address})" if address else "")
