"""Graphs in API format for tests, and what follows an attempt to its end."""

import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from generation.backends import AwayError, Backend, Order, Progress, State, StuckError

ENDED = (State.DONE, State.FAILED, State.CANCELLED, State.LOST)
PATIENCE_SECONDS = 300
Graph = dict[str, dict[str, Any]]


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def plain(color: int = 0x3366CC, **between: dict[str, Any]) -> Graph:
    """Return EmptyImage -> SaveImage, or through nodes whose `images` are linked here, one after the other."""
    graph = {"1": node("EmptyImage", width=32, height=24, batch_size=1, color=color)}
    last = "1"
    for node_id, each in between.items():
        graph[node_id] = {**each, "inputs": {"images": [last, 0], **each["inputs"]}}
        last = node_id
    return {**graph, "9": node("SaveImage", images=[last, 0], filename_prefix="ComfyUI")}


def waiting(seconds: float, ticks: int) -> Graph:
    """Return a graph that takes so long; with ticks it can be interrupted meanwhile."""
    return plain(wait=node("Wait", seconds=seconds, ticks=ticks))


def text_to_picture(prompt: str = "a lighthouse", *, model: str = "dreamy.safetensors", steps: int = 4) -> Graph:
    return {
        "1": node("CheckpointLoaderSimple", ckpt_name=model),
        "2": node("CLIPTextEncode", text=prompt, clip=["1", 1]),
        "3": node("CLIPTextEncode", text="", clip=["1", 1]),
        "4": node("EmptyLatentImage", width=64, height=48, batch_size=1),
        "5": node(
            "KSampler",
            model=["1", 0],
            seed=2**64 - 1,
            steps=steps,
            cfg=7.0,
            sampler_name="euler",
            scheduler="normal",
            positive=["2", 0],
            negative=["3", 0],
            latent_image=["4", 0],
            denoise=1.0,
        ),
        "6": node("VAEDecode", samples=["5", 0], vae=["1", 2]),
        "7": node("SaveImage", images=["6", 0], filename_prefix="ComfyUI"),
    }


def order(graph: Graph | None, *, picture: Path | None = None, **parameters: Any) -> Order:
    """Return a new attempt of job 7."""
    return Order(uuid4(), 7, "a lighthouse", "", {"seed": 1, **parameters}, graph, picture=picture)


def end_of(backend: Backend, key: UUID, seen: Callable[[Progress], object] = lambda progress: None) -> Progress:
    """Follow an attempt until it has ended; a server that is away is asked again, unless it is stuck."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            progress = backend.follow(key)
        except StuckError:
            raise
        except AwayError:
            time.sleep(0.01)
            continue
        seen(progress)
        if progress.state in ENDED:
            return progress
        time.sleep(0.005)
    raise TimeoutError("the attempt did not end")


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError("it did not come to be")
        time.sleep(0.002)


def files_of(backend: Backend, key: UUID, progress: Progress) -> list[bytes]:
    files = []
    for output in progress.outputs:
        target = io.BytesIO()
        backend.fetch(key, output, target)
        files.append(target.getvalue())
    return files
