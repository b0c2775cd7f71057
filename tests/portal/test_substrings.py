"""Parts of names, found through trigrams."""

from django.db import connection
from django.test import TestCase
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as PropertyTestCase

from partnerships.models import Membership, Partnership
from portal.folding import fold
from portal.substrings import catch_up
from tests.factories import make_cluster, make_membership, make_partnership

texts = st.text(
    st.sampled_from('abcåß "%_*\\:()-ΩИ日')
    | st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]),
    min_size=1,
    max_size=8,
)


class HoldsTests(PropertyTestCase):
    @settings(max_examples=150)
    @given(st.lists(texts, min_size=1, max_size=4), texts)
    def test_finds_what_holds_the_text_and_nothing_else(self, names, text):
        Partnership.objects.all().delete()
        for number, name in enumerate(names):
            make_partnership(acronym=f"X{number}", name=name)
        wanted = fold(text)
        found = Partnership.objects.filter(name_key__holds=wanted)
        expected = [p for p in Partnership.objects.all() if wanted in p.name_key]
        self.assertCountEqual(found, expected)


class FollowingTests(TestCase):
    def acronyms(self, text):
        found = Partnership.objects.search(text).order_by("acronym_key")
        return [partnership.acronym for partnership in found]

    def test_follows_every_kind_of_write(self):
        make_partnership(acronym="ALPHA", name="Woven wood")
        self.assertEqual(self.acronyms("oven woo"), ["ALPHA"])
        Partnership.objects.update(name_key="knitted steel")
        self.assertEqual(self.acronyms("oven woo"), [])
        self.assertEqual(self.acronyms("KNITTED"), ["ALPHA"])
        Partnership.objects.all().delete()
        Partnership.objects.bulk_create(
            [Partnership(acronym="B", slug="b", name="Knitted", name_key="knitted")]
        )
        self.assertEqual(self.acronyms("knitted"), ["B"])

    def test_finds_partners_by_their_own_name_and_by_that_of_their_cluster(self):
        partnership = make_partnership(acronym="ALPHA")
        make_membership(partnership=partnership, partner_name="Firma Ñandú")
        cluster = make_cluster(name="Clúster de Acero", acronym="CLAC")
        make_membership(partnership=partnership, cluster=cluster)
        for text in ("nandu", "uster de ac", "clac", "ac"):
            self.assertEqual(self.acronyms(text), ["ALPHA"])
        cluster.status = "draft"
        cluster.save()
        self.assertEqual(self.acronyms("clac"), [])
        cluster.status = "published"
        cluster.save()
        cluster.country.status = "draft"
        cluster.country.save()
        self.assertEqual(self.acronyms("clac"), [])
        Membership.objects.all().delete()
        self.assertEqual(self.acronyms("nandu"), [])

    def test_is_made_again_from_what_is_there(self):
        make_partnership(acronym="ALPHA", name="Woven wood")
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE partnerships_partnership_substrings")
        catch_up("default")
        self.assertEqual(self.acronyms("woven"), ["ALPHA"])
