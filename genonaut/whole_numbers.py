"""Whole numbers of 64 bits without a sign, as generators draw for seeds, exact from end to end: one rule for the API,
the admin, imports and the database.

PostgreSQL's bigint has a sign, and a float is exact up to 2^53 only.
"""

import re
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import DecimalField

LARGEST = 2**64 - 1
DIGITS = len(str(LARGEST))
EXACT_FLOATS = 2**53
RULE = f"a whole number from 0 to {LARGEST:,} is due"


def read_whole_number(value: object) -> int:
    """Return a number that was sent: as such, or as a text of ASCII digits.

    Raises ValueError with a message for the sender.
    """
    if isinstance(value, str) and re.fullmatch(rf"\s*[0-9]{{1,{DIGITS}}}\s*", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        if abs(value) >= EXACT_FLOATS:
            raise ValueError(f"{RULE}, in all its digits: this one was rounded before it was sent")
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(RULE)
    if value == -1:
        raise ValueError(f"{RULE}: -1 asks a generator to draw one, so send the one that it drew, or none")
    if not 0 <= value <= LARGEST:
        raise ValueError(RULE)
    return value


class WholeNumberField(DecimalField):
    """A column for them: numeric(20), an int in Python."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - a field's own
        super().__init__(**{"max_digits": DIGITS, "decimal_places": 0, **options})

    def from_db_value(self, value: Decimal | None, _expression: object, _connection: object) -> int | None:
        """Return the number as an int."""
        return None if value is None else int(value)

    def to_python(self, value: Any) -> int | None:  # noqa: ANN401 - whatever was assigned
        """Return the number. Raises ValidationError."""
        try:
            return None if value is None else read_whole_number(int(value) if isinstance(value, Decimal) else value)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error
