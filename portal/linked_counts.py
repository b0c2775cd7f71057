"""How many records are linked to each record of another model, as an index knows it.

The database would count the links of all of them, which takes a second at 100,000
partnerships.
"""

import json
from collections.abc import Mapping

from django.db.models import Func, IntegerField, Model, TextField, Value

from .live_index import live_indexes


class NumberByKey(Func):
    """The number that each key has in a mapping, which the database gets as one text."""

    output_field = IntegerField()

    def __init__(self, key: str, numbers: Mapping[int, int]):
        text = json.dumps({str(key): number for key, number in numbers.items()})
        super().__init__(Value(text, output_field=TextField()), key)

    def as_sqlite(self, compiler, connection, **context):
        template = "COALESCE(json_extract(%(expressions)s), 0)"
        joiner = ", '$.' || "
        return super().as_sql(
            compiler, connection, template=template, arg_joiner=joiner, **context
        )

    def as_postgresql(self, compiler, connection, **context):
        template = "COALESCE((%(expressions)s::text)::integer, 0)"
        joiner = "::jsonb ->> "
        return super().as_sql(
            compiler, connection, template=template, arg_joiner=joiner, **context
        )


def number_linked(model: type[Model], field: str) -> NumberByKey | None:
    """Return how many public records of a model are linked by a field, as an expression.

    It is for the records that the field links to. None where no index answers now.
    """
    live_index = live_indexes.get(model)
    index = live_index and live_index.current(exact=True)
    if not index:
        return None
    return NumberByKey("pk", live_index.source.numbers_linked(index, field))
