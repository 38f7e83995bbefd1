"""The fields of the page Create that a workflow declares beside prompt, size and seed."""

from collections.abc import Mapping
from typing import Any

from django import forms

from content.forms import LinesField
from generation.models import Workflow
from generation.workflow_servers import classes_of_servers
from generation.workflows.inputs import Input, Kind
from generation.workflows.offers import inputs_offered
from generation.workflows.values import bare

# Inputs with fields of their own on the page, whatever the workflow.
OF_THE_PAGE = frozenset({"prompt", "negative_prompt", "seed", "width", "height", "image"})
LONGEST_TEXT = 500
LORAS_LABEL = "LoRAs, one in each line with its weight"
HEAVIEST = 10
SHOWN_NAME = 60


def inputs_of(workflow: Workflow) -> dict[str, Input]:
    """Return the inputs of a workflow by name; models and other choices are those of a ComfyUI. One query."""
    return inputs_offered(workflow, None if workflow.pk is None else classes_of_servers())


def fields_of(inputs: Mapping[str, Input]) -> dict[str, forms.Field]:
    """Return a field for each input that the page has none for, in the order of the workflow."""
    return {name: _field(declared) for name, declared in inputs.items() if name not in OF_THE_PAGE}


def tell_if_other(fields: Mapping[str, forms.Field], values: Mapping[str, Any]) -> None:
    """Say beside each field that does not have the choice that a form is to begin with: it shows another one."""
    for name, field in fields.items():
        if isinstance(field, ChoiceOrOther):
            field.tell_if_other(values.get(name))


def sweepable(inputs: Mapping[str, Input]) -> dict[str, str]:
    """Return the names and labels of the numbers that a sweep may run over."""
    numbers = [one for one in inputs.values() if one.kind in (Kind.WHOLE, Kind.NUMBER)]
    seed = {"seed": "Seed"} if "seed" in inputs else {}
    return {**seed, **{one.name: one.shown_label for one in numbers}}


def is_whole(declared: Input) -> bool:
    """Return whether an input takes whole numbers alone."""
    return declared.kind in (Kind.WHOLE, Kind.SEED)


def side_field(declared: Input) -> forms.IntegerField:
    """Return the field of a width or height, which is asked for with a size of one's own alone."""
    return _whole(declared, {"required": False, "label": declared.shown_label})


def _field(declared: Input) -> forms.Field:
    options = {"required": False, "label": declared.shown_label, "initial": declared.default}
    return FIELDS[declared.kind](declared, options)


def _number(declared: Input, options: Mapping[str, Any]) -> forms.Field:
    attributes = {"step": declared.step or "any"}
    widget = forms.NumberInput(attrs=attributes)
    return forms.FloatField(**options, min_value=declared.least, max_value=declared.most, widget=widget)


def _whole(declared: Input, options: Mapping[str, Any]) -> forms.Field:
    limits = [None if limit is None else int(limit) for limit in (declared.least, declared.most)]
    return forms.IntegerField(**options, min_value=limits[0], max_value=limits[1])


def _choice(declared: Input, options: Mapping[str, Any]) -> forms.Field:
    if not declared.choices:
        return _text(declared, options)
    own = [] if options["initial"] else [("", "Choose one")]
    return ChoiceOrOther(**options, choices=[*own, *((choice, choice) for choice in declared.choices)])


def _text(declared: Input, options: Mapping[str, Any]) -> forms.Field:
    return forms.CharField(**options, max_length=LONGEST_TEXT)


def _switch(declared: Input, options: Mapping[str, Any]) -> forms.Field:
    return forms.BooleanField(**options)


class ChoiceOrOther(forms.ChoiceField):
    """A choice that says no to others in the workflow's own words, which know a model by its bare name too."""

    # Whether it does not have what it was to begin with.
    is_other = False

    def validate(self, value: Any) -> None:  # noqa: ANN401 - as entered
        """Leave it to the workflow."""

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - as entered, or as a work says
        """Return the choice that a name means, which may lack folder and ending; its own default if none is meant."""
        if value in (None, ""):
            return value
        meant = self._meant(value)
        return meant[0] if len(meant) == 1 else self.initial

    def tell_if_other(self, value: Any) -> None:  # noqa: ANN401 - as a work or a job says
        """Say beside the field that the name it was to begin with means none of the choices, or several."""
        if value in (None, "") or len(self._meant(value)) == 1:
            return
        self.is_other = True
        lacks = "may be several of these" if self._meant(value) else "is none of these"
        self.help_text = f"“{str(value)[:SHOWN_NAME]}” {lacks}: choose one."

    def _meant(self, value: object) -> list[str]:
        names = [name for name, _ in self.choices]
        return [name for name in names if name == value] or [name for name in names if bare(name) == bare(str(value))]


class LorasField(LinesField):
    """LoRAs as text: a name in each line, and behind its last space or colon a weight."""

    widget = forms.Textarea(attrs={"rows": 2})

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(**{**options, "label": LORAS_LABEL})

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - as entered, or as stored
        """Return stored LoRAs as text."""
        if not isinstance(value, list):
            return value
        return "\n".join(f"{one['name']} {one['weight']:g}" for one in value)

    def to_python(self, value: Any) -> list[dict[str, object]]:  # noqa: ANN401 - as entered
        """Return name and weight of each. Raises ValidationError."""
        return [read_lora(line) for line in map(str.strip, super().to_python(value).splitlines()) if line]

    def validate(self, value: list[dict[str, object]]) -> None:
        """Take any number of them."""

    def run_validators(self, value: list[dict[str, object]]) -> None:
        """Check no text: it is read by now."""


def read_lora(line: str) -> dict[str, object]:
    """Return the LoRA that a line names; without a weight it weighs 1. Raises ValidationError."""
    name, _, weight = line.replace(":", " ").rpartition(" ")
    try:
        number = float(weight)
    except ValueError:
        name, number = line, 1.0
    if not name.strip() or not -HEAVIEST <= number <= HEAVIEST:
        raise forms.ValidationError(f"“{line[:60]}” must be a name and a weight from -{HEAVIEST} to {HEAVIEST}.")
    return {"name": name.strip(), "weight": number}


def _loras(_declared: Input, options: Mapping[str, Any]) -> forms.Field:
    return LorasField(**options)


FIELDS = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.WHOLE: _whole,
    Kind.SEED: _whole,
    Kind.CHOICE: _choice,
    Kind.MODEL: _choice,
    Kind.SWITCH: _switch,
    Kind.LORAS: _loras,
}
