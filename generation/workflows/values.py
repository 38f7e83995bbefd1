"""Values of inputs: checked, cleaned, and completed by defaults."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from generation.workflows.inputs import TEXTS_OF_JOBS, Input, Kind
from genonaut.whole_numbers import DIGITS, LARGEST
from media.generation_data.generators.values import FILE_ENDINGS, clean_text

TEXT_LENGTH = 10_000
NAME_LENGTH = 500
WHOLE_MOST = 2**53 - 1
MOST_LORAS = 20
WEIGHT_MOST = 10
ITEM_MOST = 2**63 - 1


class InputError(Exception):
    """A value that an input does not take: the input's name, and a sentence that says what it takes."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


def seed_value(value: object) -> int:
    """Return a seed, which JSON may hold as digits, as a number.

    Raises InputError.
    """
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= DIGITS:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise InputError("seed", f"Enter a whole number from 0 to {LARGEST}.")
    return value


def checked(declared: Input, value: object) -> object:
    """Return a value as it is stored with a job: clean, a seed as digits, a model by its whole name.

    Raises InputError.
    """
    return CHECKS[declared.kind](declared, value)


def completed(inputs: Mapping[str, Input], parameters: Mapping[str, object]) -> dict[str, object]:
    """Return the values of inputs, each with its default if it is not given; prompts are not among them.

    Raises InputError for a value that is wrong, missing, or of no input. A seed is always taken.
    """
    known = {"seed": Input("seed", Kind.SEED), **inputs}
    expected = {name: declared for name, declared in known.items() if name not in TEXTS_OF_JOBS}
    unknown = next((name for name in parameters if name not in expected), None)
    if unknown is not None:
        raise InputError(str(unknown)[:100], "This workflow has no such input.")
    values = {name: _value(declared, parameters.get(name)) for name, declared in expected.items()}
    return {name: value for name, value in values.items() if value is not None and value != []}


def _value(declared: Input, value: object) -> object:
    value = declared.default if value is None else value
    if value is not None:
        return checked(declared, value)
    if declared.is_optional or declared.kind in (Kind.SEED, Kind.LORAS):
        return None
    needed = "Choose a picture to start from." if declared.kind is Kind.PICTURE else "This is needed."
    raise InputError(declared.name, needed)


def _text(declared: Input, value: object) -> str:
    if not isinstance(value, str):
        raise InputError(declared.name, "Enter text.")
    if len(value) > TEXT_LENGTH:
        raise InputError(declared.name, f"Enter at most {TEXT_LENGTH:,} characters.")
    return clean_text(value)


def _number(declared: Input, value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_within(declared, value):
        raise InputError(declared.name, f"Enter a number{_limits(declared)}.")
    return value


def _whole(declared: Input, value: object) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not _is_within(declared, value):
        raise InputError(declared.name, f"Enter a whole number{_limits(declared)}.")
    start = int(declared.least or 0)
    step = int(declared.step or 1)
    if step > 1 and (value - start) % step:
        after = f" after {start:,}" if start % step else ""
        raise InputError(declared.name, f"Enter a number in steps of {step:,}{after}.")
    return value


def _is_within(declared: Input, value: int | float) -> bool:
    least = -WHOLE_MOST if declared.least is None else declared.least
    most = WHOLE_MOST if declared.most is None else declared.most
    return least <= value <= most  # false for NaN


def _limits(declared: Input) -> str:
    least = None if declared.least is None else f"{declared.least:,}"
    most = None if declared.most is None else f"{declared.most:,}"
    if least and most:
        return f" from {least} to {most}"
    return f" of at least {least}" if least else f" of at most {most}" if most else ""


def _switch(declared: Input, value: object) -> bool:
    if not isinstance(value, bool):
        raise InputError(declared.name, "Say true or false.")
    return value


def _choice(declared: Input, value: object) -> str:
    name = _name(declared, value)
    if declared.choices and name not in declared.choices:
        raise InputError(declared.name, f"“{name[:60]}” is not among the choices.")
    return name


def _model(declared: Input, value: object) -> str:
    """Take a model by its whole name, or by what works say of it: without folder and ending."""
    name = _name(declared, value)
    if not declared.choices or name in declared.choices:
        return name
    alike = [choice for choice in declared.choices if bare(choice) == bare(name)]
    if len(alike) != 1:
        raise InputError(declared.name, f"“{name[:60]}” is not among the models.")
    return alike[0]


def bare(name: str) -> str:
    """Return the name of a model's file without folder and ending, in small letters."""
    file = PurePosixPath(name.replace("\\", "/")).name.lower()
    ending = next((ending for ending in FILE_ENDINGS if file.endswith(ending)), "")
    return file.removesuffix(ending)


def _name(declared: Input, value: object) -> str:
    name = clean_text(value).strip() if isinstance(value, str) else ""
    if not name or len(name) > NAME_LENGTH:
        raise InputError(declared.name, f"Enter a name of at most {NAME_LENGTH} characters.")
    return name


def _loras(declared: Input, value: object) -> list[dict[str, object]]:
    if not isinstance(value, list) or len(value) > MOST_LORAS:
        raise InputError(declared.name, f"Enter a list of at most {MOST_LORAS} LoRAs.")
    return [_lora(declared, each) for each in value]


def _lora(declared: Input, value: object) -> dict[str, object]:
    if not isinstance(value, Mapping) or not value.keys() <= {"name", "weight"}:
        raise InputError(declared.name, "Enter each LoRA with its name and its weight.")
    limits = replace(declared, least=-WEIGHT_MOST, most=WEIGHT_MOST)
    return {"name": _model(declared, value.get("name")), "weight": _number(limits, value.get("weight", 1.0))}


def _picture(declared: Input, value: object) -> dict[str, object]:
    item = value.get("item") if isinstance(value, Mapping) and value.keys() == {"item"} else None
    if isinstance(item, bool) or not isinstance(item, int) or not 0 < item <= ITEM_MOST:
        raise InputError(declared.name, "Name a work by its id.")
    return {"item": item}


def _seed(_declared: Input, value: object) -> str:
    return str(seed_value(value))


CHECKS: Mapping[Kind, Callable[[Input, object], object]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.WHOLE: _whole,
    Kind.CHOICE: _choice,
    Kind.SWITCH: _switch,
    Kind.MODEL: _model,
    Kind.LORAS: _loras,
    Kind.PICTURE: _picture,
    Kind.SEED: _seed,
}
