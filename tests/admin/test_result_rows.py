"""The rows of every changelist are those of Django's admin, letter for letter."""

import pytest
from django.contrib import admin
from django.contrib.admin.templatetags.admin_list import results
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.test import RequestFactory
from django.urls import resolve, reverse

from content.models import ContentItem
from genonaut.large_admin import result_rows
from tests.admin.rows import write_rows
from tests.factories import ContentItemFactory, GenerationJobFactory
from users.models import User

pytestmark = pytest.mark.django_db
HOSTILE = "<b>&amp; \"quoted\" 'single' {0} {} %s"
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.fixture
def everything(small_leaves: None, alice: User, bob: User, staff: User) -> None:
    """Rows of every kind, some with markup in their texts, without scores, results and creators."""
    write_rows({"alice": alice, "bob": bob, "stella": staff})
    ContentItemFactory(title=HOSTILE, creator=alice, quality_score=1234.5 / 10_000)
    ContentItemFactory(title="   ", creator=None)
    GenerationJobFactory(user=User.objects.create_user(HOSTILE))


def changelist(model: type[Model], staff: User, query: str = "") -> ChangeList:
    """Return the changelist of a request, as the admin's view makes it."""
    path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    request = RequestFactory().get(f"{path}?{query}")
    request.user, request.resolver_match = staff, resolve(path)
    shown = admin.site._registry[model].get_changelist_instance(request)
    shown.formset = None
    return shown


def text(rows: object) -> list[str]:
    """Return the rows as texts."""
    return ["".join(row) for row in rows]


@pytest.mark.parametrize("query", ["", "_popup=1"])
def test_the_rows_are_those_of_django(everything: None, staff: User, query: str) -> None:
    for model in MODELS:
        ours, theirs = (changelist(model, staff, query) for _ in range(2))
        assert text(result_rows.result_rows(ours)) == text(results(theirs)), model


def test_each_row_is_one_text(everything: None, staff: User) -> None:
    """Else it took Django's way, which is slower by a multiple."""
    lengths = {model: {len(row) for row in result_rows.result_rows(changelist(model, staff))} for model in MODELS}
    assert {model: found for model, found in lengths.items() if found - {1}} == {}


def test_filters_are_kept_behind_the_address_of_a_row(everything: None, staff: User) -> None:
    shown = changelist(ContentItem, staff, "source__exact=user&q=%22b%22")
    rows = text(result_rows.result_rows(shown))
    assert rows == text(results(shown))
    assert "_changelist_filters" in rows[0]
