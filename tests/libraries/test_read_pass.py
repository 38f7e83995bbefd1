"""The read pass: real files become works, once each."""

import json
from collections.abc import Callable

import pytest

from content.models import ContentItem
from media.models import Library, LibraryFile
from tests.libraries.conftest import SAMPLES

EXPECTED = json.loads((SAMPLES / "expected.json").read_text())


def test_all_samples_are_works_with_their_generation_data(
    library: Library, sample: Callable, read: Callable[[], dict[str, int]]
) -> None:
    for path in SAMPLES.iterdir():
        if path.name != "expected.json":
            sample(path.name)
    counts = read()
    print(counts, list(LibraryFile.objects.values_list("path", "error")))
    assert counts == {"new": 18, "works": 18}
