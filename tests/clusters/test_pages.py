"""The pages of clusters and labels, and the calendar of renewals."""

import datetime
import json
import re
from unittest import mock

import icalendar
from django.test import TestCase

from clusters.models import Cluster, FormerAddress
from portal.content_version import current_version
from portal.partial_dates import today
from tests.factories import (
    make_achievement,
    make_cluster,
    make_country,
    make_event,
    make_fact,
    make_indicator,
    make_label,
    make_membership,
    make_partnership,
    make_source,
)

UTC = datetime.UTC
DAY = datetime.timedelta(days=1)
NOWHERE = (
    "We hold no record of a former name.",
    "We hold no record of the number of members.",
    "We hold no record of a website.",
    "We hold no record of an ESCA label of this cluster.",
    "We hold no record of a partnership of this cluster.",
    "We hold no record of an achievement of this cluster.",
    "We hold no record of an event of its partnerships.",
)


def date(text):
    return datetime.date.fromisoformat(text)


def text_of(response):
    content = re.sub(r"<(script|style).*?</\1>", "", response.content.decode())
    return " ".join(re.sub(r"<[^>]+>", " ", content).split())


def make_renewed_cluster(**values):
    """Make a cluster whose Bronze label was renewed late."""
    cluster = make_cluster(**values)
    make_label(
        cluster=cluster,
        awarded_on=date("2014-07-01"),
        valid_until=date("2016-07-31"),
    )
    make_label(
        cluster=cluster,
        awarded_on=date("2017-03-14"),
        runs_from=date("2016-08-01"),
        valid_until=date("2019-07-31"),
    )
    return cluster


class ClusterPageTests(TestCase):
    def page(self, cluster):
        return self.client.get(cluster.get_absolute_url())

    def test_says_what_is_not_known(self):
        page = text_of(self.page(make_cluster()))
        for sentence in NOWHERE:
            self.assertIn(sentence, page)

    def test_tells_identity_members_and_website(self):
        cluster = make_cluster(
            name="Clúster Automotriz",
            acronym="CLAUT",
            region="Nuevo León",
            city="Monterrey",
            founded=2007,
            member_count=95,
            member_count_year=2018,
            website="https://claut.example",
            website_reachable_on=date("2018-05-03"),
        )
        cluster.former_names.create(name="Clúster de Autopartes")
        cluster.member_counts.create(year=2016, number=80)
        page = text_of(self.page(cluster))
        for text in (
            *("Clúster de Autopartes", "Monterrey", "95 (2018) 80 (2016)"),
            "https://claut.example Last reached on 3 May 2018",
        ):
            self.assertIn(text, page)

    def test_a_renewal_entered_late_shows_the_seamless_period(self):
        cluster = make_renewed_cluster()
        page = text_of(self.page(cluster))
        self.assertIn(
            "Bronze Lapsed 14 Mar 2017 1 Aug 2016 31 Jul 2019 31 Jul 2020", page
        )
        self.assertIn(
            "Bronze Superseded 1 Jul 2014 1 Jul 2014 31 Jul 2016 No longer", page
        )
        for day in ("2016-07-31", "2016-08-01", "2016-12-01", "2017-03-14"):
            held = cluster.labels.held_on(date(day))
            self.assertEqual(len(held), 1, day)

    def test_labels_are_drawn_and_stand_in_a_table(self):
        cluster = make_renewed_cluster()
        make_label(cluster=cluster, level="silver", awarded_on=date("2018-01-01"))
        content = self.page(cluster).content.decode()
        drawing = re.search(r"<svg class=\"timeline__drawing.*?</svg>", content, re.S)[
            0
        ]
        self.assertEqual(drawing.count("chart__part--bronze"), 2)
        self.assertEqual(drawing.count("timeline__mark"), 1)
        self.assertIn("the table below says the same", drawing)
        table = content.split("Labels on record, the latest first")[1]
        self.assertEqual(table.split("</table>")[0].count('<th scope="row">'), 3)

    def test_labels_without_any_day_are_in_the_table_alone(self):
        content = self.page(make_label().cluster).content.decode()
        self.assertNotIn("timeline__drawing", content)
        self.assertIn("Period unknown", content)

    def test_events_are_those_of_its_public_partnerships(self):
        membership = make_membership()
        hidden = make_membership(
            cluster=membership.cluster, partnership=make_partnership(status="draft")
        )
        for partnership, title in (
            (membership.partnership, "Fair"),
            (hidden.partnership, "SECRET"),
        ):
            make_event(title=title).partnerships.add(partnership)
        draft = make_event(title="SECRET draft", status="draft")
        draft.partnerships.add(membership.partnership)
        make_event(title="Another")
        page = text_of(self.page(membership.cluster))
        self.assertIn("Fair", page)
        for absent in ("SECRET", "Another"):
            self.assertNotIn(absent, page)

    def test_is_described_for_machines(self):
        membership = make_membership(partnership=make_partnership(acronym="EU-TEX"))
        cluster = membership.cluster
        Cluster.objects.filter(pk=cluster.pk).update(
            name="</script>Clúster", acronym="CLAUT", founded=2007, city="Monterrey"
        )
        make_label(cluster=cluster, level="gold", valid_until=today())
        content = self.page(cluster).content.decode()
        script = re.search(
            r"<script type=\"application/ld\+json\">(.*?)</script>", content
        )
        address = f"http://testserver{cluster.get_absolute_url()}"
        self.assertEqual(
            json.loads(script[1]),
            {
                "@context": "https://schema.org",
                "@type": "Organization",
                "@id": address,
                "name": "</script>Clúster",
                "alternateName": ["CLAUT"],
                "url": address,
                "foundingDate": "2007",
                "address": {
                    "@type": "PostalAddress",
                    "addressLocality": "Monterrey",
                    "addressCountry": cluster.country.iso2,
                },
                "award": ["ESCA Gold Label"],
                "memberOf": [{"@type": "Organization", "name": "EU-TEX"}],
            },
        )

    def test_a_former_address_leads_to_the_present_one(self):
        cluster = make_cluster(slug="claut")
        FormerAddress.objects.create(slug="old", cluster=cluster)
        self.assertRedirects(self.client.get("/clusters/old/"), "/clusters/claut/", 301)
        self.assertEqual(self.client.get("/clusters/none/").status_code, 404)
        Cluster.objects.update(status="draft")
        self.assertEqual(self.client.get("/clusters/old/").status_code, 404)

    def test_query_count_does_not_grow_with_the_rows(self):
        cluster = make_cluster()
        source = make_source()
        for number in (1, 3):
            while cluster.labels.count() < number:
                year = 2012 + 3 * cluster.labels.count()
                label = make_label(
                    cluster=cluster,
                    awarded_on=datetime.date(year, 1, 1),
                    valid_until=datetime.date(year + 2, 12, 31),
                )
                label.sources.add(source)
                cluster.member_counts.create(year=year, number=9).sources.add(source)
                cluster.former_names.create(name=f"Name {year}")
                partnership = make_membership(cluster=cluster).partnership
                make_event(country=make_country()).partnerships.add(partnership)
                make_achievement().clusters.add(cluster)
            # Read once for each version of the content.
            current_version()
            with self.subTest(rows=number), self.assertNumQueries(17):
                self.page(cluster)


class LabelPageTests(TestCase):
    url = "/clusters/labels/"

    def test_counts_on_any_day(self):
        make_renewed_cluster(country=make_country(name="Mexico"))
        for day, held in (("2014-06-30", 0), ("2017-01-01", 1), ("2020-01-01", 0)):
            with self.subTest(day=day):
                response = self.client.get(self.url, {"on": day})
                self.assertEqual(response.context["held"], held)
                self.assertEqual(response.context["counts"][0].ever, 1)

    def test_what_may_be_in_force_is_told_beside_what_is(self):
        country = make_country(name="Mexico")
        for level, awarded_on in (
            *(("gold", date("2018-04-25")), ("gold", date("2018-04-27"))),
            *(("silver", None), ("bronze", date("2018-04-25"))),
        ):
            make_label(
                cluster=make_cluster(country=country),
                level=level,
                awarded_on=awarded_on,
                valid_until=date("2020-04-25") if level == "bronze" else None,
            )
        page = text_of(self.client.get(self.url, {"on": "2018-04-26"}))
        self.assertIn("Mexico Bronze 1 1", page)
        self.assertIn("Mexico Silver 0, and 1 whose period is not known 1", page)
        self.assertIn("Mexico Gold 0, and 1 whose period is not known 2", page)
        self.assertIn("26 Apr 2018. The period of 2 more is not known.", page)
        page = text_of(self.client.get(country.get_absolute_url()))
        self.assertIn("in force, and 3 whose period is not known 0", page)

    def test_the_chart_tells_how_many_labels_are_in_no_year(self):
        def chart():
            page = self.client.get(self.url).content.decode()
            return page, " ".join(page.split())

        make_renewed_cluster()
        page, _words = chart()
        self.assertNotIn("in no year", page)
        self.assertNotIn("chart-years-note", page)

        make_label(level="gold")
        note = (
            "1 label is in no year, because no source states until when it was valid."
        )
        page, words = chart()
        self.assertIn(f'<p class="small" id="chart-years-note">{note}</p>', page)
        self.assertIn('aria-describedby="chart-years-note"', page)
        title = "Labels in force at the end of each year"
        self.assertIn(f"<caption>{title}. {note}</caption>", words)

        make_label(level="gold")
        make_label(cluster=make_cluster(status="draft"))
        note = "2 labels are in no year, because no source states until when they were valid."
        self.assertEqual(chart()[1].count(note), 2)

    def test_without_a_known_end_there_are_labels_in_no_year(self):
        make_label(level="gold", awarded_on=date("2018-04-25"))
        self.assertIn(
            "with a known end in past years. 1 label is in no year, because no source "
            "states until when it was valid.",
            text_of(self.client.get(self.url)),
        )

    def test_a_day_that_is_none_shows_today(self):
        for text in ("nonsense", "2017-02-30", "99999-01-01", "", "\0"):
            with self.subTest(text=text):
                response = self.client.get(self.url, {"on": text})
                self.assertEqual(response.status_code, 200)
                self.assertEqual(response.context["day"], today())

    def test_the_first_and_the_last_day_of_the_calendar_are_days_too(self):
        make_renewed_cluster()
        for day in ("0001-01-01", "9999-12-31"):
            with self.subTest(day=day):
                response = self.client.get(self.url, {"on": day})
                self.assertEqual(response.context["held"], 0)

    def test_the_day_turns_in_brussels(self):
        cluster = make_label(valid_until=date("2017-06-30")).cluster
        for moment, held in (
            ("2017-06-30T21:59:59+00:00", 1),
            ("2017-06-30T22:00:00+00:00", 0),
        ):
            now = datetime.datetime.fromisoformat(moment)
            with (
                self.subTest(moment=moment),
                mock.patch("django.utils.timezone.now", return_value=now),
            ):
                Cluster.objects.update(published_at=now)
                self.assertEqual(self.client.get(self.url).context["held"], held)
                listed = self.client.get("/clusters/?label_state=held")
                self.assertEqual(listed.context["total"], held)
                state = self.client.get("/api/v1/labels/").json()["results"][0]["state"]
                self.assertEqual(state == "held", bool(held))
                page = text_of(self.client.get(cluster.get_absolute_url()))
                self.assertEqual("Bronze In force" in page, bool(held))

    def test_figures_of_others_show_for_a_country_without_labels(self):
        mexico = make_country(name="Mexico", slug="mexico")
        make_fact(
            country=mexico,
            indicator=make_indicator(code="bronze-reported"),
            value=26,
            note="over 26",
            source=make_source(title="Founding document"),
        )
        hidden = make_country(name="SECRET", status="draft")
        make_fact(country=hidden, indicator=make_indicator(code="gold-reported"))
        response = self.client.get(self.url)
        page = text_of(response)
        self.assertIn("Mexico Bronze 0 0 26 (over 26), 2015 · Founding document", page)
        self.assertNotIn("SECRET", page)
        self.assertEqual(response.context["held"], 0)

    def test_what_is_not_public_changes_nothing(self):
        home = make_renewed_cluster().country
        addresses = [
            *(f"{self.url}?on=2017-06-30", f"{self.url}renewals.ics?on=2017-06-30"),
            *("/clusters/?q=secret", "/api/v1/labels/"),
        ]
        before = [self.client.get(address).content for address in addresses]
        for hidden in (
            make_renewed_cluster(country=home, status="draft"),
            make_renewed_cluster(country=make_country(status="draft")),
            make_renewed_cluster(
                country=home, unpublish_at=datetime.datetime(2001, 1, 1, tzinfo=UTC)
            ),
        ):
            hidden.former_names.create(name="SECRET")
            make_label(cluster=hidden, level="silver", valid_until=date("2018-01-31"))
        after = [self.client.get(address).content for address in addresses]
        self.assertEqual(after, before)

    def test_the_chart_has_its_table(self):
        cluster = make_renewed_cluster()
        make_label(
            cluster=cluster,
            level="silver",
            awarded_on=date("2018-05-01"),
            valid_until=date("2020-05-31"),
        )
        years = self.client.get(self.url).context["years"]
        self.assertEqual(
            {row.year: row.numbers for row in years},
            {
                **{year: [1, 0, 0] for year in (2014, 2015, 2016, 2017)},
                2018: [0, 1, 0],
                2019: [0, 1, 0],
                2020: [0, 0, 0],
            },
        )

    def test_renewals_are_listed_for_twelve_months(self):
        for end, name in (
            ("2017-06-29", "Last year"),
            ("2017-07-01", "Soon"),
            ("2018-06-30", "At last"),
            ("2018-07-01", "Too late"),
        ):
            make_label(
                cluster=make_cluster(name=name),
                awarded_on=date("2016-01-01"),
                valid_until=date(end),
            )
        make_label(
            cluster=make_cluster(name="SECRET", status="draft"),
            awarded_on=date("2016-01-01"),
            valid_until=date("2017-07-01"),
        )
        deadlines = self.client.get(self.url, {"on": "2017-06-30"}).context["deadlines"]
        self.assertEqual(
            [(str(one.day), one.kind, one.label.cluster.name) for one in deadlines],
            [
                ("2017-07-01", "ends", "Soon"),
                ("2018-06-29", "closes", "Last year"),
                ("2018-06-30", "ends", "At last"),
            ],
        )

    def test_query_count_does_not_grow_with_the_rows(self):
        reported = make_indicator(code="bronze-reported")
        for rows in (1, 3):
            while Cluster.objects.count() < rows:
                country = make_country()
                cluster = make_cluster(country=country)
                make_label(cluster=cluster, valid_until=today() + DAY)
                make_label(cluster=cluster, level="silver", valid_until=today() - DAY)
                make_label(
                    cluster=cluster, level="gold", valid_until=date("2014-01-31")
                )
                make_fact(country=country, indicator=reported)
            # Read once for each version of the content.
            current_version()
            with self.subTest(rows=rows), self.assertNumQueries(8):
                self.client.get(self.url)
            with self.subTest(rows=rows), self.assertNumQueries(2):
                self.client.get(f"{self.url}renewals.ics")


class CalendarTests(TestCase):
    def events(self, query="?on=2017-06-30"):
        response = self.client.get(f"/clusters/labels/renewals.ics{query}")
        self.assertEqual(response["Content-Type"], "text/calendar; charset=utf-8")
        calendar = icalendar.Calendar.from_ical(response.content)
        return {str(event["uid"]): event for event in calendar.walk("VEVENT")}

    def test_has_a_whole_day_for_each_deadline(self):
        label = make_label(
            cluster=make_cluster(name="Clúster; Automotriz, A.C.", slug="claut"),
            awarded_on=date("2016-01-01"),
            valid_until=date("2018-01-31"),
        )
        make_label(cluster=make_cluster(status="draft"), valid_until=date("2018-01-31"))
        [event] = self.events().values()
        self.assertEqual(event["dtstart"].dt, date("2018-01-31"))
        self.assertEqual(event["dtend"].dt, date("2018-02-01"))
        self.assertEqual(
            event["summary"], "Clúster; Automotriz, A.C., Bronze: Last day of the label"
        )
        self.assertEqual(event["url"], "http://testserver/clusters/claut/")
        self.assertEqual(event["location"], label.cluster.country.name)

    def test_without_deadlines_it_is_a_calendar_still(self):
        self.assertEqual(self.events(), {})
        response = self.client.get("/clusters/labels/renewals.ics")
        calendar = icalendar.Calendar.from_ical(response.content)
        (zone,) = calendar.subcomponents
        self.assertEqual(zone["tzid"], "Europe/Brussels")

    def test_entries_keep_their_names_when_their_day_changes(self):
        label = make_label(
            awarded_on=date("2016-01-01"), valid_until=date("2017-08-31")
        )
        before = self.events()
        self.assertEqual(self.events(), before)
        label.valid_until = date("2017-09-30")
        label.save()
        after = self.events()
        self.assertEqual(list(after), list(before))
        self.assertNotEqual(after, before)
        # Of the same label, but another deadline.
        self.assertTrue(set(self.events("?on=2018-03-01")).isdisjoint(before))

    def test_the_same_calendar_is_the_same_file(self):
        make_label(awarded_on=date("2016-01-01"), valid_until=date("2017-08-31"))
        address = "/clusters/labels/renewals.ics?on=2017-06-30"
        first = self.client.get(address)
        again = self.client.get(address, headers={"if-none-match": first["ETag"]})
        self.assertEqual(again.status_code, 304)


class OrderTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        for name, region, portfolio in (
            ("A", "", ""),
            ("B", "Puebla", "health"),
            ("C", "", ""),
            ("D", "Ávila", "agrofood"),
        ):
            make_cluster(name=name, region=region, portfolio=portfolio)

    def names(self, address):
        while address:
            page = self.client.get(address).json()
            yield from (row["name"] for row in page["results"])
            address = page["next"]

    def test_what_is_not_stated_comes_last_in_both_directions(self):
        for column in ("region", "portfolio"):
            for sort, order in ((column, "DBAC"), (f"-{column}", "BDAC")):
                with self.subTest(sort=sort):
                    shown = self.client.get("/clusters/", {"sort": sort})
                    rows = [row.name for row in shown.context["page"]]
                    self.assertEqual("".join(rows), order)
                    address = f"/api/v1/clusters/?sort={sort}&per_page=1"
                    self.assertEqual("".join(self.names(address)), order)

    def test_the_pages_of_the_api_lead_back(self):
        address = "/api/v1/clusters/?sort=region&per_page=1"
        for _page in range(3):
            address = self.client.get(address).json()["next"]
        back = []
        while address := self.client.get(address).json()["previous"]:
            back += self.client.get(address).json()["results"]
        self.assertEqual([row["name"] for row in back], ["A", "B", "D"])

    def test_countries_without_a_region_come_last(self):
        make_country(name="Nowhere", region="")
        make_country(name="Somewhere", region="Africa")
        text = self.client.get("/countries/").content.decode()
        self.assertLess(
            text.index(">Africa</h2>"), text.index(">Region not stated</h2>")
        )
