"""Brings an export into this site: accounts, works with their files, and what people did with them.

Done twice it does no more. Works are known by their `source_id`, accounts by their username, interactions by who did
what with which work at which moment.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower

from content.file_texts import LINE_BYTES
from content.importing.imports import Import
from content.models import ContentItem
from exports.writing import INTERACTIONS, PEOPLE, WORKS, read_state
from genonaut.database.copy import catch_up_rankings, refresh_statistics
from genonaut.json_values import storable_json_text
from genonaut.progress import Progress
from interactions.models import ONCE_KINDS, Interaction, Kind
from users.accounts import check_username
from users.models import User

BATCH_LINES = 1_000

Complain = Callable[[str], object]


class Deed(NamedTuple):
    """What tells an interaction from another: those that are done once have no moment."""

    user_id: int | None
    content_id: int
    kind: str
    created_at: datetime | None


def import_export(folder: Path, complain: Complain, progress: Progress) -> Counter[str]:
    """Bring an export in; return how many works, accounts and interactions were new, and how many lines were bad.

    Raises ExportError if the folder holds none. Interrupted it keeps what it did.
    """
    read_state(folder)
    counts: Counter[str] = Counter()
    reader = _Reader(folder, complain, progress, counts)
    reader.read(PEOPLE, _add_people)
    works = Import(complain=complain)
    works.run([folder / WORKS], progress)
    counts.update({"works": works.counts["created"], "bad": works.counts["bad"] + works.counts["unread"]})
    reader.read(INTERACTIONS, _add_interactions)
    if counts["interactions"]:
        refresh_statistics([Interaction], is_big_load=False)
        catch_up_rankings([Interaction], progress.say, is_shown=progress.is_shown)
    return counts


class _Reader:
    """Reads the lists of an export in batches, each of which is one transaction."""

    def __init__(self, folder: Path, complain: Complain, progress: Progress, counts: Counter[str]) -> None:
        self.folder, self.complain, self.progress, self.counts = folder, complain, progress, counts

    def read(self, name: str, add: Callable[[list[tuple[str, dict[str, Any]]], Complain], Counter[str]]) -> None:
        """Read a list; one that is not there is empty."""
        path = self.folder / name
        if not path.exists():
            return
        lines = self._lines(path)
        while batch := list(islice(lines, BATCH_LINES)):
            with transaction.atomic():
                added = add(batch, self._refuse)
            self.counts.update(added)

    def _lines(self, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(LINE_BYTES), b""), 1):
                self.progress.advance(len(line))
                where = f"{path}:{number}"
                try:
                    value = json.loads(line)
                    storable_json_text(value)
                except (ValueError, RecursionError) as error:
                    self._refuse(f"{where}: {error}")
                    continue
                if isinstance(value, dict):
                    yield where, value
                else:
                    self._refuse(f"{where}: a JSON object is due")

    def _refuse(self, reason: str) -> None:
        self.counts["bad"] += 1
        self.complain(reason)


def _add_people(lines: Iterable[tuple[str, dict[str, Any]]], refuse: Complain) -> Counter[str]:
    """Add the accounts that are missing, which no password opens."""
    named = {str(line.get("username", "")).lower(): (where, line) for where, line in lines}
    known = set(_accounts(named))
    new = []
    for key, (where, line) in named.items():
        if key in known:
            continue
        try:
            user = User(username=line["username"], name=line.get("name", ""), created_at=_moment(line["created_at"]))
            user.password = make_password(None)
            user.clean_fields()
            check_username(user.username, None)
            new.append(user)
        except (KeyError, TypeError, ValueError, ValidationError) as error:
            refuse(f"{where}: {_said(error)}")
    User.objects.bulk_create(new)
    return Counter(accounts=len(new))


def _add_interactions(lines: list[tuple[str, dict[str, Any]]], refuse: Complain) -> Counter[str]:
    """Add what is not there yet, of works and accounts that are."""
    sources = {str(line.get("work")) for _, line in lines}
    works = dict(ContentItem.objects.filter(source_id__in=sources).values_list("source_id", "pk"))
    accounts = _accounts(str(line.get("user", "")).lower() for _, line in lines)
    rows: dict[Deed, Interaction] = {}
    for where, line in lines:
        try:
            row = _interaction(line, works, accounts)
            row.clean_fields(exclude=["user", "content"])  # which are there
        except (KeyError, TypeError, ValueError, ValidationError) as error:
            refuse(f"{where}: {_said(error)}")
            continue
        rows[_deed(row)] = row
    present = Interaction.objects.filter(content__in={row.content_id for row in rows.values()})
    new = [rows[deed] for deed in rows.keys() - {_deed(row) for row in present}]
    Interaction.objects.bulk_create(sorted(new, key=lambda row: row.created_at))
    return Counter(interactions=len(new))


def _interaction(line: Mapping[str, Any], works: Mapping[str, int], accounts: Mapping[str, int]) -> Interaction:
    """Return a line as a row. Raises KeyError, TypeError and ValueError."""
    if line["work"] not in works:
        raise ValueError(f"its work is not here: {str(line['work'])[:100]}")
    if (line["kind"] == Kind.RATE, line["kind"] == Kind.COMMENT) != ("rating" in line, bool(line.get("comment"))):
        raise ValueError("a rating has a number and a comment has a text, and nothing else has either")
    user = line.get("user")
    return Interaction(
        content_id=works[line["work"]],
        user_id=None if user is None else accounts[str(user).lower()],
        kind=line["kind"],
        rating=line.get("rating"),
        comment=line.get("comment", ""),
        duration_seconds=line.get("duration_seconds"),
        metadata=line.get("metadata", {}),
        created_at=_moment(line["created_at"]),
    )


def _deed(row: Interaction) -> Deed:
    is_once = row.kind in ONCE_KINDS and row.user_id is not None
    return Deed(row.user_id, row.content_id, row.kind, None if is_once else row.created_at)


def _accounts(usernames: Iterable[str]) -> dict[str, int]:
    """Return accounts' ids by username in lower case. One query."""
    users = User.objects.annotate(lowered=Lower("username")).filter(lowered__in=set(usernames))
    return dict(users.values_list("lowered", "pk"))


def _moment(text: str) -> datetime:
    """Return a moment. Raises TypeError and ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


def _said(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(error.messages)
    return f"{error.args[0]} is missing or unknown" if isinstance(error, KeyError) else str(error)
