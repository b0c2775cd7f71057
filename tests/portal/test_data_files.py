import datetime
from decimal import Decimal

import pytest
from django.core.management.base import CommandError

from portal.data_files import read_csv
from portal.partial_dates import Precision


def write(folder, text, encoding="utf-8"):
    path = folder / "file.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_lines_are_counted_where_a_record_begins(tmp_path):
    lines = read_csv(write(tmp_path, '\ufeffa,b\r\n1,"x\r\ny"\r\n2, z \r\n'))

    assert [(line.place.line, line["a"], line["b"]) for line in lines] == [
        (2, "1", "x\r\ny"),
        (4, "2", "z"),
    ]


@pytest.mark.parametrize(
    ("text", "encoding", "message"),
    [
        ("", "utf-8", "line 1: write the names of the columns"),
        ("a,b\n1\n", "utf-8", "line 2, column a: the line has 1 cells"),
        ("a,b\n1,2,3\n", "utf-8", "line 2, column b: the line has 3 cells"),
        ('a,b\n1,"2\n', "utf-8", "Save the file as CSV"),
        ("a,b\nMéxico,2\n", "latin-1", "Save the file as CSV in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, text, encoding, message):
    with pytest.raises(CommandError, match=message):
        read_csv(write(tmp_path, text, encoding))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(CommandError, match=r"none\.csv"):
        read_csv(tmp_path / "none.csv")


def test_cells_are_read_as_what_they_stand_for(tmp_path):
    (line,) = read_csv(
        write(tmp_path, "n,d,f,day,from,to,codes\n12,1.50,1,2020-02-29,2020,2020,B;A;C")
    )

    assert line.number("n") == 12
    assert line.decimal("d") == Decimal("1.5")
    assert line.flag("f") is True
    assert line.day("day") == datetime.date(2020, 2, 29)
    assert line.period(start="from", end="to") == {
        "start": datetime.date(2020, 1, 1),
        "start_precision": Precision.YEAR,
        "end": datetime.date(2020, 12, 31),
        "end_precision": Precision.YEAR,
    }
    # C was loaded once, and an editor deleted it.
    assert line.codes("codes", {"A": 1, "B": 2, "C": None}) == [2, 1]


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("1,200", lambda line: line.number("a")),
        ("-1", lambda line: line.number("a")),
        ("²", lambda line: line.number("a")),
        ("many", lambda line: line.decimal("a")),
        ("NaN", lambda line: line.decimal("a")),
        ("yes", lambda line: line.flag("a")),
        ("", lambda line: line.flag("a")),
        ("2020-02-30", lambda line: line.partial_date("a")),
        ("2020-02", lambda line: line.day("a")),
        ("MX;XX", lambda line: line.codes("a", {"MX": 1})),
        ("XX", lambda line: line.known_or_none("a", {"MX": 1})),
        ("2019", lambda line: line.period(start="b", end="a")),
    ],
)
def test_a_cell_that_makes_no_sense_names_its_place(tmp_path, cell, read):
    (line,) = read_csv(write(tmp_path, f'a,b\n"{cell}",2020\n'))

    with pytest.raises(CommandError, match=r"file\.csv, line 2, column a: “"):
        read(line)


def test_a_missing_column_names_the_first_line(tmp_path):
    (line,) = read_csv(write(tmp_path, "a\n1\n"))

    with pytest.raises(CommandError, match=r"file\.csv, line 1, column b: "):
        line.number("b")
