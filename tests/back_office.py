"""What a person does in the back office, for tests."""

from html.parser import HTMLParser
from itertools import count

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from . import factories

# What an address may carry that a database or a field does not take.
HOSTILE_QUERIES = [
    "id__exact=%00",
    "id__regex=[(",
    "status__exact=%00",
    "status__regex=[(",
    "status__exact=nonsense",
    "status__nonsense__exact=1",
    "updated_at__year=99999999999",
    "updated_at__gte=0001-01-01T00:00:00%2B14:00",
    "value__exact=1e99999",
    "country__id__exact=nonsense",
    "country__id__exact=99999999999999999999999",
    "country__name__regex=[(",
    "generation=99999999999999999999999",
    "generation=nonsense",
    "is_target__exact=maybe",
    "country__isnull=nonsense",
    "q=%00",
    "q=%F0%9F%A6%84'%22%5C%25_",
    "q=" + "x" * 3000,
    "o=99.-99.x",
    "p=-1",
    "p=99999999999999999999999",
    "all=%00",
    "e=1",
    "_facets=%00",
]
HOSTILE_INITIAL_VALUES = [
    "country=nonsense&sources=nonsense&indicator=%00&cluster=%00",
    "country=99999999999999999999999&sources=1,%00,99999999999999999999999",
    "publish_at=nonsense&starts_on=nonsense&date=%00&value=1e99999",
    "name=%00&title=%00&kind=nonsense&file=nonsense&image=%00&editors=x",
]


numbers = count(1)


class FormReader(HTMLParser):
    """Collect what a browser would send for the main form of a page."""

    def __init__(self):
        super().__init__()
        self.values = []
        self.in_form = False
        self.select = self.textarea = None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        name = attributes.get("name")
        if tag == "form":
            self.in_form = attributes.get("id", "").endswith("_form")
        elif not self.in_form:
            return
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in attributes and self.select:
            self.values.append((self.select, attributes.get("value", "")))
        elif tag == "textarea":
            self.textarea = name
            self.values.append((name, ""))
        elif tag == "input" and name and self.is_sent(attributes):
            unstated = "on" if attributes.get("type") == "checkbox" else ""
            self.values.append((name, attributes.get("value", unstated)))

    @staticmethod
    def is_sent(attributes):
        if attributes.get("type") in {"checkbox", "radio"}:
            return "checked" in attributes
        return attributes.get("type") not in {"submit", "file"}

    def handle_data(self, data):
        if self.textarea:
            name, value = self.values[-1]
            self.values[-1] = (name, value + data)

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.textarea = None
        elif tag == "select":
            self.select = None


def form_values(response):
    """Return what the form of the page would send, as the test client takes it."""
    reader = FormReader()
    reader.feed(response.content.decode())
    values = {}
    for name, value in reader.values:
        # The line break that opens a text area is not part of its value.
        values.setdefault(name, []).append(value.removeprefix("\n"))
    return values


def errors_of(response):
    """Return the errors that a refused form shows, for the message of an assertion."""
    if not response.context or "adminform" not in response.context:
        return []
    forms = [response.context["adminform"].form]
    formsets = [inline.formset for inline in response.context["inline_admin_formsets"]]
    return [form.errors for form in forms if form.errors] + [
        formset.errors for formset in formsets if not formset.is_valid()
    ]


def make_editor():
    return factories.make_staff(f"editor-{next(numbers)}")


def changelist_url(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def add_url(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")


def change_url(record):
    route = f"admin:{record._meta.app_label}_{record._meta.model_name}_change"
    return reverse(route, args=[record.pk])


def delete_url(record):
    route = f"admin:{record._meta.app_label}_{record._meta.model_name}_delete"
    return reverse(route, args=[record.pk])


def run_action(client, action, *records, **values):
    """Run an action of the list on the records, and return the page after it."""
    chosen = {"action": action, "_selected_action": [record.pk for record in records]}
    return client.post(
        changelist_url(type(records[0])), {**chosen, **values}, follow=True
    )


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


def count_list_queries(client, model):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get(changelist_url(model))
    assert response.status_code == 200
    return len(queries)


def send(client, address, **changes):
    """Send the form of a page back with some values changed; return the answer."""
    page = client.get(address)
    assert page.status_code == 200
    answer = client.post(address, {**form_values(page), **changes})
    assert answer.status_code == 200, "The form was not refused."
    return answer.content.decode()


def assert_saves(client, address, **changes):
    """Send the form of a page back with some values changed, and expect success."""
    page = client.get(address)
    assert page.status_code == 200
    answer = client.post(address, {**form_values(page), **changes})
    assert answer.status_code == 302, errors_of(answer)


def assert_unchanged_by_saving(client, record):
    """Save the form of a record as it is shown, and expect the same record."""
    stored = type(record).objects.filter(pk=record.pk).values()
    before = stored.get()
    assert_saves(client, change_url(record))
    after = stored.get()
    for values in (before, after):
        values.pop("updated_at", None)
        values.pop("updated_by_id", None)
    assert after == before


def add(client, model, **values):
    """Add a record through its form, and return it."""
    assert_saves(client, add_url(model), **values)
    return model.objects.order_by("pk").last()


def found(client, model, text):
    """Return what the list of a model finds."""
    response = client.get(changelist_url(model), {"q": text})
    return list(response.context["cl"].queryset)


def assert_withstands_hostile_queries(client, model):
    for query in HOSTILE_QUERIES:
        answer = client.get(f"{changelist_url(model)}?{query}")
        assert answer.status_code in {200, 302, 400}, query
    for query in HOSTILE_INITIAL_VALUES:
        answer = client.get(f"{add_url(model)}?{query}")
        assert answer.status_code == 200, query
