"""The workflows that come with the site: generation/graphs/*.json."""

import json
from pathlib import Path
from typing import Any

from django.db.models import F, Model, QuerySet

FOLDER = Path(__file__).resolve().parent.parent / "graphs"


def shipped() -> dict[str, dict[str, Any]]:
    """Return title, description, output_type, graph and inputs of each workflow, by its name."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def write_shipped(workflows: QuerySet[Model]) -> None:
    """Add the shipped workflows, and update those that staff did not change. Done twice, it does no more.

    A row that staff saved has a later `updated_at`; one that they only switched off is updated and stays off.
    """
    for name, values in shipped().items():
        unchanged = workflows.filter(name=name, updated_at=F("created_at"))
        if not unchanged.update(**values) and not workflows.filter(name=name).exists():
            row = workflows.create(name=name, **values)
            workflows.filter(pk=row.pk).update(updated_at=F("created_at"))


def remove_shipped(workflows: QuerySet[Model]) -> None:
    """Delete the shipped workflows that staff did not change and no job refers to."""
    workflows.filter(name__in=shipped(), updated_at=F("created_at"), jobs__isnull=True).delete()
