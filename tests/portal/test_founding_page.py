"""The site with the project's own data, as a visitor finds it."""

import html
import re
from collections import Counter
from io import StringIO
from urllib.parse import urljoin

from django.conf import settings
from django.core.management import call_command
from django.test import TestCase

LINKS_OF_A_KIND = 12
TAGS = re.compile(r"<[^>]+>")


def text_of(content):
    return re.sub(r"\s+", " ", html.unescape(TAGS.sub(" ", content)))


class RealSiteTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        call_command("load_portal_data", stdout=StringIO())

    def section(self, content, heading):
        """Return the text between a heading and the next one of its level."""
        return text_of(content.split(f'id="{heading}"')[1].split("<h2")[0])

    def test_mexico_shows_its_key_facts_with_year_and_source(self):
        content = self.client.get("/countries/mexico/").content.decode()
        facts = self.section(content, "facts")
        for said in (
            "Mexico City",
            "119,530,753",
            "2015",
            "$18,857",
            "$2.224 trillion",
            "2014",
            "1,972,550\xa0km²".replace("\xa0", " "),
            "Peso (MXN)",
        ):
            with self.subTest(said=said):
                self.assertIn(said, facts)
        self.assertRegex(content, r'<h1>\s*<svg class="flag')
        rows = re.findall(r"<dt>.*?</div>", content.split('id="facts"')[1], re.S)
        figures = [row for row in rows if "facts__source" in row]
        self.assertGreaterEqual(len(figures), 3)
        for row in figures:
            self.assertRegex(text_of(row), r"(19|20)\d\d|Year not stated")
            self.assertRegex(row, r'<a href="https?://')

    def test_a_country_that_none_can_target_shows_where_its_clusters_take_part(self):
        content = self.client.get("/countries/spain/").content.decode()
        part = self.section(content, "partnerships")
        self.assertIn("ESCP-4i partnerships with partners from Spain", text_of(content))
        number = re.search(r"(\d+) partnerships", part)[1]
        address = "/partnerships/?partner_country=ES"
        self.assertIn(f'href="{address}"', content)
        listed = self.client.get(address).content.decode()
        self.assertIn(f"{number} partnerships", text_of(listed))
        narrowed = self.client.get("/countries/spain/?target=MX&partner_country=FR")
        content = html.unescape(narrowed.content.decode())
        self.assertIn('href="/partnerships/?partner_country=ES&target=MX"', content)
        self.assertIn("See and download all with partners from Spain", content)
        # One that is targeted says so, though it is no target country itself.
        mexico = self.client.get("/countries/mexico/").content.decode()
        self.assertIn("ESCP-4i partnerships that target Mexico", text_of(mexico))

    def test_events_are_shown_by_the_countries_that_they_are_about(self):
        for country, title in (
            ("japan", "EU-Japan Clusters & Regions/Prefectures"),
            ("taiwan", "EU-Taiwan Cluster Cooperation and Matchmaking Event"),
            ("mexico", "Csoftmty Gold Label ceremony at Hannover Messe"),
        ):
            page = self.client.get(f"/events/?past=1&country={country}")
            self.assertIn(title, text_of(page.content.decode()))

    def test_each_address_in_the_description_of_the_api_answers(self):
        text = (settings.BASE_DIR / "docs" / "api.md").read_text(encoding="utf-8")
        addresses = re.findall(r"'https://portal\.example\.org(/[^']+)'", text)
        self.assertGreater(len(addresses), 3)
        for address in addresses:
            with self.subTest(address=address):
                self.assertEqual(self.client.get(address).status_code, 200)

    def test_mexico_shows_what_others_report(self):
        content = self.client.get("/countries/mexico/").content.decode()
        said = text_of(content)
        for figure in ("155", "26", "57", "59"):
            self.assertRegex(said, rf"\b{figure}\b")
        self.assertIn("CLAUT", self.section(content, "achievements"))
        self.assertIn("Gold", self.section(content, "achievements"))

    def test_mexico_opens_with_the_founding_partnerships_in_their_order(self):
        response = self.client.get("/countries/mexico/")
        rows = response.context["rows"]
        self.assertEqual(
            [(row.sme_count, row.partner_count) for row in rows[:5]],
            [(1355, 11), (1232, 9), (1135, 5), (1000, 6), (1000, 8)],
        )

    def test_each_section_has_a_lead_and_a_rest_that_needs_no_script(self):
        content = self.client.get("/countries/mexico/").content.decode()
        for kind in ("context", "community", "policies", "opportunities"):
            part = content.split(f'id="{kind}"')[1].split("</section>")[0]
            with self.subTest(kind=kind):
                lead, rest = part.split('<details class="more">')
                self.assertGreater(len(text_of(lead)), 100)
                self.assertIn("Read more", rest)
                self.assertIn("Read less", rest)

    def test_nine_countries_have_all_four_sections(self):
        targets = self.client.get("/countries/?target=true&per_page=100")
        complete = 0
        for row in targets.context["rows"]:
            page = self.client.get(row.get_absolute_url())
            complete += all(
                section for _k, _t, section in page.context["parts"].sections
            )
        self.assertGreaterEqual(complete, 9)

    def test_no_link_is_broken(self):
        """Follow the links of all lists and of some records of each kind."""
        waiting, seen, broken = ["/"], {"/"}, []
        kinds = Counter()
        while waiting:
            address = waiting.pop(0)
            response = self.client.get(address)
            if response.status_code != 200:
                broken.append((address, response.status_code))
            # A download has to be read, which also closes it.
            content = response.getvalue().decode(errors="replace")
            if "?" in address or "html" not in response["Content-Type"]:
                continue
            for link in re.findall(r'href="([/?][^"]*)"', content):
                target = urljoin(address, html.unescape(link)).partition("#")[0]
                kind = target.rpartition("?")[0] or target.rsplit("/", 2)[0]
                if target not in seen and kinds[kind] < LINKS_OF_A_KIND:
                    kinds[kind] += 1
                    seen.add(target)
                    if not target.startswith("/static/"):
                        waiting.append(target)
        self.assertEqual(broken, [])
        self.assertGreater(len(seen), 100)
