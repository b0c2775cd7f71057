"""Records of each kind that point at each other, for tests of what is public."""

import datetime

from events.models import Correction
from portal.publishing.models import Publishable
from tests.factories import (
    make_achievement,
    make_cluster,
    make_country,
    make_event,
    make_fact,
    make_indicator,
    make_industry,
    make_label,
    make_membership,
    make_news_item,
    make_organisation,
    make_partnership,
    make_report,
    make_section,
    make_source,
    make_technology_field,
    short_number,
)

LONG_AGO = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)
FAR_OFF = datetime.datetime(2999, 1, 1, tzinfo=datetime.UTC)
# Every way in which a record is not public.
HIDDEN = (
    {"status": Publishable.Status.DRAFT},
    {"status": Publishable.Status.IN_REVIEW},
    {"status": Publishable.Status.ARCHIVED},
    {"status": Publishable.Status.APPROVED, "publish_at": FAR_OFF},
    {"status": Publishable.Status.PUBLISHED, "unpublish_at": LONG_AGO},
)


def make_linked_records(*, suffix="", **values):
    """Make a record of each kind, all linked, with ``values`` for the publishable."""
    source = make_source(title=f"Source{suffix}")
    # A code has a letter and up to three digits.
    number = short_number()
    codes = {"title": f"Term{suffix}"}
    industry = make_industry(f"C{number}", **codes)
    part = make_industry(f"D{number}", parent=industry, **codes)
    field = make_technology_field(f"E{number}", **codes)
    part_field = make_technology_field(f"F{number}", parent=field, **codes)
    country = make_country(name=f"Country {number}{suffix}", **values)
    country.aliases.create(name=f"Alias {number}{suffix}")
    make_section(country=country, lead=f"Lead{suffix}", **values).sources.add(source)
    make_fact(country=country, source=source, indicator=make_indicator())
    successor = make_organisation(country=country, name=f"Successor{suffix}")
    organisation = make_organisation(
        country=country, name=f"Organisation{suffix}", successor=successor
    )
    report = make_report(country=country, title=f"Report{suffix}")
    cluster = make_cluster(country=country, name=f"Cluster{suffix}", **values)
    cluster.industries.add(part)
    cluster.technology_fields.add(part_field)
    cluster.former_names.create(name=f"Former{suffix}")
    cluster.former_addresses.create(slug=f"former-{cluster.slug}")
    cluster.member_counts.create(year=2015, number=number).sources.add(source)
    label = make_label(cluster=cluster)
    partnership = make_partnership(
        targets=[country],
        industries=[part],
        technology_fields=[part_field],
        name=f"Partnership{suffix}",
        **values,
    )
    partnership.suggested_industries.add(part)
    partnership.suggested_technology_fields.add(part_field)
    make_membership(partnership=partnership, cluster=cluster)
    make_membership(
        partnership=partnership, partner_name=f"Partner{suffix}", country=country
    )
    event = make_event(country=country, title=f"Event{suffix}", **values)
    event.more_countries.add(country)
    achievement = make_achievement(
        countries=[country], title=f"Achievement{suffix}", **values
    )
    achievement.labels.add(label)
    news_item = make_news_item(countries=[country], title=f"News{suffix}", **values)
    Correction.objects.create(
        news_item=news_item,
        corrected_on=datetime.date(2020, 1, 2),
        text=f"Correction{suffix}",
    )
    for record in (achievement, news_item):
        record.clusters.add(cluster)
    for record in (event, achievement, news_item):
        record.partnerships.add(partnership)
    for record in (
        *(country, organisation, report, cluster, label, partnership, event),
        *(achievement, news_item),
    ):
        record.sources.add(source)
    return country, cluster, label, partnership, event, achievement, news_item


def link(public, hidden):
    """Point from each public record to the hidden ones, wherever that is possible."""
    country, cluster, label, partnership, *_others = hidden
    _country, _cluster, _label, targeting, event, achievement, news_item = public
    targeting.targets.add(country)
    make_membership(partnership=targeting, cluster=cluster)
    make_membership(partnership=partnership, cluster=public[1])
    partnership.targets.add(public[0])
    event.more_countries.add(country)
    achievement.labels.add(label)
    for record in (achievement, news_item):
        record.countries.add(country)
        record.clusters.add(cluster)
    for record in (event, achievement, news_item):
        record.partnerships.add(partnership)
    public[0].organisations.update(successor=country.organisations.first())
