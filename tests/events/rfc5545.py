"""A strict reader of iCalendar files, which knows nothing of how they were written.

It refuses what RFC 5545 forbids: lines that do not end with CR LF or are longer than
75 octets, characters cut in two, control characters, values of the wrong type,
properties that are missing, unknown or there twice.
"""

import datetime
import re
from collections import Counter

LINE = re.compile(
    r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*))*):(.*)', re.S
)
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# Of the clocks of a time zone.
CHANGES = ("STANDARD", "DAYLIGHT")
# What each component has to have once, and what it may have once.
REQUIRED = {
    "VCALENDAR": {"PRODID", "VERSION"},
    "VEVENT": {"UID", "DTSTAMP", "DTSTART"},
    "VTIMEZONE": {"TZID"},
    **dict.fromkeys(CHANGES, {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"}),
}
OPTIONAL = {
    "VCALENDAR": {"NAME", "REFRESH-INTERVAL", "X-WR-CALNAME"},
    "VEVENT": {
        *("DTEND", "SEQUENCE", "LAST-MODIFIED", "SUMMARY", "STATUS", "LOCATION"),
        *("DESCRIPTION", "URL", "TRANSP"),
    },
    "VTIMEZONE": {"COMMENT"},
    **dict.fromkeys(CHANGES, {"RDATE", "TZNAME", "COMMENT"}),
}
# In which component each has to stand.
OUTSIDE = {
    "VCALENDAR": None,
    "VEVENT": "VCALENDAR",
    "VTIMEZONE": "VCALENDAR",
    **dict.fromkeys(CHANGES, "VTIMEZONE"),
}
STATUSES = {"TENTATIVE", "CONFIRMED", "CANCELLED"}


class InvalidFileError(Exception):
    pass


def require(condition, message):
    if not condition:
        raise InvalidFileError(message)


def read_events(octets: bytes) -> list[dict]:
    """Return the events of a file, each with its values by property."""
    lines = unfold(octets)
    components = []
    events, held = [], Counter()
    for line in lines:
        match = LINE.fullmatch(line)
        require(match, f"no content line: {line}")
        name, parameters, text = match[1].upper(), match[2], match[3]
        if name == "BEGIN":
            require(text in REQUIRED, f"unknown component {text}")
            outer = components[-1][0] if components else None
            require(outer == OUTSIDE[text], f"{text} in {outer}")
            held[outer] += 1
            components.append((text, []))
        elif name == "END":
            kind, properties = components.pop()
            require(kind == text, f"{kind} ends as {text}")
            values = checked(kind, properties)
            if kind == "VEVENT":
                events.append(values)
        else:
            require(components, f"{name} outside of a component")
            kind, properties = components[-1]
            read = read_of_zone if kind in CHANGES else read_value
            properties.append((name, read(name, parameters, text)))
    require(not components and lines[0] == "BEGIN:VCALENDAR", "no whole calendar")
    require(lines[-1] == "END:VCALENDAR", "something after the calendar")
    require(held["VCALENDAR"], "a calendar without a component")
    number = lines.count("BEGIN:VTIMEZONE")
    require(held["VTIMEZONE"] >= number, "a time zone without a clock")
    uids = [event["UID"] for event in events]
    require(len(uids) == len(set(uids)), "a UID twice")
    return events


def unfold(octets):
    require(octets.endswith(b"\r\n"), "no CR LF at the end")
    lines = octets[:-2].split(b"\r\n")
    for line in lines:
        require(len(line) <= 75, f"{len(line)} octets: {line}")
        require(b"\n" not in line and b"\r" not in line, f"a bare line end: {line}")
        line.decode()  # Raises where a fold cuts a character in two.
    text = "\r\n".join(line.decode() for line in lines)
    unfolded = re.sub(r"\r\n[ \t]", "", text).split("\r\n")
    for line in unfolded:
        require(not CONTROL.search(line), f"a control character: {line!r}")
    return unfolded


def checked(kind, properties):
    names = Counter(name for name, _value in properties)
    require(max(names.values()) == 1, f"a property twice: {names}")
    missing = REQUIRED[kind] - set(names)
    require(not missing, f"{kind} lacks {missing}")
    unknown = set(names) - REQUIRED[kind] - OPTIONAL[kind]
    require(not unknown, f"{kind} has {unknown}")
    values = dict(properties)
    if "DTEND" in values:
        start, end = values["DTSTART"], values["DTEND"]
        require(type(start) is type(end), "start and end are of different types")
        require(end > start, "no end after the start")
    return values


def read_value(name, parameters, text):
    if name in ("DTSTART", "DTEND") and parameters == ";VALUE=DATE":
        return datetime.datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007
    if name == "REFRESH-INTERVAL":
        require(parameters == ";VALUE=DURATION", "a duration needs its type")
        require(re.fullmatch(r"PT\d+H", text), text)
        return text
    require(not parameters, f"{name} has {parameters}")
    if name in ("DTSTART", "DTEND", "DTSTAMP", "LAST-MODIFIED"):
        moment = datetime.datetime.strptime(text, "%Y%m%dT%H%M%SZ")  # noqa: DTZ007
        return moment.replace(tzinfo=datetime.UTC)
    if name == "SEQUENCE":
        require(re.fullmatch(r"\d+", text), text)
        return int(text)
    if name == "STATUS":
        require(text in STATUSES, text)
    if name == "URL":
        require(re.fullmatch(r"https?://[!-~]+", text), text)
        return text
    return read_text(text)


def read_of_zone(name, parameters, text):
    require(not parameters, f"{name} has {parameters}")
    if name in ("DTSTART", "RDATE"):
        for moment in text.split(","):
            datetime.datetime.strptime(moment, "%Y%m%dT%H%M%S")  # noqa: DTZ007
    if name.startswith("TZOFFSET"):
        require(re.fullmatch(r"[+-]\d{4}(\d\d)?", text), text)
    return text


def read_text(text):
    require(not re.search(r"(?<!\\)(?:\\\\)*[;,]", text), f"not escaped: {text}")
    require(re.fullmatch(r"(?:[^\\]|\\[\\;,nN])*", text), f"wrongly escaped: {text}")
    signs = {"\\n": "\n", "\\N": "\n"}
    return re.sub(r"\\.", lambda match: signs.get(match[0], match[0][1]), text)
