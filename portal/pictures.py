"""Images of editors, drawn anew so that nothing but the picture is kept."""

import io

from django.core.files.base import ContentFile
from django.db import models
from PIL import Image, ImageOps

from .uploads import IMAGE_FORMATS, MAXIMUM_PIXELS


def redrawn(file) -> ContentFile | None:
    """Return the picture without what else a file holds; None if it is no picture.

    Notes of the camera, places among them, and anything appended are left out.
    """
    file.seek(0)
    try:
        with Image.open(file, formats=list(IMAGE_FORMATS.values())) as image:
            if image.width * image.height > MAXIMUM_PIXELS:
                return None
            picture = ImageOps.exif_transpose(image)
            output = io.BytesIO()
            picture.info.clear()
            picture.save(output, format=image.format, quality=90)
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    finally:
        file.seek(0)
    return ContentFile(output.getvalue(), name=file.name)


class PictureField(models.ImageField):
    """An image that is drawn anew when it is stored.

    What is no picture is left to the validators; migrations know an ImageField.
    """

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.ImageField", args, kwargs

    def pre_save(self, model_instance, add):
        file = getattr(model_instance, self.attname)
        if file and not file._committed:
            picture = redrawn(file.file)
            if picture is not None:
                file.file = picture
        return super().pre_save(model_instance, add)
