"""The admin's sidebar is Django's, compiled."""

from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.template import Context, Engine
from django.template.loader import get_template
from django.test import RequestFactory
from django.urls import reverse
from pytest_django.asserts import assertHTMLEqual

from users.models import User

pytestmark = pytest.mark.django_db
DJANGO_S = Path(admin.__file__).parent / "templates"


@pytest.fixture
def viewer(alice: User) -> User:
    """A member of staff who may look at users and add workflows."""
    alice.is_staff = True
    alice.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "add_generationworkflow"]))
    return alice


@pytest.mark.parametrize("name", ["staff", "viewer", "bob"])
@pytest.mark.parametrize("page", ["index", "users_user_changelist", "users_user_add"])
def test_the_sidebar_is_django_s(name: str, page: str, request: pytest.FixtureRequest) -> None:
    asked = RequestFactory().get(reverse(f"admin:{page}"))
    asked.user = User.objects.get(pk=request.getfixturevalue(name).pk)
    values = {"available_apps": admin.site.get_app_list(asked), "request": asked}
    theirs = (
        Engine(dirs=[DJANGO_S], libraries={"i18n": "django.templatetags.i18n"})
        .get_template("admin/nav_sidebar.html")
        .render(Context(values))
    )
    assertHTMLEqual(get_template("admin/nav_sidebar.html").render(values, asked), theirs)
