"""What is planted among synthetic works: batches, which differ in their seeds alone and are stacks, and levels."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate
from random import Random

from content.drawings import drawing_size
from content.painting.palettes import SHAPES
from genonaut.seeding import Block
from users.levels import Level

# Types of works that say what they were made with, and so have stacks.
GENERATED = ("image", "video")
# Works with which a batch begins, and how many works it has.
BATCH_SHARE = 0.015
BATCH_WORKS = range(2, 9)
# Of general, sensitive and explicit works.
LEVEL_WEIGHTS = tuple(accumulate((93, 6, 1)))
# Smaller data sets, as the demo's, are general: a newcomer's gallery shows all of them.
FEWEST_WITH_LEVELS = 10_000


def batches(block: Block, types: Sequence[str]) -> list[int]:
    """Return, for each work of a block, the index of the work that its batch begins with: its own, if it is alone."""
    random, begins = block.random("batches"), list(range(len(types)))
    index = 0
    while index < len(types):
        works = batch_works(random) if types[index] in GENERATED else 1
        end = min(index + works, len(types))
        begins[index:end] = [index] * (end - index)
        index = end
    return begins


def batch_works(random: Random) -> int:
    """Draw how many works are in the batch that begins with one."""
    return random.choice(BATCH_WORKS) if random.random() < BATCH_SHARE else 1


def alike_in_shape(seeds: Sequence[int], begins: Sequence[int]) -> list[int]:
    """Swap seeds until the drawings of each batch have one shape, which their seeds choose, as far as works that are
    alone have seeds of that shape."""
    mixed, spare = list(seeds), defaultdict(list)
    for index in alone(begins):
        spare[seeds[index] % SHAPES].append(index)
    for index, begin in enumerate(begins):
        others = spare[mixed[begin] % SHAPES]
        if mixed[index] % SHAPES != mixed[begin] % SHAPES and others:
            other = others.pop()
            mixed[index], mixed[other] = mixed[other], mixed[index]
    return mixed


def alone(begins: Sequence[int]) -> Iterator[int]:
    """Yield the works that are in no batch."""
    for index, following in enumerate([*begins[1:], len(begins)]):
        if begins[index] == index != following:
            yield index


def levels(block: Block, begins: Sequence[int]) -> list[int]:
    """Draw the level of each work, one for a batch; in small data sets all are general."""
    if block.dataset.rows < FEWEST_WITH_LEVELS:
        return [Level.GENERAL.value] * len(begins)
    drawn = block.random("levels").choices(Level.values, cum_weights=LEVEL_WEIGHTS, k=len(begins))
    return [drawn[begin] for begin in begins]


def followers(begins: Sequence[int], types: Sequence[str], seeds: Sequence[int]) -> list[int]:
    """Return the works of batches that do not lead their stack: a later work of the batch has the same size."""
    newest: dict[tuple[int, tuple[int, int]], int] = {}
    stacks = {}
    lonely = set(alone(begins))
    for index, begin in enumerate(begins):
        if index not in lonely:
            stacks[index] = (begin, drawing_size(types[index], seeds[index]))
            newest[stacks[index]] = index
    return [index for index, stack in stacks.items() if newest[stack] != index]
