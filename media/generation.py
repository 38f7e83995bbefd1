"""Stored generation data as the dataclass that generators are read into."""

from collections.abc import Iterable, Mapping

from media.generation_data.blocks import Generation, ModelUse
from media.models import GenerationData, GenerativeModel


def generation_of(row: GenerationData, models: Mapping[int, GenerativeModel] | None = None) -> Generation:
    """Return what a row says; its model is loaded with it. One query for the names of its LoRAs; none if `models` has
    them (`loras_of`)."""
    return Generation(
        generator=row.generator or None,
        prompt=row.prompt or None,
        negative_prompt=row.negative_prompt or None,
        model=_use_of(row.model) if row.model else None,
        loras=_loras_of(row, loras_of([row]) if models is None else models),
        sampler=row.sampler or None,
        scheduler=row.scheduler or None,
        steps=row.steps,
        cfg=row.cfg,
        seed=row.seed,
        has_workflow=row.has_workflow,
        more=_more_of(row),
        warnings=row.warnings,
    )


def _more_of(row: GenerationData) -> dict[str, object]:
    """Return what else was said, with the size that was asked for, by the name that generators give it."""
    if row.width is None or row.height is None:
        return row.more
    return {"size": {"width": row.width, "height": row.height}, **row.more}


def loras_of(rows: Iterable[GenerationData]) -> dict[int, GenerativeModel]:
    """Return the LoRAs of rows by id. One query; none if there are none."""
    ids = {pk for row in rows for pk in row.loras}
    return GenerativeModel.objects.only("name", "hash").in_bulk(ids) if ids else {}


def _loras_of(row: GenerationData, models: Mapping[int, GenerativeModel]) -> list[ModelUse]:
    """Return the LoRAs in their order; one that is gone is left out."""
    weighted = zip(row.loras, row.lora_weights, strict=True)
    return [_use_of(models[pk], weight) for pk, weight in weighted if pk in models]


def _use_of(model: GenerativeModel, weight: float | None = None) -> ModelUse:
    return ModelUse(model.name, model.hash or None, weight)
