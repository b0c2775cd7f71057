"""Pages offer to write to the editors only where the portal has an address for that."""

import pytest

from tests.factories import make_country, make_partnership

pytestmark = pytest.mark.django_db
CONTACT = 'href="/about/#contact"'


@pytest.fixture
def addresses():
    """Return pages that have something to ask of their readers, and how often."""
    country = make_country(name="Chile", iso2="CL", is_target=True)
    partnership = make_partnership(targets=[country])
    return {
        # Four texts, the analysis report and the key facts.
        country.get_absolute_url(): 6,
        partnership.get_absolute_url(): 1,
        "/accessibility/": 1,
        "/privacy/": 1,
    }


def test_pages_offer_to_write_to_an_address_that_is_given(client, settings, addresses):
    settings.CONTACT_EMAIL = "editors@example.org"
    offered = {
        address: client.get(address).content.decode().count(CONTACT)
        for address in addresses
    }
    assert offered == addresses
    assert 'href="mailto:editors@example.org"' in client.get("/about/").content.decode()


def test_pages_offer_what_else_can_be_done_where_none_is_given(
    client, settings, addresses
):
    settings.CONTACT_EMAIL = ""
    country, partnership, *others = (
        client.get(address).content.decode() for address in addresses
    )
    for page in (country, partnership, *others):
        assert CONTACT not in page
    assert country.count("See other countries") == 5
    assert country.count("See the key facts") == 1
    assert "See others like it" in partnership
    for page in (*others, client.get("/about/").content.decode()):
        assert "has not given an address to write to yet." in page
