"""A ComfyUI of our own, and a backend that is quick to judge it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from generation.backends.comfyui import ComfyUIBackend
from generation.backends.comfyui.backend import Limits
from tests.comfyui import LocalComfyUI

QUICK = Limits(read_seconds=0.5, lost_seconds=0.03, unsure_seconds=0.1, dead_seconds=0.05, output_bytes=1_000_000)


@pytest.fixture
def comfyui(tmp_path: Path) -> Iterator[LocalComfyUI]:
    """A server that was just started."""
    with LocalComfyUI(tmp_path / "comfyui") as server:
        yield server
        assert server.oddities.answers_500 or server.faults == []


@pytest.fixture
def backend(comfyui: LocalComfyUI) -> Iterator[ComfyUIBackend]:
    """A backend of that server."""
    backend = ComfyUIBackend(comfyui.url, QUICK)
    yield backend
    backend.close()
