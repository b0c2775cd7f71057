"""Records of each kind that point at each other, for the tests of the API."""

import datetime

from events.models import Correction
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
    numbers,
)


def make_linked_records(*, suffix="", **values):
    """Make a record of each kind, all linked, with ``values`` for the publishable."""
    source = make_source(title=f"Source{suffix}")
    number = next(numbers)
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
