"""The form of the page Create: what is to be made, how often, and what differs among the variants."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms

from content.forms import LinesField
from content.models import PROMPT_LIMIT
from generation.models import Workflow
from generation.pages.workflow_fields import fields_of, inputs_of, is_whole, side_field, sweepable, tell_if_other
from generation.variants import spread
from generation.workflows.inputs import SIDES
from genonaut.whole_numbers import LARGEST, read_whole_number

OWN = "own"
# Names of presets are their sizes.
SIZES = {
    "1024x1024": "Square, 1024 × 1024",
    "832x1216": "Portrait, 832 × 1216",
    "1216x832": "Landscape, 1216 × 832",
    "768x1344": "Tall, 768 × 1344",
    "1344x768": "Wide, 1344 × 768",
    "512x512": "Small, 512 × 512",
}
MOST_VARIANTS = 16
MOST_STEPS = 16
MOST_JOBS = 64
SWEEP_FIELDS = ("sweep_from", "sweep_to", "sweep_steps")


class SeedField(forms.CharField):
    """A seed of 64 bits; empty: one is drawn."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "placeholder": "Random"})

    def to_python(self, value: Any) -> int | None:  # noqa: ANN401 - as entered
        """Return the seed. Raises ValidationError."""
        text = super().to_python(value)
        try:
            return read_whole_number(text) if text else None
        except ValueError as error:
            raise forms.ValidationError(f"Leave it empty for a random one, or write a number: {error}.") from error


class CreateForm(forms.Form):
    """Prompt, workflow and its inputs, size, seed, variants and a sweep. Its workflow is known before its fields."""

    prompt = LinesField(max_length=PROMPT_LIMIT, widget=forms.Textarea(attrs={"rows": 4}))
    negative_prompt = LinesField(
        max_length=PROMPT_LIMIT, required=False, widget=forms.Textarea(attrs={"rows": 2}), label="Negative prompt"
    )
    workflow = forms.ChoiceField(required=False)
    size = forms.ChoiceField(choices=[*SIZES.items(), (OWN, "Own size")])
    seed = SeedField(required=False, help_text="Variants count up from it.")
    count = forms.IntegerField(min_value=1, max_value=MOST_VARIANTS, initial=1, label="Variants")
    sweep = forms.ChoiceField(required=False, label="Sweep over")
    sweep_from = forms.DecimalField(required=False, max_digits=24, label="From")
    sweep_to = forms.DecimalField(required=False, max_digits=24, label="To")
    sweep_steps = forms.IntegerField(required=False, min_value=2, max_value=MOST_STEPS, label="Values")
    publishes = forms.BooleanField(
        required=False, label="Publish at once", help_text="Else you alone see it, until you publish it."
    )
    # The works that it is made from, and what tells this form from another.
    parent = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    image = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    use_required_attribute = True

    def __init__(
        self,
        data: Mapping[str, str] | None = None,
        *,
        choices: Sequence[Workflow],
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        """`choices` are the workflows to choose from; the first one is used if none of them is named."""
        super().__init__(data, initial={"size": next(iter(SIZES)), "key": uuid4(), **(initial or {})})
        by_name = {workflow.name: workflow for workflow in choices}
        values = self.initial if data is None else data
        self.chosen = by_name.get(values.get("workflow"), choices[0])
        self.inputs = inputs_of(self.chosen)
        if not values.get("image") and "image" in self.inputs and self.inputs["image"].is_optional:
            # Nothing is changed without a picture: a sweep over its strength would make the same picture each time.
            self.inputs.pop("denoise", None)
        self.initial["workflow"] = self.chosen.name
        self.fields["workflow"].choices = [(workflow.name, workflow.title) for workflow in choices]
        self.fields["sweep"].choices = [("", "Nothing"), *sweepable(self.inputs).items()]
        self.more = fields_of(self.inputs)
        sides = {name: side_field(self.inputs[name]) for name in SIDES if name in self.inputs}
        self.fields.update({**sides, **self.more})
        if data is None:
            tell_if_other(self.more, self.initial)
        if not self.has_size:
            # One side alone is a setting as any other.
            self.more |= sides
            del self.fields["size"]
        if "negative_prompt" not in self.inputs:
            del self.fields["negative_prompt"]
        self._hide_unused()

    def _hide_unused(self) -> None:
        """Hide what the workflow makes nothing of; what was typed there is kept for another workflow."""
        for name, declared in {"prompt": "prompt", "seed": "seed", "count": "seed"}.items():
            if declared not in self.inputs:
                self.fields[name].required = False
                self.fields[name].widget = forms.HiddenInput()

    @property
    def needs_image(self) -> bool:
        """Whether the chosen workflow makes nothing without a picture to start from."""
        return "image" in self.inputs and not self.inputs["image"].is_optional

    @property
    def has_size(self) -> bool:
        """Whether the chosen workflow takes a width and a height."""
        return all(name in self.inputs for name in SIDES)

    def focus_first_error(self) -> None:
        """Let the first field that something is wrong with get the focus: it may be out of sight. Hidden ones, and
        what is wrong with the form as a whole, are said at the top, which gets it then."""
        wrong = next((name for name in self.fields if name in self.errors and not self[name].is_hidden), None)
        self.has_errors_on_top = bool(self.errors) and wrong is None
        if wrong is not None:
            self.fields[wrong].widget.attrs["autofocus"] = True

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """The fields that the chosen workflow declares."""
        return [self[name] for name in self.more]

    @property
    def has_wrong_more(self) -> bool:
        """Whether something is wrong with one of those fields, or one has another value than it was to begin with."""
        return any(name in self.errors or getattr(field, "is_other", False) for name, field in self.more.items())

    @property
    def has_sweep(self) -> bool:
        """Whether a sweep is asked for."""
        return bool(self["sweep"].value()) or any(name in self.errors for name in SWEEP_FIELDS)

    def clean(self) -> dict[str, Any]:
        """Check what depends on several fields."""
        values = super().clean()
        if "seed" not in self.inputs:
            values["count"] = 1  # all variants would be the same
        self._check_size(values)
        if values.get("sweep"):
            self._check_sweep(values)
        return values

    def _check_size(self, values: dict[str, Any]) -> None:
        if values.get("size") != OWN:
            return
        for name in SIDES:
            if values.get(name) is None and name not in self.errors:
                self.add_error(name, "An own size has a width and a height.")

    def _check_sweep(self, values: dict[str, Any]) -> None:
        missing = [name for name in SWEEP_FIELDS if values.get(name) is None and name not in self.errors]
        for name in missing:
            self.add_error(name, "A sweep needs this.")
        if missing or any(name in self.errors for name in SWEEP_FIELDS):
            return
        for name in ("sweep_from", "sweep_to"):
            self._check_end(name, values)
        if any(name in self.errors for name in SWEEP_FIELDS):
            return
        if values["sweep"] != "seed" and values.get("count", 1) * len(self.sweep_values()) > MOST_JOBS:
            self.add_error("count", f"Variants times values of the sweep may be {MOST_JOBS} at most.")

    def _check_end(self, name: str, values: dict[str, Any]) -> None:
        """Check an end of the sweep by the limits of what it runs over."""
        swept, end = values["sweep"], values[name]
        if swept == "seed":
            if not 0 <= end <= LARGEST:
                self.add_error(name, f"Seeds go from 0 to {LARGEST:,}.")
            return
        try:
            self.fields[swept].run_validators(int(end) if is_whole(self.inputs[swept]) else float(end))
        except forms.ValidationError as error:
            self.add_error(name, error)

    def sweep_values(self) -> list[int] | list[float]:
        """Return the values of the sweep, for a form whose fields are checked; none without one."""
        values = self.cleaned_data
        swept = values.get("sweep")
        if not swept:
            return []
        ends: tuple[Decimal, Decimal] = (values["sweep_from"], values["sweep_to"])
        is_of_whole = swept == "seed" or is_whole(self.inputs[swept])
        return spread(*ends, values["sweep_steps"], is_whole=is_of_whole)
