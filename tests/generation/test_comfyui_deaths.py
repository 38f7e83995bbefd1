"""A server that dies at any request of a job, at three moments of it, and comes back without queue and history."""

import io
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from generation.backends import AwayError, Order, OutputGoneError, Progress, State, UnsureError
from generation.backends.comfyui import ComfyUIBackend
from tests.comfyui import LocalComfyUI, Moment
from tests.comfyui.graphs import PATIENCE_SECONDS, Graph, end_of, files_of, node, order
from tests.generation.conftest import QUICK

# /object_info, /upload/image, /prompt, /queue, /history, /view; and more looks at the queue while a job runs.
LEAST_REQUESTS, MOST_REQUESTS = 6, 40
GRAPH: Graph = {
    "1": node("LoadImage", image="{picture}"),
    "2": node("Wait", images=["1", 0], seconds=0.02, ticks=4),
    "9": node("SaveImage", images=["2", 0], filename_prefix="x"),
}


def submitted(backend: ComfyUIBackend, attempt: Order) -> bool:
    """Send an attempt as a worker does; False if the server took nothing."""
    try:
        backend.submit(attempt)
    except UnsureError:
        return True
    except AwayError:
        return False
    return True


def downloaded(backend: ComfyUIBackend, attempt: Order, progress: Progress) -> list[bytes] | None:
    """Fetch as a worker does, again while the server is away; None if the files are gone."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            return files_of(backend, attempt.key, progress)
        except AwayError:
            time.sleep(0.01)
        except OutputGoneError:
            return None
    raise TimeoutError("the server did not come back")


def files_in_the_end(backend: ComfyUIBackend, picture: Path) -> tuple[list[bytes], list[State]]:
    """Make attempts until one has files, as the queue does for a job."""
    ends, until = [], time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        attempt = order(GRAPH, picture=picture)
        if not submitted(backend, attempt):
            time.sleep(0.01)
            continue
        progress = end_of(backend, attempt.key)
        ends.append(progress.state)
        files = downloaded(backend, attempt, progress) if progress.state is State.DONE else None
        if files is not None:
            return files, ends
    raise TimeoutError(f"no attempt had a file: {ends}")


@pytest.fixture
def patient_backend(comfyui: LocalComfyUI) -> Iterator[ComfyUIBackend]:
    """A backend that asks for names each time, and takes a slow thread for no dead one."""
    backend = ComfyUIBackend(comfyui.url, replace(QUICK, names_seconds=0))
    yield backend
    backend.close()


@pytest.mark.parametrize("moment", list(Moment))
def test_a_death_at_any_request_costs_an_attempt_at_most(
    comfyui: LocalComfyUI, patient_backend: ComfyUIBackend, tmp_path: Path, moment: Moment
) -> None:
    picture = tmp_path / "start.png"
    Image.new("RGB", (16, 16), "teal").save(picture)
    deaths = 0
    for number in range(1, MOST_REQUESTS):
        comfyui.requests.clear()
        comfyui.die_at(number, moment, away_seconds=0.02)
        files, ends = files_in_the_end(patient_backend, picture)
        assert [Image.open(io.BytesIO(file)).size for file in files] == [(16, 16)]
        assert ends in ([State.DONE], [State.LOST, State.DONE])
        if not comfyui.has_died:
            break  # the job takes fewer requests
        deaths = number
    assert deaths >= LEAST_REQUESTS
