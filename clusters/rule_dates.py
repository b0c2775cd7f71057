from django.db import models

from . import esca


class RuleDateField(models.DateField):
    """A day that a rule of ESCA tells of the stated ones, worked out at every save."""

    derived = True

    def __init__(self, *args, rule, **kwargs):
        self.rule = rule
        kwargs["editable"] = False
        kwargs["null"] = True
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["editable"], kwargs["null"]
        kwargs["rule"] = self.rule
        return name, path, args, kwargs

    def pre_save(self, model_instance, add):
        day = getattr(esca, self.rule)(esca.Period.of(model_instance))
        setattr(model_instance, self.attname, day)
        return day
