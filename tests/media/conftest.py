"""Folders of their own for uploads and thumbnails."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def own_folders(settings: Settings, tmp_path: Path) -> None:
    """Keep files of tests out of the developer's folders."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.THUMBNAILS_DIR = tmp_path / "thumbnails"
