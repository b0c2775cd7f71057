"""The JSON of the API."""

import orjson
from rest_framework.renderers import JSONRenderer


class QuickJSONRenderer(JSONRenderer):
    """Write what Django REST framework writes, in a tenth of the time."""

    def render(self, data, accepted_media_type=None, renderer_context=None):
        if data is None or self.get_indent(accepted_media_type, renderer_context or {}):
            return super().render(data, accepted_media_type, renderer_context)
        # Moments are written as the framework has them.
        return orjson.dumps(
            data, self.encoder_class().default, orjson.OPT_PASSTHROUGH_DATETIME
        )
