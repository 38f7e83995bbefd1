"""What the distribution of tests over workers names is there, and what it keeps together needs it."""

import pytest
from django.conf import settings

from tests.distribution import LONGEST, TOGETHER, unit_of


@pytest.mark.parametrize("path", [*LONGEST, *TOGETHER])
def test_what_is_named_is_there(path: str) -> None:
    assert (settings.BASE_DIR / path).exists()


@pytest.mark.parametrize(
    ("nodeid", "unit"),
    [
        ("tests/plans/test_plan_guard.py::test_a_list[content-a::b]", "tests/plans"),
        ("tests/pages/test_browser.py::test_axe[a]", "tests/pages/test_browser.py"),
        ("tests/test_docs.py::test_links", "tests/test_docs.py"),
    ],
)
def test_a_test_belongs_to_its_file_or_to_a_folder_that_shares_its_rows(nodeid: str, unit: str) -> None:
    assert unit_of(nodeid) == unit
