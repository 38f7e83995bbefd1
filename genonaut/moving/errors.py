"""The one error that a move raises."""


class MoveError(Exception):
    """A step cannot be taken; the message says why, and what would mend it."""
