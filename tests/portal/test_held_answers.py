"""A 304 of the API is told again without Django, and only while it holds."""

import datetime

import pytest
from django.utils import timezone

from portal.held_answers import HeldAnswers
from portal.models import ContentVersion
from portal.version_watch import Commits, VersionWatch
from tests.factories import make_country

from .test_response_cache import Answer, Counting

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/api/v1/countries/?fields=name"


@pytest.fixture
def django_itself():
    return Counting()


@pytest.fixture
def held(django_itself):
    return HeldAnswers(django_itself, VersionWatch(Commits()))


@pytest.fixture
def tag(held):
    make_country(name="Chile")
    an_hour_ago = timezone.now() - datetime.timedelta(hours=1)
    ContentVersion.objects.update(changed_at=an_hour_ago)
    tag = Answer(held, LIST).headers["ETag"]
    assert Answer(held, LIST, IF_NONE_MATCH=tag).status == 304
    return tag


def test_django_is_asked_once_and_the_same_is_told_again(held, django_itself, tag):
    asked = django_itself.asked
    first = Answer(django_itself, LIST, IF_NONE_MATCH=tag)
    # There is no body, whose length it would be.
    del first.headers["Content-Length"]
    for value in (tag, f"W/{tag}", f'"other", {tag}'):
        for method in ("GET", "HEAD"):
            answer = Answer(held, LIST, method, IF_NONE_MATCH=value)
            assert (answer.status, answer.body) == (304, b"")
            assert answer.headers.pop("Cache-Status") == "portal; hit"
            assert answer.headers == first.headers
    assert django_itself.asked == asked + 1


def test_a_write_ends_it(held, tag):
    make_country(name="Peru")
    answer = Answer(held, LIST, IF_NONE_MATCH=tag)
    assert (answer.status, b"Peru" in answer.body) == (200, True)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"AUTHORIZATION": "Bearer unknown"}, 401),
        ({"X_API_KEY": "unknown"}, 401),
        ({"IF_MATCH": '"another"'}, 412),
        ({"ACCEPT": "text/csv"}, 406),
        ({"IF_NONE_MATCH": '"another"'}, 200),
        ({"IF_NONE_MATCH": "*"}, 304),
        ({"COOKIE": "sessionid=x"}, 304),
    ],
)
def test_django_decides_where_more_than_the_tag_counts(
    held, django_itself, tag, headers, status
):
    asked = django_itself.asked
    answer = Answer(held, LIST, **({"IF_NONE_MATCH": tag} | headers))
    assert answer.status == status
    assert django_itself.asked == asked + 1


@pytest.mark.parametrize("address", ["/api/v1/countries/?fields=slug", "/api/docs/"])
def test_a_tag_is_that_of_one_address(held, django_itself, tag, address):
    asked = django_itself.asked
    assert Answer(held, address, IF_NONE_MATCH=tag).status == 200
    assert django_itself.asked == asked + 1


def test_nothing_is_kept_until_a_change_has_settled(held, django_itself):
    make_country()
    tag = Answer(held, LIST).headers["ETag"]
    for _time in range(2):
        answer = Answer(held, LIST, IF_NONE_MATCH=tag)
        assert (answer.status, answer.how) == (304, None)
