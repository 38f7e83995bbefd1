"""Blocks as carriers hand them to generators, and graphs as ComfyUI writes them."""

import json
from typing import Any

from media.generation_data.blocks import Block, Carrier


def png(**texts: Any) -> list[Block]:
    """Make a PNG's texts; what is no text is written as JSON."""
    return [block(key, text) for key, text in texts.items()]


def block(key: str, text: Any, carrier: Carrier = Carrier.PNG_TEXT) -> Block:
    """Make one block of UTF-8."""
    written = text if isinstance(text, str) else json.dumps(text)
    return Block(carrier, key, written.encode("utf-8", "surrogatepass"))


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    """Make a node of an API graph."""
    return {"class_type": kind, "inputs": inputs}


def basic_graph(**changes: Any) -> dict[str, Any]:
    """Make the graph of ComfyUI's first page, with some nodes changed or added."""
    graph = {
        "3": node(
            "KSampler",
            **{"seed": 777, "steps": 20, "cfg": 8.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0},
            **{"model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]},
        ),
        "4": node("CheckpointLoaderSimple", ckpt_name="sdxl_base.safetensors"),
        "5": node("EmptyLatentImage", width=512, height=768, batch_size=1),
        "6": node("CLIPTextEncode", text="a lighthouse", clip=["4", 1]),
        "7": node("CLIPTextEncode", text="blurry", clip=["4", 1]),
        "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": node("SaveImage", filename_prefix="ComfyUI", images=["8", 0]),
    }
    return graph | {key.removeprefix("n"): value for key, value in changes.items()}


def linked(graph: dict[str, Any], identifier: str, **inputs: Any) -> dict[str, Any]:
    """Change inputs of one node of a graph."""
    graph[identifier]["inputs"].update(inputs)
    return graph
