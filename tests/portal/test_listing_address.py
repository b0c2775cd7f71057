"""The one codec of what the address of a list asks for."""

from django.http import QueryDict
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from portal.listing_address import ListingAddress


def read(address):
    return ListingAddress.read(RequestFactory().get(address))


def test_an_address_is_canonical():
    address = read("/clusters/?sort=name&q=&country=MX&country=CL&country=MX&page=3")
    assert str(address) == "/clusters/?country=MX&country=CL&page=3&sort=name"


def test_another_view_begins_on_its_first_page_and_is_no_download():
    address = read("/clusters/?page=3&format=csv&q=x")
    assert str(address.leading_to(sort="name")) == "/clusters/?q=x&sort=name"
    assert str(address.leading_to(page=1)) == "/clusters/?q=x"
    assert str(address.leading_to(page=2)) == "/clusters/?page=2&q=x"


def test_one_value_of_several_is_removed():
    address = read("/clusters/?country=MX&country=CL&page=2")
    assert str(address.without("country", "MX")) == "/clusters/?country=CL"
    assert str(address.without("country")) == "/clusters/"


def test_unknown_keys_and_ignored_values_are_left_out():
    address = read("/clusters/?country=MX&country=XX&utm_source=mail")
    known = address.only("country").less([("country", "XX"), ("sort", "y")])
    assert str(known) == "/clusters/?country=MX"


def test_a_link_asks_for_no_file_but_keeps_a_filter_called_format():
    address = read("/events/?format=ics&format=online&page=3")
    assert str(address.leading_to(past=1)) == "/events/?format=online&past=1"
    address = read("/events/?format=online&format=on_site")
    assert str(address.without("format", "online")) == "/events/?format=on_site"


def test_keys_of_the_former_platform_have_a_present_name():
    former = {"field_escp_sme": "smes"}
    address = read("/partnerships/?order=field_escp_sme&sort=desc&target=MX")
    assert str(address.present(former)) == "/partnerships/?sort=-smes&target=MX"
    assert read("/partnerships/?order=nid&sort=desc").present(former) is None


@given(st.lists(st.tuples(st.text(), st.text(max_size=20)), max_size=8))
def test_what_is_written_is_read_back(pairs):
    query = QueryDict(mutable=True)
    for key, text in pairs:
        query.appendlist(key, text)
    address = read(f"/clusters/?{query.urlencode()}")
    assert str(read(str(address))) == str(address)


def test_a_key_may_have_any_name():
    request = RequestFactory().get("/list/?self=1&page=2&key=3&class=4")
    address = ListingAddress.read(request)
    assert str(address) == "/list/?class=4&key=3&page=2&self=1"
    assert str(address.leading_to()) == "/list/?class=4&key=3&self=1"
