"""Shapes of cards: which class a width and a height have, and the style sheet that says what it means."""

from django.conf import settings

from content.shapes import NARROWEST, WIDEST, ratio_of, shape_class, shape_number, stylesheet
from tests.pages.pictured import SIZES

USUAL = [(1, 1), (2, 3), (3, 2), (3, 4), (4, 3), (9, 16), (16, 9), (832, 1216), (21, 9), (1179, 2556)]


def test_a_shape_is_within_a_hundredth_of_the_picture() -> None:
    errors = [ratio_of(shape_number(width, height)) * height / width - 1 for width, height in USUAL]
    assert max(map(abs, errors)) < 0.01
    assert ratio_of(shape_number(512, 512)) == 1


def test_what_is_narrower_or_wider_than_all_shapes_has_the_last_of_them() -> None:
    assert [shape_class(*size) for size in ((1, 10), (1, 65_535), (10, 1), (65_535, 1))] == [
        "shape-0",
        "shape-0",
        f"shape-{WIDEST - NARROWEST}",
        f"shape-{WIDEST - NARROWEST}",
    ]


def test_the_style_sheet_has_a_rule_for_each_shape() -> None:
    written = (settings.BASE_DIR / "static/css/shapes.css").read_text()
    assert written == stylesheet()
    assert all(f".{shape_class(*size)} {{ --ratio: " in written for size in SIZES)
