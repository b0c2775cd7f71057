"""The form of a label: it fills in what the rules tell, and says why."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.partial_dates import Edge, format_partial_date, snap
from portal.record_forms import RecordForm, RowFormSet

from . import esca
from .esca import Basis
from .models import EscaLabel

SENTENCES = {
    Basis.FIRST: gettext_lazy(
        "A first %(level)s label runs %(years)d years from the month of the award: "
        "until %(end)s."
    ),
    Basis.RENEWAL: gettext_lazy(
        "This renews the %(level)s label valid until %(old_end)s. It runs on from there "
        "for %(years)d years, without a gap: from %(start)s until %(end)s."
    ),
    Basis.NO_RULE: gettext_lazy(
        "No rule tells how long a %(level)s label runs. Write the end that a source "
        "states, or leave it empty."
    ),
    Basis.AWARD_UNKNOWN: gettext_lazy(
        "The rules count from the award. Write its month, or leave the end empty."
    ),
    Basis.MONTH_UNKNOWN: gettext_lazy(
        "The rules count from the month of the award, and only the year is stated. "
        "Write the end that a source states, or leave it empty."
    ),
    Basis.EARLIER_END_UNKNOWN: gettext_lazy(
        "The end of the earlier %(level)s label is not known, so the rules cannot tell "
        "a first label from a renewal. Write the end that a source states."
    ),
}
PROFILE = gettext_lazy(
    "Since %(day)s the cluster needs a profile on the European Cluster Collaboration "
    "Platform."
)


def explanation(level: str, proposal: esca.Proposal) -> str:
    """Return in words what the rules propose for a label, and why."""
    rule = proposal.rule
    values = {"level": EscaLabel.Level(level).label, "years": rule.first_years}
    if proposal.valid_until is not None:
        values["end"] = format_partial_date(
            proposal.valid_until, proposal.valid_until_precision
        )
    if proposal.renews is not None:
        old = proposal.renews
        values |= {
            "years": rule.renewal_years,
            "old_end": format_partial_date(old.valid_until, old.valid_until_precision),
            "start": format_partial_date(
                proposal.runs_from, proposal.runs_from_precision
            ),
        }
    sentences = [SENTENCES[proposal.basis] % values]
    if rule.needs_profile and proposal.valid_until is not None:
        day = format_partial_date(rule.since, "day")
        sentences.append(PROFILE % {"day": day})
    return " ".join(sentences)


class LabelForm(RecordForm):
    by_rule = forms.BooleanField(
        label=gettext_lazy("Fill in an empty end by the rules"),
        required=False,
        help_text=gettext_lazy(
            "A first Bronze or Silver label runs two years from the month of the "
            "award; a renewal runs three years from the old end, however late it is "
            "entered. What you write yourself stays, and an end that no source or "
            "rule tells stays empty."
        ),
    )
    # What the rules filled in, if they did.
    proposal = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["by_rule"].initial = self.instance.pk is None
        if "runs_from_precision" in self.fields:
            self.fields["runs_from_precision"].required = False

    def clean(self):
        cleaned = super().clean()
        cleaned["runs_from_precision"] = cleaned.get("runs_from_precision") or "day"
        if cleaned.get("by_rule") and not cleaned.get("valid_until"):
            self.fill_in(cleaned)
        return cleaned

    def fill_in(self, cleaned):
        """Set the dates that the rules tell; the checks that follow see them."""
        cluster = cleaned.get("cluster") or self.instance.cluster_id
        day, level = cleaned.get("awarded_on"), cleaned.get("level")
        if day is None or not level:
            return
        precision = cleaned.get("awarded_on_precision") or "day"
        award = esca.Period(
            level, snap(day, precision, Edge.FIRST), awarded_on_precision=precision
        )
        others = EscaLabel.objects.filter(cluster=cluster).exclude(pk=self.instance.pk)
        proposal = esca.propose(award, [other.period for other in others])
        if proposal.valid_until is None:
            return
        self.proposal = proposal
        for name in ("valid_until", "runs_from"):
            if getattr(proposal, name) is not None and not cleaned.get(name):
                cleaned[name] = getattr(proposal, name)
                cleaned[f"{name}_precision"] = getattr(proposal, f"{name}_precision")

    @property
    def explained(self):
        """What the rules filled in, in words; empty where they did not."""
        if self.proposal is None:
            return ""
        return explanation(self.instance.level, self.proposal)


class LabelFormSet(RowFormSet):
    def clean(self):
        """Refuse rows of one level that overlap, as the model does for saved ones."""
        super().clean()
        labels = []
        for form in self.filled_forms():
            label = form.instance
            other = next(
                (one for one in labels if esca.overlap(label.period, one.period)), None
            )
            if other is not None:
                form.add_error(None, self.refusal(other))
            labels.append(label)

    @staticmethod
    def refusal(other):
        text = _(
            "Another row has this level at the same time. "
            "It is %(level)s from %(start)s to %(end)s."
        )
        return text % {
            "level": other.get_level_display(),
            "start": other.start_display,
            "end": other.get_valid_until_display(),
        }
