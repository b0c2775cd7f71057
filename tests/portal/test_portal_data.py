"""What the portal shows once the data files of the project are loaded."""

import datetime
import tomllib
from decimal import Decimal
from io import StringIO

from django.conf import settings
from django.core.management import call_command
from django.test import TestCase

from clusters.models import Cluster, EscaLabel, Industry, TechnologyField
from countries.models import (
    Country,
    CountryAlias,
    CountrySection,
    Fact,
    Organisation,
    Report,
    Source,
)
from events.models import Achievement, Event, NewsItem
from partnerships.models import Membership, Partnership
from portal.data_files import read_csv
from portal.rich_text import plain_text

FOUNDING_DOCUMENT = (
    "Founding document (ECCP country page Mexico, "
    "www.clustercollaboration.eu/international-cooperation/mexico)"
)


def rows_of(path):
    return read_csv(settings.BASE_DIR / path)


def codes(records):
    return sorted(records.values_list("iso2", flat=True))


class RealDataTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        call_command("load_portal_data", stdout=StringIO())

    def test_the_five_founding_partnerships_stand_in_the_founding_order(self):
        targeting = Partnership.objects.published().filter(
            targets__iso2="MX", sources__citation=FOUNDING_DOCUMENT
        )

        self.assertEqual(
            list(
                targeting.order_by("-sme_count", "partner_count").values_list(
                    "acronym", "sme_count", "partner_count"
                )
            ),
            [
                ("EACP ABROAD", 1355, 11),
                ("NATUREEF", 1232, 9),
                ("TEXGLOBAL", 1135, 5),
                ("GCC.eu", 1000, 6),
                ("CROSSCUT", 1000, 8),
            ],
        )

    def test_partnerships_keep_their_codes_and_targets(self):
        natureef = Partnership.objects.get(slug="natureef")
        texglobal = Partnership.objects.get(slug="texglobal")

        self.assertEqual(
            codes(natureef.targets), ["BR", "CL", "CN", "CO", "MX", "PE", "PH"]
        )
        self.assertEqual(
            [field.code for field in texglobal.technology_fields.all()],
            ["A41", "D01", "D02", "D03"],
        )
        self.assertEqual(
            [industry.code for industry in texglobal.industries.all()], ["C13", "M72"]
        )

    def test_suggested_codes_are_kept_apart(self):
        natureef = Partnership.objects.get(slug="natureef")

        self.assertFalse(natureef.technology_fields.exists())
        self.assertFalse(natureef.industries.exists())
        self.assertEqual(
            [field.code for field in natureef.suggested_technology_fields.all()],
            ["A01", "C02"],
        )
        self.assertEqual(
            [industry.code for industry in natureef.suggested_industries.all()],
            ["A01", "E38"],
        )

    def test_slugs_are_made_of_acronyms(self):
        slugs = dict(Partnership.objects.values_list("acronym", "slug"))

        self.assertEqual(slugs["GCC.eu"], "gcc-eu")
        self.assertEqual(slugs["AdPack²"], "adpack2")
        self.assertEqual(slugs["EU KETS4DUAL-USE 2.0"], "eu-kets4dual-use-2-0")

    def test_partners_are_linked_to_the_directory_where_it_has_them(self):
        lead = Membership.objects.get(partnership__slug="natureef", role="lead")
        self.assertEqual(lead.cluster.name, "FEMAC")
        university = Membership.objects.get(partner_name="Anglia Ruskin University")
        self.assertEqual(
            (university.cluster, university.country.iso2, university.role),
            (None, "GB", "lead"),
        )

    def test_mexicos_facts(self):
        facts = Fact.objects.filter(country__iso2="MX")

        self.assertEqual(
            {
                (fact.indicator.code, fact.value, fact.year, fact.note)
                for fact in facts.select_related("indicator")
            },
            {
                ("population", Decimal(119_530_753), 2015, ""),
                ("gdp", Decimal(2_224_000_000_000), 2014, ""),
                ("gdp-per-head", Decimal(18_857), 2015, ""),
                ("competitiveness-rank", Decimal(57), None, "of 140 economies"),
                ("services-share", Decimal(59), None, ""),
                ("clusters-reported", Decimal(155), None, "counted by ProMéxico"),
                ("cluster-sectors-reported", Decimal(9), None, ""),
                ("bronze-reported", Decimal(26), None, "over 26"),
            },
        )
        self.assertEqual(
            {fact.source.citation for fact in facts.select_related("source")},
            {FOUNDING_DOCUMENT},
        )
        self.assertEqual(
            {
                fact.indicator.code: fact.display_value
                for fact in facts.select_related("indicator")
                if fact.indicator.code in ("gdp", "gdp-per-head")
            },
            {"gdp": "$2.224 trillion", "gdp-per-head": "$18,857"},
        )

    def test_other_countries_have_nominal_figures_each_with_its_source(self):
        facts = Fact.objects.filter(country__iso2="CL").values_list(
            "indicator__code", "value", "year", "source__title", "note"
        )

        self.assertEqual(
            set(facts),
            {
                ("population", Decimal(19_764_771), 2024, "World Bank population", ""),
                (
                    *("gdp-nominal", Decimal(335_533_331_669), 2023),
                    *("World Bank GDP", ""),
                ),
                (
                    *("gdp-per-head-nominal", Decimal(17_068), 2023),
                    *("World Bank GDP", "GDP divided by the population of the year"),
                ),
            },
        )
        self.assertFalse(Fact.objects.filter(country__iso2="TW").exists())

    def test_mexico_itself(self):
        mexico = Country.objects.published().get(slug="mexico")

        self.assertEqual(
            (mexico.capital, mexico.currency, mexico.area_km2, mexico.is_target),
            ("Mexico City", "Peso (MXN)", 1_972_550, True),
        )
        self.assertEqual(
            (mexico.region, mexico.subregion), ("Americas", "North America")
        )
        self.assertEqual(mexico.sources.get().citation, FOUNDING_DOCUMENT)
        self.assertEqual(
            Country.objects.get(iso2="CL").sources.get().title, "mledoze/countries"
        )
        report = Report.objects.get(country=mexico)
        self.assertEqual(
            (report.language, report.get_published_on_iso()), ("es", "2015-05")
        )

    def test_every_alias_leads_to_its_country(self):
        for line in rows_of("countries/data/country_aliases.csv"):
            with self.subTest(line["alias"]):
                found = Country.objects.search(line["alias"])
                self.assertIn(line["iso2"], codes(found))
        self.assertTrue(CountryAlias.objects.filter(name="México").exists())

    def test_sections_keep_every_paragraph_and_source(self):
        sections = 0
        for path in settings.BASE_DIR.glob("countries/data/sections/*.toml"):
            content = tomllib.loads(path.read_text("utf-8"))
            iso2 = content.pop("iso2")
            country = Country.objects.get(iso2=iso2)
            self.assertEqual(country.intro, content.pop("intro").strip())
            for kind, given in content.items():
                sections += 1
                with self.subTest(country=iso2, kind=kind):
                    section = country.sections.published().get(kind=kind)
                    self.assertEqual(
                        (
                            plain_text(section.lead),
                            plain_text(section.rest),
                            section.as_at,
                        ),
                        (
                            given["lead"].strip(),
                            given.get("rest", "").strip(),
                            given.get("as_at"),
                        ),
                    )
                    self.assertGreaterEqual(
                        section.sources.count(), len(set(given["sources"]))
                    )
        self.assertEqual(CountrySection.objects.count(), sections)

    def test_preview_addresses_are_no_links(self):
        self.assertFalse(Source.objects.filter(url__contains="hosted-temp").exists())
        self.assertTrue(
            Source.objects.filter(citation__contains="hosted-temp").exists()
        )

    def test_an_organisation_of_several_countries_has_none(self):
        agency = Organisation.objects.get(acronym="EDA")

        self.assertIsNone(agency.country)
        self.assertEqual(agency.sources.get().publisher, "EDA")

    def test_terms_are_parts_of_their_upper_level(self):
        self.assertEqual(Industry.objects.get(code="C13").parent.title, "Manufacturing")
        self.assertEqual(
            TechnologyField.objects.get(code="D03").parent.title, "Textiles; paper"
        )
        self.assertEqual(Industry.objects.filter(parent=None).count(), 21)
        self.assertEqual(TechnologyField.objects.filter(parent=None).count(), 8)

    def test_labels_keep_what_was_stated_of_their_dates(self):
        label = EscaLabel.objects.get(
            cluster__name="GCE Ocean Technology", awarded_on__year=2021
        )
        self.assertEqual(
            (label.get_awarded_on_iso(), label.get_valid_until_iso()),
            ("2021-12", "2023-12"),
        )
        self.assertEqual(label.valid_until, datetime.date(2023, 12, 31))
        claut = Cluster.objects.get(acronym="CLAUT")
        self.assertEqual(claut.labels.get().level, "gold")

    def test_events_take_state_and_format_from_their_titles(self):
        cancelled = Event.objects.get(state="cancelled")
        self.assertEqual(
            cancelled.title,
            "EU-Japan Clusters & Regions/Prefectures Cooperation Conference",
        )
        self.assertEqual(
            list(
                Event.objects.filter(format="online").values_list("title", "time_zone")
            ),
            [
                ("FASCINATE first steering committee", "Europe/Brussels"),
                ("Intra-European Cluster Matchmaking Event", "Europe/Brussels"),
                ("EU-South MED Cluster Matchmaking Event 2021", "Europe/Brussels"),
                ("FASCINATE final presentation", "Europe/Brussels"),
            ],
        )
        self.assertEqual(Event.objects.filter(format="").count(), 37)
        self.assertEqual(Event.objects.filter(state="confirmed").count(), 40)

    def test_events_begin_at_midnight_of_their_place(self):
        mexico = Event.objects.get(city="Mexico City")
        self.assertEqual(mexico.time_zone, "America/Mexico_City")
        self.assertEqual(
            mexico.start, datetime.datetime(2016, 10, 25, 5, tzinfo=datetime.UTC)
        )
        thailand = Event.objects.get(country__iso2="TH")
        self.assertEqual(
            (thailand.time_zone, thailand.get_starts_on_iso()),
            ("Asia/Bangkok", "2023-05"),
        )
        self.assertEqual(thailand.ends_on, datetime.date(2023, 5, 31))

    def test_achievements_are_linked_where_it_is_certain(self):
        gold = Achievement.objects.get(title="First Gold Label for a Mexican cluster")
        self.assertEqual(gold.clusters.get().acronym, "CLAUT")
        self.assertEqual(gold.labels.get().level, "gold")
        self.assertEqual(codes(gold.countries), ["MX"])
        self.assertEqual(Achievement.labels.through.objects.count(), 4)
        memorandum = Achievement.objects.get(title__endswith="PNAA")
        self.assertFalse(memorandum.clusters.exists())
        self.assertEqual(memorandum.partnerships.get().acronym, "EACP ABROAD")

    def test_news_are_linked_and_keep_their_source(self):
        news = NewsItem.objects.get(title="GCC.eu: next steps")

        self.assertEqual(codes(news.countries), ["AE", "IN", "KR", "MX", "US"])
        self.assertEqual(news.clusters.get().name, "Cosmetic Valley")
        self.assertEqual(news.partnerships.get().slug, "gcc-eu")
        self.assertTrue(news.source_url.startswith("https://globalcosmeticscluster.eu"))

    def test_every_record_passes_the_validation_of_its_form(self):
        for model in (Country, Fact, EscaLabel, Membership, Event, Achievement):
            for record in model.objects.all():
                with self.subTest(record=f"{model.__name__} {record}"):
                    record.clean_fields()
                    record.clean()

    def test_every_reviewed_city_is_one_of_an_event(self):
        places = {
            (line["country_iso2"], line["city"])
            for line in rows_of("events/data/events.csv")
        }
        zones = {
            (line["country_iso2"], line["city"])
            for line in rows_of("events/data/city_time_zones.csv")
        }
        self.assertEqual(zones, places - {("", "")})

    def test_partners_named_by_their_acronym_are_found_in_the_directory(self):
        for acronym, partner in (
            ("TEXGLOBAL", "AEI TÈXTILS"),
            ("EUWATER4I-SD", "ACLIMA"),
        ):
            membership = Membership.objects.get(
                partnership__acronym__iexact=acronym, cluster__acronym=partner
            )
            self.assertEqual(membership.partner_name, "")
