"""How migrations make the tables of the history."""

from django.db.migrations.operations.base import Operation


class CreateTogether(Operation):
    """Create many models that point at others.

    Django works out the relations of all models anew after each ``CreateModel``, which
    for the histories of a whole app takes most of the time of ``migrate``. Here it does
    so once.
    """

    def __init__(self, operations):
        self.operations = operations

    def deconstruct(self):
        return type(self).__name__, [self.operations], {}

    def state_forwards(self, app_label, state):
        # Without it nothing is worked out until it is asked for.
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return f"Create {len(self.operations)} models"
