"""What generators write into files of the demo beside the pixels."""

import json
from hashlib import sha256

from libraries.demo.graphs import Graph
from libraries.demo.scenes import Work


def model_hash(name: str) -> str:
    """Return the ten digits that A1111 shows of a model's hash."""
    return sha256(name.encode()).hexdigest()[:10]


def infotext(work: Work, *, version: str) -> str:
    """Return the text of A1111 and Forge, with the LoRA in the prompt."""
    lora = f" <lora:{work.lora}:{work.lora_weight:g}>" if work.lora else ""
    return (
        f"{work.prompt}{lora}\nNegative prompt: {work.negative}\nSteps: {work.steps}, Sampler: {work.sampler[1]}, "
        f"Schedule type: {work.scheduler[1]}, CFG scale: {work.cfg:g}, Seed: {work.seed}, "
        f"Size: {work.width}x{work.height}, Model hash: {model_hash(work.model)}, Model: {work.model}, "
        f"Version: {version}"
    )


def comfyui_texts(graph: Graph) -> dict[str, str]:
    """Return the texts of ComfyUI."""
    return {"prompt": json.dumps(graph.prompt()), "workflow": json.dumps(graph.workflow())}


def invokeai_texts(work: Work) -> dict[str, str]:
    """Return the text of InvokeAI 5."""
    loras = [{"model": _invokeai_model(work.lora, "lora"), "weight": work.lora_weight}] if work.lora else []
    metadata = {
        "generation_mode": "sdxl_txt2img",
        "positive_prompt": work.prompt,
        "negative_prompt": work.negative,
        "width": work.width,
        "height": work.height,
        "seed": work.seed,
        "rand_device": "cpu",
        "cfg_scale": work.cfg,
        "steps": work.steps,
        "scheduler": work.sampler[0].removesuffix("_ancestral"),
        "model": _invokeai_model(work.model, "main"),
        "loras": loras,
        "app_version": "5.4.3",
    }
    return {"invokeai_metadata": json.dumps(metadata)}


def _invokeai_model(name: str, kind: str) -> dict[str, str]:
    digest = sha256(name.encode()).hexdigest()
    return {"key": digest[:8], "hash": f"blake3:{digest}", "name": name, "base": "sdxl", "type": kind}


def novelai_texts(work: Work) -> dict[str, str]:
    """Return the texts of NovelAI."""
    comment = {
        "prompt": work.prompt,
        "steps": work.steps,
        "height": work.height,
        "width": work.width,
        "scale": work.cfg,
        "uncond_scale": 0.0,
        "seed": work.seed,
        "n_samples": 1,
        "sampler": f"k_{work.sampler[0]}",
        "noise_schedule": work.scheduler[0].replace("normal", "native"),
        "uc": work.negative,
        "request_type": "PromptGenerateRequest",
    }
    return {
        "Title": "NovelAI generated image",
        "Description": work.prompt,
        "Software": "NovelAI",
        "Source": "NovelAI Diffusion V4.5 4BDE2A90",
        "Generation time": "3.1",
        "Comment": json.dumps(comment),
    }


def swarmui_texts(work: Work) -> dict[str, str]:
    """Return the text of SwarmUI."""
    loras = {"loras": [work.lora], "loraweights": [f"{work.lora_weight:g}"]} if work.lora else {}
    parameters = {
        "prompt": work.prompt,
        "negativeprompt": work.negative,
        "model": work.model,
        "seed": work.seed,
        "steps": work.steps,
        "cfgscale": work.cfg,
        "width": work.width,
        "height": work.height,
        "sampler": work.sampler[0],
        "scheduler": work.scheduler[0],
        **loras,
        "swarm_version": "0.9.6.0",
    }
    return {"parameters": json.dumps({"sui_image_params": parameters, "sui_extra_data": {}}, indent=2)}


def fooocus_texts(work: Work) -> dict[str, str]:
    """Return the texts of Fooocus."""
    values = {
        "base_model": work.model,
        "base_model_hash": model_hash(work.model),
        "full_negative_prompt": [work.negative],
        "full_prompt": [work.prompt],
        "guidance_scale": work.cfg,
        "loras": [[work.lora, work.lora_weight, model_hash(work.lora)]] if work.lora else [],
        "metadata_scheme": "fooocus",
        "negative_prompt": work.negative,
        "performance": "Speed",
        "prompt": work.prompt,
        "resolution": f"({work.width}, {work.height})",
        "sampler": work.sampler[0],
        "scheduler": work.scheduler[0],
        "seed": str(work.seed),
        "sharpness": 2,
        "steps": work.steps,
        "styles": "['Fooocus V2']",
        "version": "Fooocus v2.5.5",
    }
    return {"parameters": json.dumps(values), "fooocus_scheme": "fooocus"}
