"""What Civitai adds to A1111's text and to ComfyUI's workflow.

Civitai's resources name a model as its page is titled, not as its file is called: a checkpoint among them stays in
`more["civitai_resources"]` and is no `model`. LoRAs are taken from there if nothing else names one.
"""

from media.generation_data.blocks import ModelUse
from media.generation_data.generators.values import as_float, as_text, bare_name

MARKS = ("Civitai resources", "Civitai metadata")
RESOURCES_MAX = 200


def is_civitai(settings: dict[str, object]) -> bool:
    """Tell if Civitai's own generator wrote these settings."""
    return any(mark in settings for mark in MARKS)


def civitai_loras(resources: object) -> list[ModelUse]:
    """Return the LoRAs among Civitai's resources that have a name."""
    loras: dict[str, ModelUse] = {}
    for resource in resources[:RESOURCES_MAX] if isinstance(resources, list) else []:
        if isinstance(resource, dict) and _kind(resource) in ("lora", "lycoris", "locon", "dora"):
            name = bare_name(resource.get("modelName"))
            if name:
                loras.setdefault(name, ModelUse(name, None, as_float(resource.get("weight"))))
    return list(loras.values())


def _kind(resource: dict[str, object]) -> str:
    """Return a resource's type: as it says, or as its urn does (urn:air:sdxl:lora:civitai:82098@87153)."""
    parts = (as_text(resource.get("air")) or "").split(":")
    kind = as_text(resource.get("type")) or (parts[3] if len(parts) > 3 else "")
    return kind.lower()
