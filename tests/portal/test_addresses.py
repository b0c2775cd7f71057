import pytest
from django.core.exceptions import ValidationError

from clusters.models import Cluster
from countries.models import Country
from events.models import Event
from partnerships.models import Partnership


@pytest.mark.parametrize(
    ("model", "slug"),
    [
        (Country, "compare"),
        (Cluster, "labels"),
        (Partnership, "match"),
        (Event, "calendar"),
    ],
)
def test_no_record_takes_the_address_of_another_page(model, slug):
    field = model._meta.get_field("slug")
    field.run_validators(f"{slug}-of-the-year")

    with pytest.raises(ValidationError, match="belongs to another page"):
        field.run_validators(slug)
