"""Which files editors may upload; what is served must not run in a browser."""

from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator
from django.utils.translation import gettext_lazy as _
from PIL import Image

IMAGE_FORMATS = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "webp": "WEBP"}
MAXIMUM_PIXELS = 50_000_000
MAXIMUM_BYTES = 20 * 2**20

validate_image_name = FileExtensionValidator(list(IMAGE_FORMATS))
validate_pdf_name = FileExtensionValidator(["pdf"])


def validate_size(file):
    if file.size > MAXIMUM_BYTES:
        raise ValidationError(_("The file is larger than 20 MB; upload a smaller one."))


def validate_image(file):
    """Refuse what only calls itself an image, and images too large to decode."""
    file.seek(0)
    try:
        with Image.open(file, formats=list(IMAGE_FORMATS.values())) as image:
            width, height = image.size
    except (OSError, Image.DecompressionBombError) as error:
        raise ValidationError(
            _("The file is not a JPEG, PNG or WebP image; save it as one of these.")
        ) from error
    finally:
        file.seek(0)
    if width * height > MAXIMUM_PIXELS:
        raise ValidationError(_("The image has over 50 million pixels; reduce it."))


def validate_pdf(file):
    file.seek(0)
    start = file.read(5)
    file.seek(0)
    if start != b"%PDF-":
        raise ValidationError(_("The file is not a PDF; export the report as PDF."))
