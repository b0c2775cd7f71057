from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils import timezone

from countries.models import Country, CountryAlias, Fact, Indicator
from tests.factories import (
    make_country,
    make_fact,
    make_indicator,
    make_organisation,
    make_report,
    make_section,
)


class CountryTests(TestCase):
    def test_names_sort_without_case_and_accents(self):
        names = ["Østland", "Zambia", "austria", "Åland", "Ísland", "Ελλάδα", "Oman"]
        for name in names:
            make_country(name=name)

        ordered = Country.objects.values_list("name", flat=True)

        self.assertEqual(
            list(ordered),
            ["Åland", "austria", "Ísland", "Oman", "Østland", "Zambia", "Ελλάδα"],
        )

    def test_is_found_by_name_alias_and_code(self):
        mexico = make_country(name="Mexico", iso2="MX", iso3="MEX")
        korea = make_country(name="Korea", iso2="KR", iso3="KOR")
        CountryAlias.objects.create(country=korea, name="South Korea")
        CountryAlias.objects.create(country=mexico, name="México")

        for text, found in [
            ("MÉXICO", mexico),
            ("mex", mexico),
            ("south kor", korea),
            ("kr", korea),
        ]:
            with self.subTest(text=text):
                self.assertEqual(Country.objects.search(text).get(), found)

    def test_an_alias_of_two_countries_is_refused(self):
        CountryAlias.objects.create(country=make_country(name="Korea"), name="Corea")
        other = CountryAlias(country=make_country(), name="COREA")

        with pytest.raises(ValidationError, match="already another name of Korea"):
            other.full_clean()

    def test_currency_stands_with_its_code(self):
        country = make_country(currency_name="Peso", currency_code="MXN")

        self.assertEqual(country.currency, "Peso (MXN)")


class FactTests(TestCase):
    def test_figures_read_as_people_write_them(self):
        for value, settings, text in [
            ("2224000000000", {"in_words": True, "decimals": 3}, "$2.224 trillion"),
            ("18857", {}, "$18,857"),
            ("119530753", {"currency_code": ""}, "119,530,753"),
            ("59", {"currency_code": "", "unit": "%"}, "59\u00a0%"),
            ("1.5", {"currency_code": "", "decimals": 2}, "1.50"),
        ]:
            indicator = make_indicator(**{"currency_code": "USD"} | settings)
            fact = make_fact(value=Decimal(value), indicator=indicator)
            with self.subTest(text=text):
                self.assertEqual(fact.display_value, text)

    def test_one_figure_of_a_year_is_preferred(self):
        fact = make_fact(year=2015)
        same = {"country": fact.country, "indicator": fact.indicator}

        make_fact(year=2015, preferred=False, **same)
        make_fact(year=2016, **same)
        make_fact(year=None, **same)
        for year in (2015, None):
            with self.assertRaises(IntegrityError), transaction.atomic():
                make_fact(year=year, **same)

    def test_the_latest_preferred_figure_is_shown(self):
        old = make_fact(year=2014)
        same = {"country": old.country, "indicator": old.indicator}
        latest = make_fact(year=2015, **same)
        make_fact(year=2016, preferred=False, **same)
        make_fact(year=None, **same)

        self.assertEqual(Fact.objects.for_country_page().get(), latest)

    def test_an_implausible_value_is_refused(self):
        indicator = make_indicator(sane_maximum=100)
        fact = make_fact(indicator=indicator)
        fact.value = Decimal(101)

        with pytest.raises(ValidationError, match="expected between … and 100"):
            fact.full_clean()

    def test_a_fraction_of_what_is_counted_is_refused(self):
        for settings, value, is_refused in (
            ({}, "1234567.5", True),
            ({"in_words": True}, "1234567.5", True),
            ({}, "1234567.000000", False),
            ({"unit": "%"}, "59.4", False),
            ({"currency_code": "USD"}, "18857.5", False),
            ({"decimals": 1}, "41.7", False),
        ):
            fact = make_fact(indicator=make_indicator(**settings))
            fact.value = Decimal(value)
            with self.subTest(settings=settings, value=value):
                if not is_refused:
                    fact.full_clean()
                    continue
                with pytest.raises(ValidationError) as caught:
                    fact.full_clean()
                assert list(caught.value.message_dict) == ["value"]
                message = str(caught.value)
                assert "1,234,567.5 is not one; write 1,234,568 if" in message

    def test_a_year_to_come_or_without_its_century_is_refused(self):
        fact = make_fact()
        for year in (2050, 23):
            fact.year = year
            with self.subTest(year=year), self.assertRaises(ValidationError) as error:
                fact.full_clean()
            self.assertEqual(list(error.exception.message_dict), ["year"])
        fact.year = timezone.localdate().year
        fact.full_clean()

    def test_a_price_needs_a_currency(self):
        with self.assertRaises(IntegrityError), transaction.atomic():
            make_indicator(price_basis=Indicator.PriceBasis.PPP)


class PartTests(TestCase):
    def assert_refused(self, make, **values):
        with self.assertRaises(IntegrityError), transaction.atomic():
            make(**values)

    def test_a_country_has_one_section_of_each_kind(self):
        section = make_section()
        self.assert_refused(make_section, country=section.country)

    def test_a_report_is_a_file_or_an_address(self):
        self.assert_refused(make_report, url="")
        self.assert_refused(make_report, file="reports/a.pdf")

    def test_a_country_lists_an_organisation_once(self):
        body = make_organisation(name="Secretaría de Economía")
        self.assert_refused(
            make_organisation, name="SECRETARIA de Economia", country=body.country
        )
        make_organisation(name="Body of the Union", country=None)
        self.assert_refused(make_organisation, name="Body of the union", country=None)

    def test_codes_and_slugs_are_unique(self):
        make_country(iso2="MX", slug="mexico")
        self.assert_refused(make_country, iso2="MX")
        self.assert_refused(make_country, slug="mexico")
        self.assert_refused(make_country, area_km2=-1)
