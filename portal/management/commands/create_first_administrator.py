from itertools import count

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.crypto import get_random_string

PASSWORD_LENGTH = 20


class Command(BaseCommand):
    help = (
        "Create an administrator with a random password, which is printed this "
        "once, unless there is an active one already."
    )

    @transaction.atomic
    def handle(self, *args, **options):
        users = get_user_model().objects
        if users.filter(is_superuser=True, is_active=True).exists():
            return
        taken = set(
            users.filter(username__startswith="admin").values_list(
                "username", flat=True
            )
        )
        # An account that somebody locked or demoted stays as it is.
        names = (f"admin-{number}" if number > 1 else "admin" for number in count(1))
        username = next(name for name in names if name not in taken)
        password = get_random_string(PASSWORD_LENGTH)
        users.create_superuser(username, password=password)
        self.stdout.write(f"User name: {username}\nPassword:  {password}")
