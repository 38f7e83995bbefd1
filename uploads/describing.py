"""What became of an upload, as JSON: of a file, and of each file of a zip."""

from collections import Counter
from typing import Any

from django.db.models import Count
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.reverse import reverse

from uploads.models import Outcome, Upload, UploadedEntry

MOST_RESULTS = 1_000


def state_of(upload: Upload) -> str:
    """Return in one word where an upload is."""
    if upload.error:
        return "refused"
    if upload.finished_at is not None:
        return "done"
    if upload.is_archive:
        return "unpacking"
    return "processing" if upload.is_whole else "receiving"


def described(upload: Upload, request: Request, after: int = -1) -> dict[str, Any]:
    """Return an upload as JSON; of a zip with the files that are done, after a number. Two queries for a zip."""
    return {
        "id": str(upload.pk),
        "name": upload.name,
        "length": upload.length,
        "offset": upload.offset,
        "expires_at": serializers.DateTimeField().to_representation(upload.expires_at),
        "state": state_of(upload),
        "item": upload.item_id,
        "item_url": item_url(upload.item_id, request),
        "is_known": upload.is_known,
        "error": upload.error,
        "archive": _archive(upload, request, after) if upload.is_archive else None,
    }


def item_url(item_id: int | None, request: Request) -> str | None:
    """Return the address of a work; None without one."""
    return item_id and reverse("api:content-detail", args=[item_id], request=request)


def counts_of(upload: Upload) -> Counter[str]:
    """Return how many files of a zip had each outcome. One query."""
    rows = upload.entries.order_by().values_list("outcome").annotate(Count("pk"))
    return Counter(dict(rows))


def _archive(upload: Upload, request: Request, after: int) -> dict[str, Any]:
    counts = counts_of(upload)
    entries = list(upload.entries.filter(number__gt=after).order_by("number")[: MOST_RESULTS + 1])
    url = reverse("api:upload", args=[upload.pk], request=request)
    return {
        "count": upload.entry_count,
        "done": upload.entries_done,
        **{outcome.value: counts[outcome] for outcome in Outcome},
        "results": [_result(entry, request) for entry in entries[:MOST_RESULTS]],
        "next": f"{url}?after={entries[MOST_RESULTS - 1].number}" if len(entries) > MOST_RESULTS else None,
    }


def _result(entry: UploadedEntry, request: Request) -> dict[str, Any]:
    return {
        "number": entry.number,
        "name": entry.name,
        "outcome": entry.outcome,
        "item": entry.item_id,
        "item_url": item_url(entry.item_id, request),
        "error": entry.error,
    }
