"""Files become works: one way in for libraries, uploads and works that are made here.

A content that is known is not written again: its work is found by creator and content, so that the same file in two
places, or taken in twice at once, is one work.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from content import moderated
from content.hidden_prompts import values_of_hidden
from content.models import PROMPT_LIMIT, ContentItem, ContentType, Source, picture_seed, random_seed
from content.signals import taken_in
from content.titles import silent_title, tags_of, title_of
from media.blocks import pack
from media.generation_data.blocks import Generation, ModelUse
from media.generation_data.reading import READER_VERSION, Reading
from media.models import GenerationData, LeftOut, MediaFile, MetadataBlocks, ModelKind
from media.naming import Named, model_ids, note_names
from media.shared_generations import generation_ids


@dataclass(frozen=True)
class Arrival:
    """A file that is to be a work: its content as read, and whose it is to be."""

    sha256: bytes
    size: int
    reading: Reading
    name: str  # of the file, for a title if nothing else gives one
    creator_id: int | None = None
    is_private: bool = False
    hides_prompt: bool = False
    level: int = 0
    library_id: int | None = None
    source: Source = Source.USER
    created_at: datetime = field(default_factory=timezone.now)
    # Its name in the storage; empty if it lies in a library.
    stored_as: str = ""
    text: str = ""  # of a work that is a text
    # What its owner says of it; else it is made of what the generator wrote.
    title: str = ""
    prompt: str | None = None
    tags: tuple[str, ...] | None = None

    @property
    def generation(self) -> Generation:
        """What the generator wrote."""
        return self.reading.generation


@dataclass(frozen=True)
class Taken:
    """The work of an arrival, and whether it is a new one. None if its library is to have none of it (LeftOut)."""

    item_id: int | None
    media_file_id: int
    is_new: bool


@transaction.atomic
def take_in(arrivals: Sequence[Arrival]) -> list[Taken]:
    """Make works of files, some hundred at a time; return the work of each, in their order.

    Some ten queries, however many there are. Processes that take in the same content wait for each other.
    """
    files, generations = record_contents(arrivals)
    creators = {arrival.creator_id for arrival in arrivals}
    known = _known(files.values(), creators)
    left_out = _left_out(arrivals, files.values())
    new: dict[tuple[int | None, int], ContentItem] = {}
    for arrival in arrivals:
        file = files[arrival.sha256]
        key = (arrival.creator_id, file.pk)
        if key not in known and key not in new and (arrival.library_id, file.pk) not in left_out:
            new[key] = _work(arrival, file, generations.get(file.pk))
    moderated.take_up(new.values())
    ContentItem.objects.bulk_create(new.values())
    hidden = {item.pk for item in new.values() if item.held_at is not None}
    taken = []
    for arrival in arrivals:
        key = (arrival.creator_id, files[arrival.sha256].pk)
        item = new.pop(key, None)
        if item is not None:
            known[key] = item.pk
        taken.append(Taken(known.get(key), key[1], is_new=item is not None))
    sent = list(zip(arrivals, taken, strict=True))
    hidden |= _restore((arrival, work) for arrival, work in sent if arrival.library_id is None and not work.is_new)
    note_names(
        [
            (named, arrival.creator_id)
            for arrival, work in sent
            if work.item_id is not None and not (arrival.is_private or arrival.hides_prompt or work.item_id in hidden)
            for named in named_models(arrival.generation)
        ]
    )
    taken_in.send(ContentItem, arrivals=arrivals, works=taken)
    return taken


def _known(files: Iterable[MediaFile], creators: Collection[int | None]) -> dict[tuple[int | None, int], int]:
    """Return the works that creators have of files, those in the trash too, by creator and file. One query."""
    rows = ContentItem.objects.filter(media_file__in=files).order_by("-pk")
    found = rows.values_list("creator_id", "media_file_id", "pk")
    return {(creator, file): pk for creator, file, pk in found if creator in creators}


def _restore(sent: Iterable[tuple[Arrival, Taken]]) -> set[int]:
    """Take works out of the trash whose files were sent again, as no scan of a library does; return those that stay
    private or hide their prompts. One query, if any; two more for each that is in the trash.

    Each is as private as it was or as its file was sent now, whichever shows less: it may have been moved there because
    it showed too much.
    """
    by_id: dict[int, list[Arrival]] = {}
    for arrival, work in sent:
        by_id.setdefault(work.item_id, []).append(arrival)
    if not by_id:
        return set()
    works = ContentItem.objects.filter(pk__in=by_id, trashed_at__isnull=False).order_by("pk").defer("search_words")
    hidden = set()
    for work in works.select_for_update():
        restored = values_restored(work, by_id[work.pk])
        for name, value in restored.items():
            setattr(work, name, value)
        work.save(update_fields=[*restored, "updated_at"])
        if work.is_private or work.hides_prompt:
            hidden.add(work.pk)
    return hidden


def values_restored(work: ContentItem, arrivals: Iterable[Arrival]) -> dict[str, object]:
    """Return the values to write to a work in the trash whose file was sent again. A query if it begins to hide its
    prompt: its title and tags may tell of it."""
    arrivals = list(arrivals)
    return values_of_hidden(
        work,
        {
            "is_private": work.was_private or any(arrival.is_private for arrival in arrivals),
            "was_private": False,
            "trashed_at": None,
            "hides_prompt": work.hides_prompt or any(arrival.hides_prompt for arrival in arrivals),
            "level": max(work.level, *(arrival.level for arrival in arrivals)),
        },
    )


def _left_out(arrivals: Iterable[Arrival], files: Iterable[MediaFile]) -> set[tuple[int, int]]:
    """Return libraries with the contents whose works were deleted there. One query; none for uploads."""
    libraries = {arrival.library_id for arrival in arrivals if arrival.library_id is not None}
    if not libraries:
        return set()
    rows = LeftOut.objects.filter(library__in=libraries, media_file__in=files)
    return set(rows.values_list("library_id", "media_file_id"))


def record_contents(arrivals: Iterable[Arrival]) -> tuple[dict[bytes, MediaFile], dict[int, int]]:
    """Write contents that are not known, with what was read from them; return all of them, locked, by hash, and the ids
    of the generation data of their new works, by the ids of the contents."""
    by_hash = {arrival.sha256: arrival for arrival in arrivals}
    contents = MediaFile.objects.select_for_update(no_key=True).filter(sha256__in=by_hash).order_by("sha256")
    files: dict[bytes, MediaFile] = {}
    # A content that was known may be deleted before it is locked (uploads/leftovers.py): it is then written again.
    while by_hash.keys() - files.keys():
        found = MediaFile.objects.filter(sha256__in=by_hash).values_list("sha256", flat=True)
        missing = sorted(by_hash.keys() - {bytes(sha256) for sha256 in found})
        MediaFile.objects.bulk_create([_content(by_hash[sha256]) for sha256 in missing], ignore_conflicts=True)
        files = {bytes(file.sha256): file for file in contents.all()}
    _store(by_hash, files)
    read = set(GenerationData.objects.filter(media_file__in=files.values()).values_list("media_file_id", flat=True))
    new = {file: by_hash[sha256].reading for sha256, file in files.items() if file.pk not in read}
    record_generations(new, {arrival.creator_id for arrival in arrivals})
    readings = {file.pk: by_hash[sha256].reading for sha256, file in files.items()}
    return files, generation_ids(readings, read)


def _content(arrival: Arrival) -> MediaFile:
    facts = arrival.reading.facts
    return MediaFile(
        sha256=arrival.sha256,
        size=arrival.size,
        stored_as=arrival.stored_as,
        **{name: getattr(facts, name) for name in ("format", "mime", "width", "height", "duration", "frames")},
    )


def _store(by_hash: dict[bytes, Arrival], files: dict[bytes, MediaFile]) -> None:
    """Note where contents are stored that lay in libraries alone."""
    stored = [file for sha256, file in files.items() if by_hash[sha256].stored_as and not file.stored_as]
    for file in stored:
        file.stored_as = by_hash[bytes(file.sha256)].stored_as
    if stored:
        MediaFile.objects.bulk_update(stored, ["stored_as"])


def record_generations(readings: dict[MediaFile, Reading], creators: Collection[int | None]) -> None:
    """Write what generators wrote into files that have no generation data yet, and the blocks that it was read from."""
    named = {named for reading in readings.values() for named in named_models(reading.generation)}
    ids = model_ids(named, creators if len(creators) == 1 else ())
    GenerationData.objects.bulk_create(
        [
            GenerationData(media_file=file, **generation_fields(reading.generation, ids))
            for file, reading in readings.items()
            if reading.generation.generator or reading.generation.prompt
        ]
    )
    # In place of blocks that said nothing, if there are: those that the generation data were read from.
    MetadataBlocks.objects.bulk_create(
        [
            MetadataBlocks(media_file=file, packed=pack(reading.blocks), reader_version=READER_VERSION)
            for file, reading in readings.items()
            if reading.blocks
        ],
        update_conflicts=True,
        unique_fields=["media_file"],
        update_fields=["packed", "reader_version"],
    )


def generation_fields(generation: Generation, ids: dict[tuple[str, str], int]) -> dict[str, object]:
    """Return the fields of GenerationData; `ids` are those of its models (`model_ids`)."""
    model = generation.model
    loras = {ids[_lora(use).key]: use.weight for use in generation.loras}
    return {
        "generator": generation.generator or "",
        "prompt": generation.prompt or "",
        "negative_prompt": generation.negative_prompt or "",
        "model_id": ids[_model(model).key] if model else None,
        "loras": list(loras),
        "lora_weights": list(loras.values()),
        "sampler": (generation.sampler or "")[:100],
        "scheduler": (generation.scheduler or "")[:100],
        "steps": generation.steps,
        "cfg": generation.cfg,
        "seed": generation.seed,
        "has_workflow": generation.has_workflow,
        "more": generation.more,
        "warnings": generation.warnings,
    }


def named_models(generation: Generation) -> Iterable[Named]:
    """Return the model and the LoRAs that a generation names."""
    return [*([_model(generation.model)] if generation.model else []), *map(_lora, generation.loras)]


def _model(use: ModelUse) -> Named:
    return Named(ModelKind.MODEL, use.name, use.hash or "")


def _lora(use: ModelUse) -> Named:
    return Named(ModelKind.LORA, use.name, use.hash or "")


def _work(arrival: Arrival, file: MediaFile, generation_id: int | None) -> ContentItem:
    generation = arrival.generation
    # Title and tags are made of the prompt that the work shows: what its owner left out of it is in neither.
    prompt = generation.text if arrival.prompt is None else arrival.prompt
    seed = generation.seed
    # Those of a work that hides its prompt are made of nothing that is hidden.
    title = silent_title(arrival.name, prompt, generation) if arrival.hides_prompt else title_of(prompt, arrival.name)
    tags = [] if arrival.hides_prompt else tags_of(prompt)
    return ContentItem(
        title=arrival.title or title,
        content_type=content_type(file.mime),
        creator_id=arrival.creator_id,
        source=arrival.source,
        prompt=prompt[:PROMPT_LIMIT],
        data=arrival.text,
        tags=tags if arrival.tags is None else list(arrival.tags),
        is_private=arrival.is_private,
        hides_prompt=arrival.hides_prompt,
        level=arrival.level,
        seed=random_seed() if seed is None else picture_seed(seed),
        generation_seed=seed,
        media_file=file,
        generation_id=generation_id,
        library_id=arrival.library_id,
        is_pictured=file.thumbhash is not None,
        # A file's date is its sender's to say, and a work of the future would lead all lists of the newest.
        created_at=min(arrival.created_at, timezone.now()),
    )


def content_type(mime: str) -> ContentType:
    """Return what kind of work a file of this type is."""
    kind = mime.partition("/")[0]
    return ContentType(kind) if kind in ContentType.values else ContentType.TEXT
