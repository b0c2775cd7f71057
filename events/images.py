"""Images in the widths that screens need."""

import logging
from dataclasses import dataclass

from django.core.files.images import get_image_dimensions
from easy_thumbnails.engine import NoSourceGenerator
from easy_thumbnails.exceptions import EasyThumbnailsError
from easy_thumbnails.files import get_thumbnailer

logger = logging.getLogger(__name__)

WIDTHS = (320, 640, 1280)


@dataclass(frozen=True)
class Variant:
    url: str
    width: int
    height: int


def variants(image) -> list[Variant]:
    """Return the image in WIDTHS, none wider than it is itself, the narrowest first.

    Each is made when it is first asked for. An image that cannot be read has none.
    """
    try:
        made = [variant(image, width) for width in WIDTHS]
    except (EasyThumbnailsError, NoSourceGenerator, OSError):
        logger.exception("Image %s cannot be resized", image.name)
        return []
    return list({one.width: one for one in made}.values())


def variant(image, width: int) -> Variant:
    picture = get_thumbnailer(image).get_thumbnail({"size": (width, 0)})
    # The library would ask the database, once for each.
    with picture.storage.open(picture.name) as file:
        return Variant(picture.url, *get_image_dimensions(file))
