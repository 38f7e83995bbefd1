"""Synthetic items, skewed as real ones are: few creators own most, batches share a moment, tags follow Zipf's law.

Batches differ in their seeds alone, so that lists of stacks have some, and few works are not for every place
(planting.py).
"""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import NamedTuple
from zlib import crc32

from django.db import connection

from catalog.counting import catch_up
from content.drawings import drawing_size
from content.models import SEED_LIMIT, SYNTHETIC_MARK, ContentItem
from content.planting import GENERATED, alike_in_shape, batches, followers, levels
from content.vocabulary import (
    ADJECTIVES,
    DETAILS,
    GENERATORS,
    LORAS,
    MODELS,
    NEGATIVES,
    PLACES,
    PROMPTS,
    SAMPLERS,
    SCHEDULERS,
    STYLES,
    SUBJECTS,
    TAGS,
    TIMES,
    TITLES,
    VERSES,
    with_article,
)
from genonaut.database.copy import NULL
from genonaut.seeding import Block, Dataset, FollowingTable, NumberedTable
from media.models import GenerationData, ModelKind
from media.naming import Named, model_ids
from users.models import User
from users.synthetic import EPOCH, SPAN
from users.synthetic import count as count_users

AUTO_SHARE = 0.4
SYSTEM_SHARE = 0.25  # of the automatic ones: made by the system itself, for no user
PRIVATE_SHARE = 0.2
UNSCORED_SHARE = 0.05
TYPES = ("image", "video", "text", "audio")
TYPE_WEIGHTS = tuple(accumulate((72, 11, 11, 6)))
MODEL, LORA = ModelKind
TAG_COUNTS = range(9)
TAG_COUNT_WEIGHTS = tuple(accumulate((6, 10, 15, 19, 18, 14, 9, 6, 3)))
WITH_ARTICLE = {word: with_article(word) for word in (*ADJECTIVES, *SUBJECTS)}
QUOTED_TAGS = tuple(f'"{tag}"' for tag in TAGS)
# The automatic items of each run of rows share one moment, as if made overnight; so do all rows of one large import.
NIGHT_ROWS = 500
IMPORT_FROM, IMPORT_TO = 0.50, 0.51
# Rows lie in the order of their times only roughly, as far apart as this share of the whole.
DISORDER = 0.02


class Items(NamedTuple):
    """The items of one block, column by column; `creators` are ids, None for those of the system."""

    types: list[str]
    is_auto: list[bool]
    creators: list[int | None]
    is_private: list[bool]
    created_at: list[datetime]
    titles: list[str]
    prompts: list[str]
    data: list[str]
    seeds: list[int]
    levels: list[int]
    # The index of the work that each work's batch begins with: its own, if it is alone.
    begins: list[int]


def source_id(dataset: Dataset, number: int) -> str:
    """Return what marks an item as this one of this data set."""
    return f"{SYNTHETIC_MARK}{dataset.name}-{number}"


@lru_cache(maxsize=16)
def items(block: Block) -> Items:
    """Return the items of a block; the tables that follow it ask for them as well."""
    random, rows = block.random("items"), block.rows
    types = random.choices(TYPES, cum_weights=TYPE_WEIGHTS, k=rows)
    is_auto = [random.random() < AUTO_SHARE for _ in range(rows)]
    creators = owners(random, block, is_auto)
    private_share = PRIVATE_SHARE / (1 - AUTO_SHARE * SYSTEM_SHARE)
    is_private = [creator is not None and random.random() < private_share for creator in creators]
    created_at = moments(random, block, is_auto)
    begins = batches(block, types)
    columns = (types, is_auto, creators, is_private, created_at, *texts(random, types))
    alike = ([column[begin] for begin in begins] for column in columns)
    return Items(*alike, alike_in_shape(seeds(block), begins), levels(block, begins), begins)


def seeds(block: Block) -> list[int]:
    """Return a seed for each item: no two items of a data set have the same, so that no two drawings are alike."""
    first = crc32(block.dataset.name.encode()) + block.first
    return [scattered(number % SEED_LIMIT) for number in range(first, first + block.rows)]


def scattered(number: int) -> int:
    """Return another number below SEED_LIMIT, 2**31, for each: each step can be undone, so none comes twice.

    **Source:** the finalizer of MurmurHash3, cut to 31 bits.
    """
    number = (number ^ number >> 16) * 0x85EBCA6B % SEED_LIMIT
    number = (number ^ number >> 13) * 0xC2B2AE35 % SEED_LIMIT
    return number ^ number >> 16


def owners(random: Random, block: Block, is_auto: list[bool]) -> list[int | None]:
    """Draw creators by Zipf's law among the accounts that had joined by then."""
    users, first_id = count_users(block.dataset), block.dataset.first_ids[User]
    creators: list[int | None] = []
    for number, auto in enumerate(is_auto, block.first):
        joined = max(1, users * (number + 1) // block.dataset.rows)
        is_system = auto and random.random() < SYSTEM_SHARE
        # A power of a uniform number: each rank is drawn in proportion to 1 / rank.
        creators.append(None if is_system else first_id + int(joined ** random.random()) - 1)
    return creators


def moments(random: Random, block: Block, is_auto: list[bool]) -> list[datetime]:
    """Draw creation times, naive UTC."""
    total = block.dataset.rows
    times = []
    for number, auto in enumerate(is_auto, block.first):
        place = number / total
        if IMPORT_FROM <= place < IMPORT_TO:
            place = IMPORT_FROM
        elif auto:
            place = number // NIGHT_ROWS * NIGHT_ROWS / total
        else:
            place = min(place + DISORDER * random.random(), 1.0)
        times.append(EPOCH + place * SPAN)
    return times


def texts(random: Random, types: list[str]) -> tuple[list[str], list[str], list[str]]:
    """Draw titles, prompts and, for texts, the works themselves."""
    rows = len(types)
    pools = (ADJECTIVES, SUBJECTS, PLACES, TIMES, range(1, 100), STYLES, DETAILS)
    columns = [random.choices(pool, k=rows) for pool in pools]
    columns += [[WITH_ARTICLE[word] for word in column] for column in columns[:2]]
    words = list(zip(*columns, strict=True))
    title_rolls, prompt_rolls, verse_rolls = ([random.random() for _ in range(rows)] for _ in range(3))
    titles = [
        pick(TITLES[kind], roll).format(*drawn) for kind, roll, drawn in zip(types, title_rolls, words, strict=True)
    ]
    prompts = [
        pick(PROMPTS[kind], roll).format(*drawn) for kind, roll, drawn in zip(types, prompt_rolls, words, strict=True)
    ]
    data = [
        pick(VERSES, roll).format(*drawn) if kind == "text" else ""
        for kind, roll, drawn in zip(types, verse_rolls, words, strict=True)
    ]
    return [title[0].upper() + title[1:] for title in titles], prompts, data


def pick(choices: tuple[str, ...], roll: float) -> str:
    """Return one of the choices for a number from 0 to below 1."""
    return choices[int(roll * len(choices))]


def tag_arrays(random: Random, rows: int) -> Iterator[str]:
    """Draw sets of 0 to 8 tags, as array literals; the tag of rank n is drawn in proportion to 1 / n."""
    total = len(QUOTED_TAGS)
    for tags in random.choices(TAG_COUNTS, cum_weights=TAG_COUNT_WEIGHTS, k=rows):
        drawn = {QUOTED_TAGS[int(total ** random.random()) - 1]: None for _ in range(tags)}
        yield "{" + ",".join(drawn) + "}"


def generation_lines(block: Block) -> Iterator[str]:
    """Give what pictures and videos of a block were made with; by the negative of a work's id, so that real data never
    has the same."""
    random, drawn = block.random("generation"), items(block)
    first_id = block.dataset.first_ids[ContentItem] + block.first
    ids = model_ids([Named(kind, name) for kind, names in ((MODEL, MODELS), (LORA, LORAS)) for name in names])
    generator = parameters = ""
    for number, (kind, begin) in enumerate(zip(drawn.types, drawn.begins, strict=True)):
        if kind not in GENERATED:
            continue
        if begin == number:
            generator, parameters = zipf(random, GENERATORS), drawn_parameters(random, drawn.prompts[number], ids)
        width, height = drawing_size(kind, drawn.seeds[number])
        yield (
            f"{-first_id - number}\t{generator}\t{parameters}\t{random.getrandbits(32)}\t"
            f"{width}\t{height}\t{'t' if generator == 'comfyui' else 'f'}\t{{}}\t{{}}"
        )


def drawn_parameters(random: Random, prompt: str, ids: dict[tuple[str, str], int]) -> str:
    """Draw what a batch was made with, the seeds apart, from the prompt to the CFG scale."""
    steps, cfg = random.randrange(12, 60), random.randrange(30, 120) / 10
    loras = dict.fromkeys(ids[LORA.value, zipf(random, LORAS)] for _ in range(random.choice((0, 0, 0, 1, 1, 2))))
    weights = (f"{random.randrange(3, 11) / 10}" for _ in loras)
    return (
        f"{prompt}\t{random.choice(NEGATIVES)}\t{ids[MODEL.value, zipf(random, MODELS)]}\t"
        f"{{{','.join(map(str, loras))}}}\t{{{','.join(weights)}}}\t"
        f"{zipf(random, SAMPLERS)}\t{zipf(random, SCHEDULERS)}\t{steps}\t{cfg}"
    )


def zipf(random: Random, choices: tuple[str, ...]) -> str:
    """Return one of the choices; that of rank n is drawn in proportion to 1 / n."""
    return choices[int((len(choices) + 1) ** random.random()) - 1]


def lines(block: Block) -> Iterator[str]:
    """Give the items of a block."""
    random, drawn = block.random("details"), items(block)
    first_id, mark = block.dataset.first_ids[ContentItem] + block.first, f"{SYNTHETIC_MARK}{block.dataset.name}-"
    tags = tag_arrays(random, block.rows)
    rows = zip(*drawn[:-1], strict=True)
    for index, (kind, auto, creator, private, moment, title, prompt, data, seed, level) in enumerate(rows):
        score = NULL if random.random() < UNSCORED_SHARE else f"{(random.random() + random.random()) / 2:.4f}"
        time, generation = moment.isoformat(" "), -first_id - index if kind in GENERATED else NULL
        yield (
            f"{first_id + index}\t{title}\t{kind}\t{'auto' if auto else 'user'}\t{creator or NULL}\t{prompt}\t{data}\t"
            f"{{}}\t{next(tags)}\t{score}\t{'t' if private else 'f'}\t{seed}\t"
            f"{mark}{block.first + index}\t{time}+00\t{time}+00\t{generation}\t{level}"
        )


def choose_leaders(block: Block) -> None:
    """Let the newest work of each batch lead its stack. One query.

    A trigger lets each of them lead. The site would mend that later, and write all indexes of the works again.
    """
    drawn, first_id = items(block), block.dataset.first_ids[ContentItem] + block.first
    ids = [first_id + index for index in followers(drawn.begins, drawn.types, drawn.seeds)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE content_contentitem SET leads_stack = false WHERE id = ANY(%s)", [ids])


def count(dataset: Dataset) -> int:
    """Return how many items a data set has."""
    return dataset.rows


TABLE = NumberedTable(
    model=ContentItem,
    columns=(
        *("id", "title", "content_type", "source", "creator_id", "prompt", "data", "metadata", "tags", "quality_score"),
        *("is_private", "seed", "source_id", "created_at", "updated_at", "generation_id", "level"),
    ),
    lines=lines,
    count=count,
    key_column="source_id",
    key=source_id,
    settle=choose_leaders,
    finish=catch_up,
)
# The trigger of the items looks for what each was made with.
GENERATION_TABLE = FollowingTable(
    model=GenerationData,
    columns=(
        *("id", "generator", "prompt", "negative_prompt", "model_id", "loras", "lora_weights", "sampler", "scheduler"),
        *("steps", "cfg", "seed", "width", "height", "has_workflow", "more", "warnings"),
    ),
    lines=generation_lines,
    follows=TABLE,
    goes_first=True,
)
TABLES = (TABLE, GENERATION_TABLE)
