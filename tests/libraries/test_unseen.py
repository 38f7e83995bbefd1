"""What a folder names but does not let be looked at, as a drive or a network that fails for a moment."""

import errno
import os

import pytest

from libraries.comparing import Comparison, Known
from media import walking
from media.walking import Entry


class FailingEntry:
    """An entry of a folder whose kind the file system has to be asked for, and which it does not tell."""

    def __init__(self, name: str, number: int) -> None:
        self.name, self.number = name, number

    def is_symlink(self) -> bool:
        """Fail."""
        raise OSError(self.number, os.strerror(self.number))


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES, errno.ESTALE])
def test_an_entry_that_cannot_be_looked_at_is_told_and_hides_no_other(number: int) -> None:
    error = f"cannot be looked at: {os.strerror(number)}"
    found = list(walking._measured("/", "", [FailingEntry("a.png", number), FailingEntry("b", number)], {}))
    assert found == [Entry("a.png", 0, 0, error), Entry("b", 0, 0, error)]


def test_an_entry_that_is_gone_by_now_is_none() -> None:
    assert list(walking._measured("/", "", [FailingEntry("a.png", errno.ENOENT)], {})) == []


def test_what_cannot_be_looked_at_is_as_it_was_with_all_that_may_lie_in_it() -> None:
    error = "cannot be looked at: Input/output error"
    paths = ["a.png", "b", "b-c/d.png", "b/e.png", "gone.png"]
    known = [Known(path, 1, 1, number, number, is_missing=False) for number, path in enumerate(paths)]
    entries = [
        Entry("a.png", 0, 0, error),
        Entry("b", 0, 0, error),
        Entry("b-c/d.png", 1, 1),
        Entry("new", 0, 0, error),
    ]
    comparison = Comparison()
    assert list(comparison.differences(entries, known)) == [(None, known[4]), (entries[3], None)]
    assert comparison.unchanged == 4
