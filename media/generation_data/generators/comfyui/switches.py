"""Choose the input that a switch lets through."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

SELECTORS = ("select", "index", "Input", "input", "switch", "boolean", "boolean_value", "condition", "cond", "ANY")
WORDS = ("switch", "select", "if any", "ifelse", "if else", "conditional", "choose", "multiplex")
TRUE_NAMES = ("on_true", "IF_TRUE", "tt_value", "true_value", "if_true", "true")
FALSE_NAMES = ("on_false", "IF_FALSE", "ff_value", "false_value", "if_false", "false")
# A run of digits at the end; the text before is searched once.
NUMBER = re.compile(r"(?<!\d)\d{1,6}\Z")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# The rest of a class name is not looked at, so that what is remembered stays small.
KIND_LENGTH_MAX = 200


def is_switch(kind: str, inputs: Mapping[str, object]) -> bool:
    """Tell if a class is a switch by its name and, unless it is called so, by a selector among its inputs."""
    return _is_called_switch(kind[:KIND_LENGTH_MAX]) and (
        "switch" in kind.lower() or any(name in inputs for name in SELECTORS)
    )


@lru_cache(maxsize=1_000)
def _is_called_switch(kind: str) -> bool:
    lowered = kind.lower()
    return any(word in lowered for word in WORDS)


def chosen_input(inputs: Mapping[str, object], literal: Callable[[object], object]) -> object:
    """Return the chosen input, None if the selector is not known. A switch without selector takes the first input."""
    selector_name = next((name for name in SELECTORS if name in inputs), None)
    options = {name: value for name, value in inputs.items() if name != selector_name and _is_option(value)}
    if selector_name is None:
        return next((options[name] for name in sorted(options, key=natural_order)), None)
    selector = literal(inputs[selector_name])
    if isinstance(selector, bool):
        return _by_truth(selector, options)
    if isinstance(selector, str):
        selector = int(selector) if selector.isascii() and selector.isdigit() and len(selector) < 7 else None
    return _by_number(int(selector), options) if isinstance(selector, int | float) and abs(selector) < 1e6 else None


def _is_option(value: object) -> bool:
    """Tell if an input may be let through: a text or a link; numbers and truths are settings of the switch."""
    return value is not None and not isinstance(value, bool | int | float)


def _by_truth(truth: bool, options: Mapping[str, object]) -> object:
    names = TRUE_NAMES if truth else FALSE_NAMES
    named = next((options[name] for name in names if name in options), None)
    if named is not None or any(name in options for name in (*TRUE_NAMES, *FALSE_NAMES)):
        return named
    ordered = sorted(options, key=natural_order)
    place = 0 if truth else 1
    return options[ordered[place]] if place < len(ordered) else None


def _by_number(number: int, options: Mapping[str, object]) -> object:
    numbered = {match.group(): name for name in options if (match := NUMBER.search(name))}
    by_number = {int(digits): name for digits, name in numbered.items()}
    if by_number:
        return options[by_number[number]] if number in by_number else None
    if len(options) == 1:
        # The switch chooses among its outputs, or in a list.
        return next(iter(options.values()))
    ordered = sorted(options, key=natural_order)
    return options[ordered[number - 1]] if 1 <= number <= len(ordered) else None


def natural_order(name: str) -> tuple[str, int, str]:
    """Order text_2 before text_10."""
    match = NUMBER.search(name)
    return (name[: match.start()], int(match.group()), name) if match else (name, 0, name)
