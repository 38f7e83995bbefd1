"""The built-in renderer: orders become pictures, in a process that may die alone, and say how they were made."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from generation.backends import (
    PREVIEW_BYTES,
    AwayError,
    Order,
    OutputGoneError,
    OutputRef,
    Progress,
    RefusedError,
    State,
)
from generation.backends.builtin import ENDED_MAX, BuiltinBackend
from generation.backends.drawing import MODEL, draw
from generation.backends.drawing_request import request_of
from media.generation_data.reading import Reading, read
from media.generation_data.writing import TOOL
from media.pictures.limits import Limits
from tests.processor_time import takes_less

ENDS = (State.DONE, State.FAILED, State.CANCELLED, State.LOST)
SEED_MAX = 2**64 - 1
SECONDS = 300
# Many layers: there is time to stop it.
LONG = "a castle, a tree and a cat, snowy mountains, forest, city, birds, storm, mist"


def order(prompt: str = "a red sunset", negative: str = "", picture: Path | None = None, **parameters: Any) -> Order:
    """Make an order of a small picture."""
    size = {} if picture else {"width": 96, "height": 64}
    return Order(uuid4(), 1, prompt, negative, {"seed": 7} | size | parameters, None, picture=picture)


@pytest.fixture(scope="module")
def shared() -> Iterator[BuiltinBackend]:
    """Give one backend to tests that end no process."""
    backend = BuiltinBackend()
    yield backend
    backend.close()


@pytest.fixture
def backend() -> Iterator[BuiltinBackend]:
    """Give a backend of the test's own."""
    backend = BuiltinBackend()
    yield backend
    backend.close()


def followed(backend: BuiltinBackend, key: UUID, until: Callable[[Progress], bool]) -> list[Progress]:
    """Follow an attempt until it is as wanted, or has ended."""
    seen, end = [], monotonic() + SECONDS
    while monotonic() < end:
        seen.append(backend.follow(key))
        if seen[-1].state in ENDS or until(seen[-1]):
            return seen
        sleep(0.005)
    raise AssertionError(f"Still {seen[-1]} after {SECONDS} s.")


def outcome(backend: BuiltinBackend, key: UUID) -> Progress:
    """Return how an attempt ended."""
    return followed(backend, key, lambda _: False)[-1]


def fetched(backend: BuiltinBackend, asked: Order) -> bytes:
    """Let an order be drawn and return its file."""
    backend.submit(asked)
    end = outcome(backend, asked.key)
    assert end.state is State.DONE, end
    target = BytesIO()
    backend.fetch(asked.key, end.outputs[0], target)
    return target.getvalue()


def pixels(data: bytes) -> tuple[tuple[int, int], str]:
    """Return the size and a hash of the pixels of a PNG."""
    with Image.open(BytesIO(data)) as image:
        return image.size, sha256(image.tobytes()).hexdigest()


def test_an_order_becomes_a_picture_that_says_how_it_was_made(shared: BuiltinBackend) -> None:
    asked = order("a boat on a lake", "rain", seed=SEED_MAX, steps=30, cfg=6.5)
    reading = read(BytesIO(fetched(shared, asked)))
    assert (reading.facts.width, reading.facts.height) == (96, 64)
    assert reading.as_json() == {
        **{"format": "png", "width": 96, "height": 64, "generator": "genonaut", "warnings": [], "loras": []},
        **{"prompt": "a boat on a lake", "negative_prompt": "rain", "model": {"name": MODEL, "hash": None}},
        **{"sampler": None, "scheduler": None, "steps": 30, "cfg": 6.5, "seed": str(SEED_MAX), "has_workflow": False},
        "more": {
            "size": {"width": 96, "height": 64},
            "digital_source_type": "trainedAlgorithmicMedia",
            "software": TOOL,
        },
    }


def drawn_here(asked: Order, folder: Path) -> Reading:
    """Draw an order in this process and read its file."""
    folder.mkdir(exist_ok=True)
    draw(request_of(asked, folder), Limits())
    with (folder / "picture.png").open("rb") as file:
        return read(file)


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80)
TRAP = 'a, b: "c"\r\n Negative prompt: d\nSteps: 20, Sampler: e, Seed: 3, X: 1\nTemplate: f\n<lora:g:0.5> {"h": 1} '


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, TEXTS, st.integers(0, SEED_MAX), st.none() | st.integers(1, 200), st.none() | st.integers(0, 60))
@example(TRAP, TRAP, SEED_MAX, None, None)
@example("\u65e5\u672c\u8a9e \U0001f680 \ufffd \u0007 \u00e9e\u0301 \u202e" * 400, "n" * 10_000, 0, 1, 0)
@example("", "", 2**53 + 1, 20, 7)
def test_all_that_is_asked_for_is_read_back_whole(
    tmp_path: Path, prompt: str, negative: str, seed: int, steps: int | None, halves: int | None
) -> None:
    cfg = None if halves is None else halves / 2
    asked = order(prompt, negative, seed=seed, steps=steps, cfg=cfg, width=64, height=65)
    generation = drawn_here(asked, tmp_path).generation
    assert (generation.prompt, generation.negative_prompt) == (prompt or None, negative or None)
    assert (generation.seed, generation.steps, generation.cfg) == (seed, steps, cfg)
    assert (generation.more["size"], generation.generator) == ({"width": 64, "height": 65}, "genonaut")
    assert generation.warnings == []


def test_what_cannot_be_stored_is_left_out_of_the_texts(tmp_path: Path) -> None:
    assert drawn_here(order("a\0b\ud800c"), tmp_path).generation.prompt == "abc"


def test_the_text_for_other_tools_alone_says_the_same(tmp_path: Path) -> None:
    blocks = drawn_here(order("a cat", "dogs", cfg=7.0), tmp_path).facts.blocks
    text = next(block.text for block in blocks if block.key == "parameters")
    assert text == (
        "a cat\nNegative prompt: dogs\nSteps: 20, CFG scale: 7, Seed: 7, Size: 96x64, "
        "Model: Genonaut built-in, Version: Genonaut"
    )


def test_the_same_order_is_the_same_picture_in_another_process(shared: BuiltinBackend, backend: BuiltinBackend) -> None:
    first, again = order("flowing ink"), order("flowing ink")
    assert pixels(fetched(shared, first)) == pixels(fetched(backend, again))
    assert pixels(fetched(shared, order("flowing ink", seed=8))) != pixels(fetched(shared, first))


def test_progress_grows_and_shows_a_preview(shared: BuiltinBackend) -> None:
    asked = order(LONG, width=1280, height=1280)
    shared.submit(asked)
    running = [each for each in followed(shared, asked.key, lambda _: False) if each.state is State.RUNNING]
    fractions = [each.fraction for each in running]
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > 4
    preview = next(each.preview for each in reversed(running) if each.preview)
    assert len(preview) <= PREVIEW_BYTES
    with Image.open(BytesIO(preview)) as image:
        assert (image.format, max(image.size)) == ("JPEG", 320)


def test_an_order_that_waits_says_its_position_and_is_cancelled_undrawn(backend: BuiltinBackend) -> None:
    orders = [order(LONG, width=1536, height=1536), order(), order()]
    for each in orders:
        backend.submit(each)
    followed(backend, orders[0].key, lambda progress: progress.state is State.RUNNING)
    waiting = [backend.follow(each.key) for each in orders[1:]]
    assert [(each.state, each.position) for each in waiting] == [(State.QUEUED, 0), (State.QUEUED, 1)]
    backend.cancel(orders[1].key)
    assert backend.follow(orders[1].key) == Progress(State.CANCELLED)
    assert backend.follow(orders[2].key).position in (0, None)
    assert outcome(backend, orders[2].key).state is State.DONE


def test_a_drawing_is_cancelled_at_its_next_layer(backend: BuiltinBackend) -> None:
    asked = order(LONG, width=2048, height=2048)
    backend.submit(asked)
    followed(backend, asked.key, lambda progress: bool(progress.fraction))
    backend.cancel(asked.key)
    backend.cancel(asked.key)
    assert outcome(backend, asked.key) == Progress(State.CANCELLED)
    with pytest.raises(OutputGoneError):
        backend.fetch(asked.key, OutputRef("picture.png"), BytesIO())


def test_a_cancellation_after_the_end_changes_nothing(shared: BuiltinBackend) -> None:
    asked = order()
    fetched(shared, asked)
    shared.cancel(asked.key)
    assert shared.follow(asked.key).state is State.DONE


def test_a_killed_process_fails_its_drawing_alone(backend: BuiltinBackend) -> None:
    asked = order(LONG, width=2048, height=2048)
    backend.submit(asked)
    followed(backend, asked.key, lambda progress: bool(progress.fraction))
    os.kill(backend.studio.workers[0].process.pid, signal.SIGKILL)
    end = outcome(backend, asked.key)
    assert (end.state, end.message) == (State.FAILED, "The process that drew the picture ended before it was done.")
    fetched(backend, order())


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(seconds=0.05), "The picture took too long to draw."),
        (Limits(memory_bytes=64_000_000), "The picture needs more memory than a drawing may have."),
    ],
    ids=["time", "memory"],
)
def test_a_drawing_has_limits(limits: Limits, message: str) -> None:
    backend = BuiltinBackend(limits=limits)
    asked = order(LONG, width=2048, height=2048)
    backend.submit(asked)
    assert outcome(backend, asked.key) == Progress(State.FAILED, message=message)
    backend.close()


def test_unknown_keys_are_lost(shared: BuiltinBackend) -> None:
    key = uuid4()
    shared.cancel(key)
    assert shared.follow(key).state is State.LOST
    with pytest.raises(OutputGoneError):
        shared.fetch(key, OutputRef("picture.png"), BytesIO())


def test_no_other_file_is_fetched(shared: BuiltinBackend) -> None:
    asked = order()
    fetched(shared, asked)
    with pytest.raises(OutputGoneError):
        shared.fetch(asked.key, OutputRef("../progress"), BytesIO())


def test_a_key_is_drawn_once(shared: BuiltinBackend) -> None:
    asked = order()
    first = fetched(shared, asked)
    shared.submit(Order(asked.key, 1, "another", "", {"seed": 1}, None))
    assert shared.follow(asked.key).state is State.DONE
    assert fetched(shared, asked) == first


def test_few_ended_attempts_are_kept_and_none_after_the_end(backend: BuiltinBackend) -> None:
    orders = [order(seed=seed, width=64, height=64) for seed in range(ENDED_MAX + 2)]
    for each in orders:
        fetched(backend, each)
    assert backend.follow(orders[0].key).state is State.LOST
    assert backend.follow(orders[2].key).state is State.DONE
    folder = backend.folder
    assert len(list(folder.iterdir())) <= ENDED_MAX + 1
    backend.close()
    assert not folder.exists()
    assert backend.follow(orders[2].key).state is State.LOST
    with pytest.raises(AwayError):
        backend.submit(order())


def test_of_an_attempt_that_is_forgotten_no_file_stays_and_one_under_way_goes_on(backend: BuiltinBackend) -> None:
    done, going = order(), order(LONG, width=1024, height=1024)
    fetched(backend, done)
    backend.submit(going)
    for each in (done, going):
        backend.forget(each.key)
    assert backend.follow(done.key).state is State.LOST
    assert [folder.name for folder in backend.folder.iterdir()] == [going.key.hex]
    assert outcome(backend, going.key).state is State.DONE


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"width": 63}, "The parameter width must be a whole number from 64 to 2,048."),
        ({"height": 2049}, "The parameter height must be a whole number from 64 to 2,048."),
        ({"width": "64"}, "The parameter width must be a whole number from 64 to 2,048."),
        ({"width": True}, "The parameter width must be a whole number from 64 to 2,048."),
        ({"seed": None}, "The parameter seed is missing."),
        ({"seed": -1}, "The parameter seed must be a whole number from 0 to 18,446,744,073,709,551,615."),
        ({"seed": 2**64}, "The parameter seed must be a whole number from 0 to 18,446,744,073,709,551,615."),
        ({"steps": 0}, "The parameter steps must be a whole number from 1 to 10,000."),
        ({"cfg": float("nan")}, "The parameter cfg must be a number from 0 to 100."),
        ({"denoise": 1.1}, "The parameter denoise must be a number from 0 to 1."),
        ({"upscale": True}, "There is no picture to make larger."),
        ({"upscale": 4}, "The built-in renderer makes pictures 2 times as large, no other size."),
    ],
    ids=str,
)
def test_an_order_that_cannot_be_drawn_is_refused(
    shared: BuiltinBackend, parameters: dict[str, Any], message: str
) -> None:
    asked = order(**parameters)
    with pytest.raises(RefusedError) as refusal:
        shared.submit(asked)
    assert str(refusal.value) == message
    assert shared.follow(asked.key).state is State.LOST


def test_a_workflow_is_refused(shared: BuiltinBackend) -> None:
    with pytest.raises(RefusedError):
        shared.submit(Order(uuid4(), 1, "", "", {"seed": 1}, {"1": {}}))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Give a picture to start from, with a transparent half and turned by its EXIF."""
    image = Image.linear_gradient("L").resize((120, 90)).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").rotate(90).resize((120, 90)))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "photo.png", exif=exif)
    return tmp_path / "photo.png"


def test_a_picture_is_made_from_a_picture(shared: BuiltinBackend, photo: Path) -> None:
    files = [fetched(shared, order("blue sea", picture=photo, denoise=share)) for share in (0.0, 0.5, 1.0)]
    assert {pixels(data)[0] for data in files} == {(90, 120)}
    assert len({pixels(data) for data in files}) == 3
    painted = fetched(shared, order("blue sea", width=90, height=120))
    assert pixels(files[2]) == pixels(painted)
    assert read(BytesIO(files[1])).generation.more["denoising_strength"] == 0.5
    square = fetched(shared, order("blue sea", picture=photo, width=64, height=64))
    assert pixels(square)[0] == (64, 64)


def test_a_picture_is_made_twice_as_large(shared: BuiltinBackend, photo: Path) -> None:
    data = fetched(shared, order("", picture=photo, upscale=True))
    generation = read(BytesIO(data)).generation
    assert pixels(data)[0] == (180, 240)
    assert (generation.more["size"], generation.more["upscale"]) == ({"width": 180, "height": 240}, 2)


def test_a_picture_that_cannot_be_used_says_why(shared: BuiltinBackend, tmp_path: Path) -> None:
    damaged, wide, gone = tmp_path / "damaged.png", tmp_path / "wide.png", tmp_path / "gone.png"
    damaged.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 50)
    Image.new("L", (2049, 10)).save(wide)
    messages = []
    for path in (damaged, wide, gone):
        asked = order("", picture=path, upscale=True)
        shared.submit(asked)
        messages.append(outcome(shared, asked.key).message)
    assert messages[0].startswith("The picture to start from is damaged")
    assert messages[1] == "The picture has 2,049 x 10 pixels; at most 2,048 a side can be made larger."
    assert messages[2] == "The picture to start from cannot be read."
    assert not any(str(tmp_path) in message for message in messages)


def test_a_picture_to_start_from_is_decoded_under_limits(photo: Path) -> None:
    backend = BuiltinBackend(limits=Limits(pixels=1_000))
    asked = order("", picture=photo)
    backend.submit(asked)
    message = "The picture to start from has 120 x 90 pixels, more than the allowed 1,000."
    assert outcome(backend, asked.key) == Progress(State.FAILED, message=message)
    backend.close()


def test_a_drawing_without_its_folder_fails_with_a_sentence(backend: BuiltinBackend) -> None:
    asked = order(LONG, width=2048, height=2048)
    backend.submit(asked)
    followed(backend, asked.key, lambda progress: bool(progress.fraction))
    backend.drawings[asked.key].folder.rename(backend.folder / "elsewhere")
    end = outcome(backend, asked.key)
    assert end == Progress(State.FAILED, message="The server has no room for the picture, or cannot write it.")


WORKER = """
import sys
from io import BytesIO
from time import sleep
from uuid import uuid4
from generation.backends import Order
from generation.backends.builtin import BuiltinBackend

if __name__ == "__main__":
    backend, key = BuiltinBackend(), uuid4()
    backend.submit(Order(key, 1, "a lake", "", {"seed": 1, "width": 64, "height": 64}, None))
    while backend.follow(key).state in ("queued", "running"):
        sleep(0.01)
    backend.fetch(key, backend.follow(key).outputs[0], BytesIO())
    backend.close()
    print(backend.follow(key).state, sorted({"numpy", "PIL", "django"} & set(sys.modules)))
"""


def test_the_process_of_the_worker_imports_no_decoder(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    environment = os.environ | {"PYTHONPATH": os.getcwd()}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment, timeout=SECONDS)
    assert (done.returncode, done.stdout.strip()) == (0, "lost []"), done.stderr


def test_a_picture_takes_less_than_a_second_of_a_core(tmp_path: Path) -> None:
    for prompt in (LONG, "marble ink", "tokyo at night"):
        large = order(prompt, width=1024, height=1024)
        assert takes_less(lambda: drawn_here(large, tmp_path), 1), prompt  # noqa: B023 - at once
