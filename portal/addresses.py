"""Which names in addresses belong to other pages."""

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _


def not_reserved(*names: str) -> RegexValidator:
    """Return a validator of slugs that refuses ``names``, such as ``compare``."""
    return RegexValidator(
        rf"^({'|'.join(names)})\Z",
        _("This address belongs to another page; choose another name."),
        inverse_match=True,
    )
