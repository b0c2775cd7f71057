"""What is kept of an uploaded image: the picture and nothing else."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.factories import make_achievement


def make_file(kind, name):
    output = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "Secret place"
    Image.new("RGB", (20, 10), "red").save(output, format=kind, exif=exif)
    content = output.getvalue() + b"<script>alert(1)</script>"
    return SimpleUploadedFile(name, content)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "name"), [("PNG", "a.png"), ("JPEG", "a.jpg"), ("WEBP", "a.webp")]
)
def test_an_image_is_kept_without_notes_and_appendix(tmp_path, settings, kind, name):
    settings.MEDIA_ROOT = tmp_path
    file = make_file(kind, name)
    assert b"Secret place" in file.read()
    achievement = make_achievement(image=file, image_alt="Red.")
    [path] = [path for path in tmp_path.rglob("*") if path.is_file()]
    content = path.read_bytes()
    assert b"<script>" not in content
    assert b"Secret place" not in content
    with Image.open(path) as image:
        assert (image.format, image.size) == (kind, (20, 10))
    achievement.save()
    assert path.read_bytes() == content
