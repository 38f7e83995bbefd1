"""`make check` finds the tests of a change."""

import pytest

from tests.changed import concerned_by


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("tests/api/test_filters.py", ["tests/api/test_filters.py"]),
        ("tests/ranking/items.py", ["tests/ranking"]),
        ("docs/api.md", ["tests/test_docs.py"]),
        ("genonaut/http/prefetching.py", ["tests/test_prefetching.py"]),
        ("content/gone.py", []),
        ("manage.py", []),
    ],
)
def test_a_changed_file_has_its_tests(changed: str, expected: list[str]) -> None:
    assert concerned_by([changed]) == expected


def test_a_module_has_the_tests_of_its_package_and_those_that_import_it() -> None:
    found = concerned_by(["genonaut/pagination/totals.py"])
    assert {"tests/pagination", "tests/admin/test_dates.py"} <= set(found)
    assert "tests/test_redirects.py" not in found


def test_a_migration_is_read_by_the_rules() -> None:
    assert {"tests/content", "tests/test_migrations.py"} <= set(concerned_by(["content/migrations/0001_initial.py"]))
