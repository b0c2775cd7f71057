"""Sign somebody in to the back office as a person does."""

PASSWORD = "correct horse battery"


def sign_in(page, name, password=PASSWORD):
    page.goto("/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Start page").wait_for()
