"""What people write in cells, read one cell at a time.

Each reader returns a value, or raises CellError with what is wrong and how to mend it.
"""

import datetime
import re
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from portal.partial_dates import Precision, parse_partial_date

from .tables import FailedFormula, Formula

# Written where there is nothing to say.
DASHES = {"-", "–", "—", "n/a", "n.a.", "na", "…", "..."}
NOT_STATED = "not stated"
SPACES = "\u0020\u00a0\u202f\u2009"
THOUSANDS = re.compile(rf"\d{{1,3}}(?P<mark>[{SPACES}.,'’])\d{{3}}((?P=mark)\d{{3}})*")
UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
NAMED_MONTH = re.compile(r"(?:(\d{1,2}) )?([a-z]+)\.? (\d{4})")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov")
YES = {"yes", "y", "true", "1", "x"}
NO = {"no", "n", "false", "0"}
# An address without its scheme, which people leave out.
BARE_ADDRESS = re.compile(r"[^\s:/@]+\.[^\s:/@]+(/\S*)?")
CLOCK = re.compile(r"(\d{1,2})[:.h](\d{2})(?::\d{2})?")


class CellError(ValueError):
    """What keeps a cell from being taken."""


def text_of(cell: object) -> str:
    """Return a cell as a text, however it is stored."""
    if isinstance(cell, str):
        if UNWANTED.search(cell):
            raise CellError(_("it holds a control character; type the text anew."))
        return cell
    if isinstance(cell, Formula):
        raise CellError(
            _("it holds a formula without its result; paste it as a value.")
        )
    if isinstance(cell, FailedFormula):
        raise CellError(
            _("its formula fails with %(error)s; write the value.")
            % {"error": cell.text}
        )
    if isinstance(cell, datetime.datetime):
        return (cell.date() if cell.time() == datetime.time.min else cell).isoformat()
    return str(cell)


def address(cell: object) -> str:
    """Return an address of the web; without its scheme, it is one of https as in forms."""
    text = text_of(cell)
    return f"https://{text}" if BARE_ADDRESS.fullmatch(text) else text


def is_dash(text: str) -> bool:
    return text.casefold() in DASHES


def words_for_nothing() -> set[str]:
    """Return what says in a cell that nothing is known, as our pages do."""
    return {NOT_STATED, _("Not stated").casefold()}


def whole_number(cell: object) -> int:
    text = text_of(cell)
    if isinstance(cell, str) and THOUSANDS.fullmatch(text):
        text = re.sub(r"\D", "", text)
    if text.isdigit() and len(text) < 20:
        return int(text)
    if re.fullmatch(r"[-−]\d+", text):
        raise CellError(_("“%(text)s” is below 0.") % {"text": text})
    message = _("“%(text)s” is not a whole number; write for instance 1,234.")
    raise CellError(message % {"text": shortened(text)})


def decimal(cell: object) -> Decimal:
    """Read a number; its last point or comma parts the decimals.

    A comma before three digits at the end, and marks that repeat, part thousands.
    """
    text = text_of(cell)
    plain = re.sub(rf"[{SPACES}'’]", "", text.replace("−", "-"))
    if isinstance(cell, str):
        plain = with_point(plain)
    try:
        value = Decimal(plain)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or len(plain) > 40:
        message = _("“%(text)s” is not a number; write for instance 18857.5.")
        raise CellError(message % {"text": shortened(text)})
    return value


def with_point(text: str) -> str:
    """Return a number whose decimals are parted by a point, and nothing else by any."""
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        thousands = "," if comma < point else "."
        return text.replace(thousands, "").replace(",", ".")
    if comma >= 0:
        parts_thousands = re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+", text)
        return text.replace(",", "" if parts_thousands else ".")
    return text.replace(".", "") if text.count(".") > 1 else text


def partial_date(cell: object) -> tuple[datetime.date, Precision]:
    """Read a day, month or year."""
    if isinstance(cell, datetime.datetime):
        return cell.date(), Precision.DAY
    text = text_of(cell)
    try:
        return parse_partial_date(iso_date(text))
    except ValueError as error:
        message = _("“%(text)s” is not a date; write for instance 2018-04-25.")
        raise CellError(message % {"text": shortened(text)}) from error


def iso_date(text: str) -> str:
    """Return a date with a named month, or with the day first, as ISO 8601 has it."""
    if match := DAY_FIRST.fullmatch(text):
        day, month, year = match.groups()
        return f"{year}-{int(month):02}-{int(day):02}"
    if match := NAMED_MONTH.fullmatch(text.casefold()):
        day, name, year = match.groups()
        months = [*MONTHS, "dec"]
        month = months.index(name[:3]) + 1
        return f"{year}-{month:02}" + (f"-{int(day):02}" if day else "")
    return text


def day(cell: object) -> datetime.date:
    found, precision = partial_date(cell)
    if precision != Precision.DAY:
        message = _("“%(text)s” lacks the day; write for instance 2018-04-25.")
        raise CellError(message % {"text": text_of(cell)})
    return found


def clock(cell: object) -> datetime.time:
    if isinstance(cell, datetime.time):
        return cell.replace(second=0, microsecond=0)
    text = text_of(cell)
    try:
        hour, minute = CLOCK.fullmatch(text).groups()
        return datetime.time(int(hour), int(minute))
    except (AttributeError, ValueError) as error:
        message = _("“%(text)s” is not a time; write for instance 17:30.")
        raise CellError(message % {"text": shortened(text)}) from error


def flag(cell: object) -> bool:
    text = text_of(cell).casefold()
    if text in YES | {_("yes").casefold()}:
        return True
    if text in NO | {_("no").casefold()}:
        return False
    message = _("“%(text)s” is neither yes nor no.")
    raise CellError(message % {"text": shortened(text)})


def shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
