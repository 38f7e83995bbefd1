"""Shapes of cards: aspect ratios in steps of 2 %, each with a class of its own in static/css/shapes.css.

The policy allows no inline style, and a page that a browser kept (304) could not carry a nonce: so the ratio of a card
is one of a fixed set of classes. The picture covers its card, which hides what the rounding cuts off: 1 % at most.

`python -m content.shapes > static/css/shapes.css` writes the style sheet; a test compares it.
"""

from math import log

STEP = 1.02
# Steps from the square: 0.45, a phone's screen, to 2.97, a panorama. What is narrower or wider is cut to these.
NARROWEST, WIDEST = -40, 55


def shape_number(width: int, height: int) -> int:
    """Return the number of the shape that is nearest to a width and a height: 0 is the narrowest."""
    steps = round(log(width / height) / log(STEP))
    return min(max(steps, NARROWEST), WIDEST) - NARROWEST


def ratio_of(number: int) -> float:
    """Return the aspect ratio of a shape."""
    return STEP ** (number + NARROWEST)


def shape_class(width: int, height: int) -> str:
    """Return the class of a card with this width and height."""
    return f"shape-{shape_number(width, height)}"


def stylesheet() -> str:
    """Return the rules of all shapes."""
    rules = (f".shape-{number} {{ --ratio: {ratio_of(number):.4f}; }}\n" for number in range(WIDEST - NARROWEST + 1))
    return "/* Written by `python -m content.shapes`. */\n" + "".join(rules)


if __name__ == "__main__":
    print(stylesheet(), end="")
