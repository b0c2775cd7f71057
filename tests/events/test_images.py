import io
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.files.base import ContentFile
from django.test import TestCase, override_settings
from PIL import Image

from tests.factories import make_achievement

SOURCES = re.compile(r'srcset="([^"]+)"')


def image(width, height, kind="JPEG"):
    file = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(file, kind)
    return ContentFile(file.getvalue())


class ImageTests(TestCase):
    def setUp(self):
        directory = TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        settings = override_settings(MEDIA_ROOT=directory.name)
        settings.enable()
        self.addCleanup(settings.disable)
        self.media = Path(directory.name)

    def make(self, width=2000, height=1000, name="a.jpg"):
        achievement = make_achievement(image_alt="Handing over the label")
        achievement.image.save(name, image(width, height))
        return achievement

    def widths(self, address):
        """Return the widths that a page offers, as they are and as they are told."""
        content = self.client.get(address).content.decode()
        (sources,) = SOURCES.findall(content)
        pairs = [source.split() for source in sources.split(", ")]
        told = [int(width.removesuffix("w")) for _url, width in pairs]
        real = []
        for url, _width in pairs:
            with Image.open(self.media / url.removeprefix("/media/")) as picture:
                real.append(picture.width)
        return real, told

    def test_offers_the_widths_that_screens_need(self):
        for address in (self.make().get_absolute_url(), "/achievements/"):
            real, told = self.widths(address)
            self.assertEqual((real, told), ([320, 640, 1280], [320, 640, 1280]))

    def test_makes_no_image_wider_than_it_is(self):
        real, told = self.widths(self.make(500, 400).get_absolute_url())
        self.assertEqual((real, told), ([320, 500], [320, 500]))

    def test_has_a_text_in_its_place_a_size_and_loads_late(self):
        response = self.client.get(self.make().get_absolute_url())
        self.assertContains(response, 'alt="Handing over the label" loading="lazy"')
        self.assertContains(response, 'width="1280" height="640"')
        self.assertContains(
            response, '<meta property="og:image" content="http://testserver/media/'
        )

    def test_a_file_that_is_gone_or_broken_leaves_the_page_whole(self):
        gone, broken = self.make(name="b.jpg"), self.make(name="c.jpg")
        Path(gone.image.path).unlink()
        Path(broken.image.path).write_bytes(b"not an image")
        for achievement in (gone, broken):
            with self.assertLogs("events.images"):
                response = self.client.get(achievement.get_absolute_url())
            self.assertEqual(response.status_code, 200)
            self.assertNotContains(response, "<img")

    def test_images_cost_a_list_no_query(self):
        self.make()
        self.client.get("/achievements/")
        with self.assertNumQueries(7):
            self.client.get("/achievements/")

    def test_a_long_summary_ends_with_a_whole_word(self):
        words = [f"word{number}" for number in range(200)]
        achievement = make_achievement(summary=" ".join(words))
        content = self.client.get("/achievements/").content.decode()
        shown = re.search(r"<p>(word0 .+?)</p>", content)[1]
        self.assertEqual(shown.removesuffix(" …").split(), words[:60])
        page = self.client.get(achievement.get_absolute_url()).content.decode()
        described = re.search(r'name="description" content="(.+?)"', page)[1]
        self.assertEqual(described.removesuffix(" …").split(), words[:40])
