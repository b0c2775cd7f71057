import re
from io import StringIO

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.management import call_command
from django.test import TestCase

from tests.factories import make_staff

User = get_user_model()


def create():
    printed = StringIO()
    call_command("create_first_administrator", stdout=printed)
    return printed.getvalue()


class CreateFirstAdministratorTests(TestCase):
    def test_prints_a_password_that_signs_the_administrator_in(self):
        printed = create()

        username, password = re.fullmatch(
            r"User name: (\S+)\nPassword:  (\S{20})\n", printed
        ).groups()
        self.assertEqual(username, "admin")
        validate_password(password)
        self.assertTrue(self.client.login(username=username, password=password))
        user = User.objects.get()
        self.assertTrue(user.is_superuser and user.is_staff and user.is_active)

    def test_prints_nothing_when_there_is_an_administrator(self):
        make_staff("root", superuser=True)

        self.assertEqual(create(), "")
        self.assertEqual(User.objects.count(), 1)

    def test_the_second_run_prints_nothing(self):
        create()

        self.assertEqual(create(), "")

    def test_an_account_that_was_locked_stays_locked(self):
        make_staff("admin", superuser=True, is_active=False)
        make_staff("admin-2")

        self.assertIn("User name: admin-3\n", create())
        self.assertFalse(User.objects.get(username="admin").is_active)
        self.assertFalse(User.objects.get(username="admin-2").is_superuser)
