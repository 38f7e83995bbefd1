"""What the API says of generation data."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from media.models import GenerationData, GenerativeModel

TEXT, NUMBER, WHOLE = ({"type": [kind, "null"]} for kind in ("string", "number", "integer"))
MODEL = {"name": {"type": "string"}, "hash": TEXT}


def object_schema(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that has all of these members."""
    return {"type": "object", "required": list(properties), "properties": properties}


GENERATION_SCHEMA = object_schema(
    {
        "generator": TEXT,
        "prompt": TEXT,
        "negative_prompt": TEXT,
        "model": {"anyOf": [object_schema(MODEL), {"type": "null"}]},
        "loras": {
            "type": "array",
            "items": object_schema({"name": MODEL["name"], "weight": {**NUMBER, "format": "double"}, "hash": TEXT}),
        },
        "sampler": TEXT,
        "scheduler": TEXT,
        "steps": WHOLE,
        "cfg": {**NUMBER, "format": "double"},
        "seed": {"type": ["string", "null"], "pattern": "^[0-9]{1,20}$"},
        "has_workflow": {"type": "boolean"},
        "more": {"type": "object", "additionalProperties": {}},
        "warnings": {"type": "array", "items": {"type": "string"}},
    }
)


@extend_schema_field(GENERATION_SCHEMA, component_name="Generation")
class GenerationField(serializers.Field):
    """What a generator wrote about a work; what is not known is null."""

    def to_representation(self, value: GenerationData) -> dict[str, Any]:
        """Return the generation data. One query for the names of LoRAs, if there are any."""
        return {
            "generator": value.generator or None,
            "prompt": value.prompt or None,
            "negative_prompt": value.negative_prompt or None,
            "model": value.model and {"name": value.model.name, "hash": value.model.hash or None},
            "loras": loras_of(value),
            "sampler": value.sampler or None,
            "scheduler": value.scheduler or None,
            "steps": value.steps,
            "cfg": value.cfg,
            "seed": None if value.seed is None else str(value.seed),
            "has_workflow": value.has_workflow,
            "more": value.more,
            "warnings": value.warnings,
        }


def loras_of(data: GenerationData) -> list[dict[str, Any]]:
    """Return name, weight and hash of each LoRA, in their order. One query, none without any."""
    if not data.loras:
        return []
    named = GenerativeModel.objects.only("name", "hash").in_bulk(set(data.loras))
    return [
        {"name": named[pk].name, "weight": weight, "hash": named[pk].hash or None}
        for pk, weight in zip(data.loras, data.lora_weights, strict=True)
        if pk in named
    ]
