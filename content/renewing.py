"""What a generator wrote about contents that are known, read again: their generation data, and what their works took of
it. What an owner has changed stays."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass

from django.db.models import F
from django.utils import timezone

from content.arrivals import generation_fields, named_models
from content.models import PROMPT_LIMIT, ContentItem
from content.titles import silent_title, tags_of, title_of
from media.blocks import DamagedBlocksError, pack, unpack
from media.generation_data.blocks import Generation, with_characters
from media.generation_data.generators import interpret
from media.generation_data.reading import READER_VERSION, Reading
from media.models import GenerationData, LibraryFile, MetadataBlocks
from media.naming import model_ids

# What follows a file, where its owner has not changed it.
FOLLOWING = ("title", "prompt", "tags", "updated_at")


@dataclass(frozen=True)
class Renewal:
    """What was read of a content that is known, the name of its file, and the text that described it `before`."""

    reading: Reading
    name: str
    before: str


@dataclass(frozen=True)
class Before:
    """What generation data said of a content."""

    prompt: str
    characters: object = None
    seed: int | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """What its works took for their prompt, one text or two: older readers left out the characters."""
        return tuple(dict.fromkeys((with_characters(self.prompt, self.characters), self.prompt)))

    def differs_from(self, generation: Generation) -> bool:
        """Return whether a generation has a prompt, and its works may say another one or another seed."""
        said = (generation.prompt, generation.seed)
        return bool(generation.prompt) and (said != (self.prompt, self.seed) or self.characters is not None)


def texts_before(readings: Mapping[int, Reading]) -> dict[int, str]:
    """Return what describes contents by the blocks that are kept of them, by their ids. One query; none for none."""
    texts = {}
    if readings:
        rows = MetadataBlocks.objects.filter(media_file__in=readings)
        for pk, packed in rows.values_list("media_file_id", "packed"):
            with suppress(DamagedBlocksError):
                texts[pk] = interpret(unpack(packed), readings[pk].facts).text
    return texts


def write_generations(
    generations: Mapping[int, Generation], creators: Collection[int | None] = ()
) -> list[GenerationData]:
    """Write what was read of contents, by their ids; return the rows that are new. The caller has locked the contents.

    Some 6 queries.
    """
    ids = model_ids({named for generation in generations.values() for named in named_models(generation)}, creators)
    known = {row.media_file_id: row for row in GenerationData.objects.filter(media_file__in=generations)}
    fields: set[str] = set()
    for pk, row in known.items():
        for name, value in generation_fields(generations[pk], ids).items():
            setattr(row, name, value)
            fields.add(name.removesuffix("_id"))
    if known:
        GenerationData.objects.bulk_update(known.values(), sorted(fields))
    return GenerationData.objects.bulk_create(
        GenerationData(media_file_id=pk, **generation_fields(generation, ids))
        for pk, generation in generations.items()
        if pk not in known and (generation.generator or generation.prompt)
    )


def renew(renewals: Mapping[int, Renewal], creator_id: int | None) -> int:
    """Write what was read again of some contents, by their ids; return how many. The caller has locked them.

    A content that another creator has works of keeps what was read first: a text beside one's own copy is no word on
    others' works. Some 10 queries, however many there are.
    """
    works = ContentItem.objects.filter(media_file__in=renewals).select_related("generation")
    works = works.annotate(characters=F("generation__more__characters"))
    works = list(works.defer("search_words", "data", "generation__more"))
    shared = {work.media_file_id for work in works if work.creator_id != creator_id}
    renewals = {pk: renewal for pk, renewal in renewals.items() if pk not in shared}
    if not renewals:
        return 0
    write_generations({pk: renewal.reading.generation for pk, renewal in renewals.items()}, [creator_id])
    _write_blocks(renewals)
    rows = GenerationData.objects.filter(media_file__in=renewals).only("media_file", "seed")
    present = {row.media_file_id: row for row in rows}
    followers = [work for work in works if work.media_file_id in renewals]
    for work in followers:
        renewal = renewals[work.media_file_id]
        said = work.generation and Before(work.generation.prompt, work.characters)
        before = said.texts if said and said.prompt else (renewal.before,)
        _follow(work, renewal.reading.generation, before, renewal.name)
        generation = present.get(work.media_file_id)
        if generation is not None:
            work.generation, work.generation_seed = generation, generation.seed
    ContentItem.objects.bulk_update(followers, [*FOLLOWING, "generation", "generation_seed"])
    return len(renewals)


def said_before(contents: Collection[int]) -> dict[int, Before]:
    """Return what generation data says of contents, by their ids. One query."""
    rows = GenerationData.objects.filter(media_file__in=contents)
    return {pk: Before(*said) for pk, *said in rows.values_list("media_file_id", "prompt", "more__characters", "seed")}


def follow_readings(generations: Mapping[int, Generation], before: Mapping[int, Before]) -> None:
    """Let works say what a better reader found in their files, where they say what an older one did.

    `before` is what `said_before` gave before the newer was written. Three queries, none if nothing differs.
    Works are locked, in the order of their ids.
    """
    differing = [pk for pk, said in before.items() if said.differs_from(generations[pk])]
    if not differing:
        return
    followers = ContentItem.objects.filter(media_file__in=differing, generation__isnull=False)
    works = list(followers.defer("search_words", "data").select_for_update(of=("self",), no_key=True).order_by("pk"))
    names = dict(LibraryFile.objects.filter(media_file__in=differing).values_list("media_file_id", "path"))
    for work in works:
        generation = generations[work.media_file_id]
        _follow(work, generation, before[work.media_file_id].texts, names.get(work.media_file_id, ""))
        work.generation_seed = generation.seed
    ContentItem.objects.bulk_update(works, [*FOLLOWING, "generation_seed"])


def _write_blocks(renewals: Mapping[int, Renewal]) -> None:
    MetadataBlocks.objects.bulk_create(
        [
            MetadataBlocks(media_file_id=pk, packed=pack(renewal.reading.blocks), reader_version=READER_VERSION)
            for pk, renewal in renewals.items()
        ],
        update_conflicts=True,
        unique_fields=["media_file"],
        update_fields=["packed", "reader_version"],
    )


def _follow(work: ContentItem, said: Generation, before: Collection[str], name: str = "") -> None:
    """Let a work say what its file does, where it said one of the texts that were read `before`; `name` is the file's,
    if it is known."""
    now = said.text
    if work.hides_prompt:
        _follow_in_silence(work, said, name)
    else:
        if work.title in [title_of(text, name) for text in before]:
            work.title = title_of(now, name)
        if work.tags in [tags_of(text) for text in before]:
            work.tags = tags_of(now)
    if work.prompt in [text[:PROMPT_LIMIT] for text in before]:
        work.prompt = now[:PROMPT_LIMIT]
    work.updated_at = timezone.now()


def _follow_in_silence(work: ContentItem, said: Generation, name: str) -> None:
    """Take off a title that is the file's name, if it tells of what the work hides from now on."""
    if work.title == title_of("", name):
        work.title = silent_title(name, said.text, said)
