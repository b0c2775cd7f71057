import pytest
from django.db.models import ProtectedError
from django.test import TestCase

from partnerships.models import Partnership
from tests.factories import (
    make_cluster,
    make_country,
    make_fact,
    make_industry,
    make_news_item,
    make_partnership,
    make_source,
    make_technology_field,
)


class ProtectedLinkTests(TestCase):
    def assert_protected(self, record):
        with pytest.raises(ProtectedError):
            record.delete()

    def test_a_country_in_use_cannot_be_deleted(self):
        target, home, told = make_country(), make_country(), make_country()
        make_partnership(targets=[target])
        make_cluster(country=home)
        make_news_item(countries=[told])

        for country in (target, home, told):
            self.assert_protected(country)

    def test_codes_in_use_cannot_be_deleted(self):
        industry, field = make_industry("C13"), make_technology_field("D03")
        make_partnership(industries=[industry], technology_fields=[field])

        self.assert_protected(industry)
        self.assert_protected(field)

    def test_a_section_with_divisions_cannot_be_deleted(self):
        section = make_industry("C")
        make_industry("C13", parent=section)

        self.assert_protected(section)

    def test_sources_in_use_cannot_be_deleted(self):
        cited, counted = make_source(), make_source()
        make_partnership().sources.add(cited)
        make_fact(source=counted)

        self.assert_protected(cited)
        self.assert_protected(counted)

    def test_what_is_not_in_use_can_be_deleted(self):
        make_source().delete()
        partnership = make_partnership(targets=[make_country()])

        partnership.delete()

        self.assertFalse(Partnership.objects.exists())
