"""The imports of clusters, labels, facts and events."""

import datetime

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from clusters.importers import ClusterImporter
from clusters.label_importers import LabelImporter
from clusters.models import Cluster, EscaLabel
from countries.importers import FactImporter
from countries.models import Fact, Source
from events.importers import EventImporter
from events.models import Event
from tests.factories import (
    make_cluster,
    make_country,
    make_event,
    make_fact,
    make_indicator,
    make_industry,
    make_label,
    make_partnership,
    make_source,
)

from .sheets import csv_bytes, stored, take

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mexico():
    make_industry("C13", title="Manufacture of textiles")
    return make_country(iso2="MX", iso3="MEX", name="Mexico")


def outcomes(results):
    return [str(one.outcome) for one in results]


def taken_twice(importer_class, content):
    """Import a file, and expect that the second time nothing changes."""
    _totals, results = take(importer_class, content)
    _totals, again = take(importer_class, content)
    sound = [one for one in outcomes(results) if one != "rejected"]
    assert [one for one in outcomes(again) if one != "rejected"] == ["same"] * len(
        sound
    )
    return results


def test_clusters_are_known_by_name_and_country(mexico):
    known = make_cluster(name="Clúster de Sonora", country=mexico)
    content = csv_bytes(
        ("Name", "Country", "Sector", "Founded", "Members", "Industries", "Sources"),
        ("cluster de sonora", "Mexico", "ICT", "2001", "1 200", "C13", ""),
        ("New", "MX", "food industry", "", "", "", "A list, example.org/list"),
        ("New", "MX", "", "", "", "", ""),
        ("Nowhere", "", "", "", "", "", ""),
        ("Odd", "MX", "Magic", "1500", "", "", ""),
    )
    results = taken_twice(ClusterImporter, content)
    assert outcomes(results) == ["changed", "created", *["rejected"] * 3]
    known.refresh_from_db()
    assert (known.founded, known.member_count, known.portfolio) == (2001, 1200, "ICT")
    assert [one.code for one in known.industries.all()] == ["C13"]
    new = Cluster.objects.get(name="New")
    assert (new.status, new.portfolio, new.slug) == ("draft", "Food industry", "new")
    assert [one.title for one in new.sources.all()] == ["A list"]
    assert len(results[4].reasons) == 2


def test_addresses_may_lack_their_scheme(mexico):
    content = csv_bytes(
        ("Name", "Country", "Website"),
        ("One", "MX", "www.example.org"),
        ("Two", "MX", "example.org/a?b=c"),
        ("Three", "MX", "http://example.org"),
        *(("No", "MX", text) for text in ("a@example.org", "none", "mailto:a@b.org")),
    )
    results = taken_twice(ClusterImporter, content)
    assert outcomes(results) == [*["created"] * 3, *["rejected"] * 3]
    websites = Cluster.objects.order_by("pk").values_list("website", flat=True)
    assert list(websites) == [
        *("https://www.example.org", "https://example.org/a?b=c", "http://example.org"),
    ]


def test_a_cluster_that_may_be_entered_already_is_told_and_stored(mexico):
    name = "Cluster Automotriz de Nuevo León, A.C."
    site = "https://claut.example"
    claut = make_cluster(name=name, acronym="CLAUT", country=mexico, website=site)
    claut.former_names.create(name="Autopartes Regiomontanas")
    make_cluster(name="Other", acronym="CLAUT", country=make_country())
    content = csv_bytes(
        ("Name", "Acronym", "Country", "Website"),
        ("Claut", "claut", "Mexico", ""),
        ("Nuevo Leon Automotriz", "", "MX", "www.claut.example/en"),
        ("Regiomontanas de Autopartes", "", "MX", ""),
        ("Cluster Aeroespacial", "CA", "MX", "www.ca.example"),
        (name, "", "MX", ""),
    )
    _totals, results = take(ClusterImporter, content)
    assert outcomes(results) == [*["created"] * 4, "same"]
    told = f"It may be entered already: {name} "
    assert [one.warnings for one in results] == [
        *([f"{told}(same acronym)."], [f"{told}(alike name, same site)."]),
        *([f"{told}(alike name)."], [], []),
    ]
    assert results[0].reported()["warnings"] == results[0].warnings
    assert "warnings" not in results[3].reported()


@pytest.mark.parametrize("rows", [1, 3])
def test_warnings_take_no_query_for_each_row(mexico, django_assert_num_queries, rows):
    for number in range(rows):
        make_cluster(name=f"Known {number}", acronym=f"K{number}", country=mexico)
    content = csv_bytes(
        ("Name", "Acronym", "Country"),
        *((f"New {number}", f"K{number}", "MX") for number in range(rows)),
    )
    with django_assert_num_queries(10):
        _totals, results = take(ClusterImporter, content, writing=False)
    assert all(one.warnings for one in results)


def test_an_import_of_the_download_of_clusters_changes_nothing(mexico):
    make_label(cluster=make_cluster(country=mexico, website="https://example.org"))
    for name in ("csv", "xlsx"):
        content = Client().get(f"/clusters/?format={name}").getvalue()
        assert outcomes(take(ClusterImporter, content)[1]) == ["same"]


def test_labels_find_their_cluster_and_each_other(mexico):
    cluster = make_cluster(name="Claut, A.C.", acronym="CLAUT", country=mexico)
    held = make_label(
        cluster=cluster,
        level="bronze",
        awarded_on=datetime.date(2015, 3, 1),
        awarded_on_precision="month",
    )
    content = csv_bytes(
        ("Cluster", "Country", "Label", "Awarded on", "Valid until", "Source"),
        ("CLAUT", "MX", "Bronze", "2015-03", "March 2017", "ESCA list"),
        ("Claut, A.C.", "", "gold", "21.03.2017", "", ""),
        ("CLAUT", "MX", "Bronze", "2016-01-01", "2018", ""),
        ("CLAUT", "MX", "Silver", "2018", "2017", ""),
        ("CLAUT", "MX", "Platinum", "", "", ""),
        ("Nobody", "MX", "Gold", "", "", ""),
    )
    results = taken_twice(LabelImporter, content)
    assert outcomes(results) == ["changed", "created", *["rejected"] * 4]
    assert results[2].reasons == [
        "Awarded on (D4): another label of this level still runs then."
    ]
    held.refresh_from_db()
    assert (held.valid_until, held.valid_until_precision) == (
        datetime.date(2017, 3, 31),
        "month",
    )
    # Worked out as at every save.
    assert (held.begins_on, held.open_until) == (
        datetime.date(2015, 3, 1),
        datetime.date(2018, 3, 31),
    )
    gold = EscaLabel.objects.get(level="gold")
    assert (gold.awarded_on, gold.valid_until) == (datetime.date(2017, 3, 21), None)


def test_a_row_without_dates_means_the_only_label_without_dates(mexico):
    cluster = make_cluster(name="Claut", country=mexico)
    award, end = datetime.date(2015, 3, 1), datetime.date(2030, 1, 31)
    make_label(cluster=cluster, level="bronze", awarded_on=award)
    for level in ("bronze", "silver"):
        make_label(cluster=cluster, level=level, valid_until=end)
    make_label(cluster=cluster, level="gold")
    make_label(cluster=cluster, level="gold")
    undated = make_label(cluster=cluster, level="bronze")
    silver = make_label(cluster=cluster, level="silver")
    content = csv_bytes(
        ("Cluster", "Level", "Awarded on", "Valid until", "Revoked on"),
        ("Claut", "bronze", "2015-03-01", "", ""),
        ("Claut", "bronze", "", "2030-01-31", ""),
        ("Claut", "bronze", "", "", "2020-01-01"),
        ("Claut", "silver", "", "2030-01-31", ""),
        ("Claut", "silver", "", "", "2020-01-01"),
        ("Claut", "gold", "", "", ""),
    )
    results = taken_twice(LabelImporter, content)
    assert outcomes(results) == [
        *("same", "same", "changed", "same", "changed", "rejected"),
    ]
    assert {one.pk for one in results[:5]} - {None} == {undated.pk, silver.pk}


def test_a_row_without_dates_may_mean_the_only_label(mexico):
    cluster = make_cluster(name="Claut", country=mexico)
    make_label(cluster=cluster, awarded_on=datetime.date(2015, 3, 1))
    content = csv_bytes(("Cluster", "Level"), ("Claut", "bronze"))
    assert outcomes(take(LabelImporter, content)[1]) == ["same"]

    make_label(cluster=cluster, awarded_on=datetime.date(2018, 3, 1))
    assert outcomes(take(LabelImporter, content)[1]) == ["rejected"]


def test_an_end_alone_means_the_label_whose_award_is_not_known(mexico):
    end = datetime.date(2030, 1, 31)
    cluster = make_cluster(name="Claut", country=mexico)
    make_label(cluster=cluster, awarded_on=datetime.date(2015, 3, 1), valid_until=end)
    make_label(cluster=cluster, valid_until=end)
    content = csv_bytes(
        ("Cluster", "Level", "Awarded on", "Valid until"),
        ("Claut", "bronze", "2015-03-01", "2030-01-31"),
        ("Claut", "bronze", "", "2030-01-31"),
    )
    assert outcomes(take(LabelImporter, content)[1]) == ["same", "same"]


def test_facts_are_known_by_country_indicator_year_and_source(mexico):
    indicator = make_indicator(
        code="gdp", name="GDP", currency_code="USD", sane_minimum=0
    )
    fact = make_fact(
        country=mexico,
        indicator=indicator,
        year=2015,
        value=1,
        source=make_source(citation="Bank", title="Bank"),
    )
    headings = ("Country", "Indicator", "Year", "Value", "Source", "Preferred")
    content = csv_bytes(
        headings,
        ("Mexico", "gdp", "2015", "18,857.5", "Bank", ""),
        ("MX", "GDP", "2016", "2,224", "Bank", ""),
        ("MX", "GDP", "2016", "2225", "Other, example.org", ""),
        ("MX", "GDP", "2016", "2226", "Third", "yes"),
        ("MX", "GDP", "2017", "-5", "Bank", ""),
        ("MX", "GDP", "2017", "much", "Bank", ""),
        ("MX", "GDP", "2018", "5", "", ""),
    )
    results = taken_twice(FactImporter, content)
    assert outcomes(results) == ["changed", "created", "created", *["rejected"] * 4]
    fact.refresh_from_db()
    assert str(fact.value.normalize()) == "18857.5"
    new = (
        Fact.objects.filter(year=2016).order_by("pk").values_list("value", "preferred")
    )
    assert list(new) == [(2224, True), (2225, False)]
    # Nobody cites the source of the rejected row.
    assert set(Source.objects.values_list("citation", flat=True)) == {
        *("Bank", "Other, example.org"),
    }


def test_figures_of_years_to_come_or_long_past_are_refused(mexico):
    make_indicator(code="population", name="Population")
    year = timezone.localdate().year
    years = (1799, 1800, year, year + 1, 2050, 23)
    content = csv_bytes(
        ("Country", "Indicator", "Year", "Value", "Source"),
        *(("MX", "population", one, "5", "Bank") for one in years),
    )
    results = taken_twice(FactImporter, content)
    assert outcomes(results) == [
        *("rejected", "created", "created", "rejected", "rejected", "rejected"),
    ]
    assert results[4].reasons == ["Year (C6): The year 2050 has not begun yet."]
    assert "1800" in results[5].reasons[0]


def test_what_is_counted_has_no_fractions(mexico):
    make_indicator(code="population", name="Population")
    make_indicator(code="services-share", name="Services in GDP", unit="%")
    content = csv_bytes(
        ("Country", "Indicator", "Year", "Value", "Source"),
        ("MX", "population", "2015", "1234567.5", "Bank"),
        ("MX", "population", "2016", "1,234,567.0", "Bank"),
        ("MX", "services-share", "2016", "59.5", "Bank"),
    )
    results = taken_twice(FactImporter, content)
    assert outcomes(results) == ["rejected", "created", "created"]
    assert results[0].reasons == [
        "Value (D2): Population is given in whole numbers, and 1,234,567.5 is not one; "
        "write 1,234,568 if that is meant, or give the indicator a unit or decimals."
    ]


def test_a_figure_too_large_to_be_kept_is_refused(mexico):
    make_indicator(code="population", name="Population")
    content = csv_bytes(
        ("Country", "Indicator", "Year", "Value", "Source"),
        *(
            ("MX", "population", year, f"{sign}1{'0' * zeros}", "Bank")
            for year, sign, zeros in [
                ("2014", "", 17),
                ("2015", "", 18),
                ("2016", "-", 30),
            ]
        ),
    )
    results = taken_twice(FactImporter, content)
    assert outcomes(results) == ["created", "rejected", "rejected"]
    for result in results[1:]:
        (reason,) = result.reasons
        assert "at most 18 digits before the decimals are kept." in reason


def test_events_keep_their_sequence(mexico):
    event = make_event(title="Fair", country=mexico)
    make_partnership(acronym="TEX")
    content = csv_bytes(
        (
            *("Title", "First day", "Begins at", "Ends at", "City", "Country"),
            *("Partnerships", "State", "Summary"),
        ),
        ("Fair", "2030-05-06", "9:00", "17:30", "Puebla", "MX", "TEX", "", ""),
        ("Talk", "May 2031", "", "", "", "", "", "confirmed", "On trade"),
        ("Late", "2031-01-01", "", "10:00", "", "", "", "", ""),
        ("Odd", "soon", "", "", "", "", "NONE", "", ""),
    )
    results = taken_twice(EventImporter, content)
    assert outcomes(results) == ["changed", "created", "rejected", "rejected"]
    event.refresh_from_db()
    assert (event.sequence, str(event.starts_at), event.city) == (
        1,
        "09:00:00",
        "Puebla",
    )
    # On the clock of Brussels.
    assert event.start == datetime.datetime(2030, 5, 6, 7, tzinfo=datetime.UTC)
    assert [one.acronym for one in event.partnerships.all()] == ["TEX"]
    talk = Event.objects.get(title="Talk")
    assert (talk.starts_on_precision, talk.state, talk.status, talk.sequence) == (
        *("month", "confirmed", "draft", 0),
    )
    assert talk.end > talk.start


def test_time_zones_are_known_by_name_or_city():
    content = csv_bytes(
        ("Title", "First day", "Time zone"),
        ("One", "2030-01-01", "Mexico City"),
        ("Two", "2030-01-01", "america/mexico_city"),
        ("Three", "2030-01-01", "Mexico"),
    )
    results = taken_twice(EventImporter, content)
    assert outcomes(results) == ["created", "created", "rejected"]
    zones = set(Event.objects.values_list("time_zone", flat=True))
    assert zones == {"America/Mexico_City"}
    (reason,) = results[2].reasons
    assert reason.startswith(
        "Time zone (C4): “Mexico” is not a time zone; write for instance "
        "America/Mexico_City or "
    )


@pytest.mark.parametrize("kind", ["clusters", "labels", "facts", "events"])
def test_each_kind_has_a_command(kind, tmp_path):
    file = stored(tmp_path / "file.csv", b"nonsense\n")
    with pytest.raises(CommandError, match="none has the headings of a table"):
        call_command(f"import_{kind}", file)
