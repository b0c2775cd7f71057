"""What the forms of the back office let somebody choose, and keep where it stands."""

from django import forms
from django.db.models import Q
from django.forms.models import ModelMultipleChoiceField
from django.utils.translation import gettext as _

from portal import rights


class ChoosingForm(forms.ModelForm):
    """A form that links records only as its user may.

    ``user`` is set on the class that is made for a request. Links that were there
    before and that the user may not see are neither shown nor lost.
    """

    user = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.links = {}
        if self.user is None or self.user.has_perm(rights.EVERY_COUNTRY):
            return
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField) and self._is_limited(field):
                link = Link(self, name)
                link.prepare(field)
                self.links[name] = link

    def _is_limited(self, field):
        return rights.is_limited(field.queryset.model, self.user)

    def clean(self):
        cleaned = super().clean()
        cleaned = self.cleaned_data if cleaned is None else cleaned
        countries = []
        for name, link in self.links.items():
            if name not in cleaned:
                continue
            if link.is_country:
                link.refuse_foreign_changes(cleaned[name])
                countries.append(link)
            if name in cleaned:
                cleaned[name] = link.with_hidden(cleaned[name])
        if countries and not self.errors:
            self._refuse_to_lose(countries, cleaned)
        return cleaned

    def _refuse_to_lose(self, links, cleaned):
        """Let no record be saved that its editor would not find again."""
        names = [link.name for link in links]
        chosen = set().union(*(keys_of(cleaned[name]) for name in names))
        if chosen & links[0].own or rights.reaches_by_other_paths(
            self.instance, self.user, names
        ):
            return
        self.add_error(
            names[0], _("Choose at least one of the countries that you work on.")
        )


class Link:
    """A field of a form that leads to other records, some perhaps out of reach."""

    def __init__(self, form, name):
        self.form = form
        self.name = name
        self.model_field = form._meta.model._meta.get_field(name)
        self.model = self.model_field.related_model
        self.is_country = name in rights.country_paths(form._meta.model)

    def prepare(self, field):
        field.queryset = rights.choices(
            self.model_field, self.form.user, field.queryset
        )
        self.before = self._keys_before()
        known = rights.choosable_by(self._records(self.before), self.form.user)
        self.shown = set(known.values_list("pk", flat=True)) if self.before else set()
        self.hidden = self.before - self.shown
        field.error_messages["invalid_choice"] = self._refusal()
        if isinstance(field, ModelMultipleChoiceField):
            self._also_offer(field, self.shown)
            self.form.initial[self.name] = sorted(self.shown)
        elif self.before:
            self._also_offer(field, self.before)
            if self.hidden:
                field.label_from_instance = lambda record: _("(not one of yours)")

    def _keys_before(self):
        instance = self.form.instance
        if instance.pk is None:
            return set()
        if self.model_field.many_to_many:
            through = getattr(instance, self.name).through._base_manager
            source = self.model_field.m2m_field_name()
            target = self.model_field.m2m_reverse_field_name()
            links = through.filter(**{source: instance.pk})
            return set(links.values_list(target, flat=True))
        key = getattr(instance, self.model_field.attname)
        return set() if key is None else {key}

    def _records(self, keys):
        return self.model._base_manager.filter(pk__in=keys)

    def _also_offer(self, field, keys):
        if not keys:
            return
        offered = Q(pk__in=field.queryset.order_by().values("pk")) | Q(pk__in=keys)
        field.queryset = self.model._default_manager.filter(offered)

    def _refusal(self):
        if self.is_country:
            return _("Choose only countries that you work on.")
        if self.name == getattr(self.form._meta.model, "belongs_to", None):
            return _(
                "Choose a record of your countries that is not public yet. What is "
                "added to a public record shows at once, so a publisher adds it."
            )
        return _("Choose only what is public, or what belongs to your countries.")

    @property
    def own(self):
        return {row["pk"] for row in rights.own_countries(self.form.user)}

    def refuse_foreign_changes(self, value):
        """Leave it to others which countries of theirs a record is about."""
        foreign = (keys_of(value) ^ (self.before - self._masked())) - self.own
        if not foreign:
            return
        names = ", ".join(str(country) for country in self._records(foreign))
        text = _("You do not work on %(countries)s, so leave that as it was.")
        self.form.add_error(self.name, text % {"countries": names})

    def _masked(self):
        """Return the links that the form does not show, so that it cannot send them."""
        return self.hidden if self.model_field.many_to_many else set()

    def with_hidden(self, value):
        if not self._masked():
            return value
        return self.model._default_manager.filter(pk__in=keys_of(value) | self.hidden)


def keys_of(value) -> set:
    """Return the keys of a record, of several, or of none."""
    if value is None:
        return set()
    return {value.pk} if hasattr(value, "pk") else {record.pk for record in value}
