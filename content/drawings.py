"""Drawings stand for synthetic works, which have no files: each is drawn from its own type and seed, in its own shape.

Addresses, sizes and colours are known from type and seed alone, in Python and in SQL: nothing is stored, nothing drawn
before it is looked at.
"""

from collections.abc import Sequence

from django.db.models import Case, Expression, F, Func, IntegerField, Q, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from content.models import SEED_LIMIT, SYNTHETIC_MARK, ContentItem
from content.painting.palettes import SHAPES, mean_colours
from genonaut.api.database_json import Joined
from genonaut.http.addresses import below_root
from media.thumbnails import WIDTHS, thumbnail_size

# Part of every address: raise it when drawings change, and no browser shows an old one.
VERSION = 2
PERSON = "person"
SQUARE, CLASSIC, WIDE, FILM = (1024, 1024), (832, 1216), (1216, 832), (1280, 720)
TALL, POST, PLATE, SCREEN = (720, 1280), (896, 1120), (896, 1152), (1152, 864)
# The true sizes of each kind of work, about as often as generators make them: between the two widest thumbnails.
SIZES: dict[str, tuple[tuple[int, int], ...]] = {
    "image": (*(SQUARE, CLASSIC) * 4, *(WIDE, POST) * 2, TALL, FILM, PLATE, SCREEN),
    "video": (*(FILM,) * 9, *(TALL,) * 3, *(WIDE,) * 2, SQUARE, (1280, 544)),
    "text": (CLASSIC, POST) * (SHAPES // 2),
    "audio": (SQUARE,) * SHAPES,
}
KINDS = (*SIZES, PERSON)
COLOURS = mean_colours()


def drawing_size(kind: str, seed: int) -> tuple[int, int]:
    """Return the true width and height of a drawing."""
    return SQUARE if kind == PERSON else SIZES[kind][seed % SHAPES]


def drawing_colour(seed: int) -> str:
    """Return about the mean colour of a seed's drawings."""
    return COLOURS[seed // SHAPES % len(COLOURS)]


def drawing_address(kind: str, seed: int, width: int, root: str | None = None) -> str:
    """Return the address of a drawing of a nominal width: it says all that the drawing is made of."""
    return below_root(f"pictures/v{VERSION}/{kind}/{width}/{seed}.webp", root)


def portrait_seed(user_id: int | None) -> int:
    """Return the seed of an account's portrait."""
    return (user_id or 0) % SEED_LIMIT


def drawings_of(item: ContentItem) -> list[tuple[str, int, int]]:
    """Return address, width and height of a synthetic work's drawings, the smallest first."""
    size = drawing_size(item.content_type, item.seed)
    return [(drawing_address(item.content_type, item.seed, width), *thumbnail_size(*size, width)) for width in WIDTHS]


def is_synthetic(prefix: str) -> Q:
    """Return the condition that the work behind a prefix of field names is synthetic."""
    return Q(**{f"{prefix}source_id__startswith": SYNTHETIC_MARK})


def colour_sql(prefix: str) -> Expression:
    """Return the same as `drawing_colour` in SQL."""
    return OneOf(F(f"{prefix}seed") / SHAPES % len(COLOURS), [f"'{colour}'" for colour in COLOURS], TextField())


def address_sql(prefix: str, width: int) -> Combinable:
    """Return the same as `drawing_address` below the site's root, with a slash first, in SQL."""
    start, seed = Value(f"/pictures/v{VERSION}/"), Cast(F(f"{prefix}seed"), TextField())
    parts = (start, F(f"{prefix}content_type"), Value(f"/{width}/"), seed, Value(".webp"))
    return Joined(*parts)


def sides_sql(prefix: str, width: int) -> dict[str, Expression]:
    """Return width and height of a drawing of a nominal width in SQL."""
    kinds = [When(**{f"{prefix}content_type": kind}, then=Value(row * SHAPES)) for row, kind in enumerate(SIZES)]
    place = Case(*kinds, output_field=IntegerField()) + F(f"{prefix}seed") % SHAPES
    sizes = [thumbnail_size(*size, width) for row in SIZES.values() for size in row]
    return {side: one_of(place, numbers) for side, *numbers in zip(("width", "height"), *sizes, strict=True)}


def one_of(place: Combinable, numbers: Sequence[int]) -> Expression:
    """Return one of some numbers by its place; the number itself if all are the same."""
    if len(set(numbers)) == 1:
        return Value(numbers[0])
    return OneOf(place, [str(number) for number in numbers], IntegerField())


class OneOf(Func):
    """One of some literals, by a number from 0."""

    template = "(ARRAY[%(literals)s])[1 + %(expressions)s]"

    def __init__(self, place: Combinable, literals: Sequence[str], output_field: IntegerField | TextField) -> None:
        super().__init__(place, literals=",".join(literals), output_field=output_field)
