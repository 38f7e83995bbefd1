"""The form in which staff add a workflow: its graph as a file or as text, its inputs as JSON or left to be proposed."""

import json
from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from generation.backends.comfyui.node_classes import NodeClasses
from generation.models import Workflow
from generation.workflow_servers import fresh_classes
from generation.workflows import BUILT_IN, inputs_of
from generation.workflows.checking import checked_graph, checked_inputs
from generation.workflows.graph_files import GRAPH_BYTES, parsed
from generation.workflows.inputs import KEYS
from genonaut.large_admin.row_forms import CHANGED_MEANWHILE, RowForm, fingerprint

# The node classes of a ComfyUI that answers; None if none does.
ClassSource = Callable[[], NodeClasses | None]


class InputsField(forms.CharField):
    """A list of inputs, one in each line."""

    widget = forms.Textarea(attrs={"rows": 16, "cols": 110, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:  # noqa: ANN401 - text, or the list of a row
        """Return the list as text; what was entered is shown as it is."""
        if isinstance(value, str) or value is None:
            return value
        if not isinstance(value, list) or not value:
            return "" if value == [] else json.dumps(value, ensure_ascii=False, indent=2)
        lines = [json.dumps(_in_order(each), ensure_ascii=False) for each in value]
        return "[\n  " + ",\n  ".join(lines) + "\n]"


def _in_order(declared: Any) -> Any:  # noqa: ANN401 - as a row has it
    """Return a declaration in the order that docs have; jsonb sorts by the length of names."""
    if not isinstance(declared, dict):
        return declared
    first = {key: declared[key] for key in KEYS if key in declared}
    return {**first, **declared}


class WorkflowForm(RowForm):
    """A workflow. Every fault of its graph and inputs is said at once, beside the field."""

    node_classes: ClassVar[ClassSource] = staticmethod(fresh_classes)

    file = forms.FileField(
        label="Graph as a file",
        required=False,
        help_text=f"A .json file of ComfyUI's “Export (API)”, at most {GRAPH_BYTES // 1_000_000} MB.",
    )
    text = forms.CharField(
        label="Or as text",
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 110, "spellcheck": "false"}),
        help_text="Leave both empty to keep the graph.",
    )
    # The fingerprint of the graph that the page shows, and not in a field.
    read_graph = forms.CharField(required=False, widget=forms.HiddenInput)
    inputs = InputsField(
        required=False, help_text="A JSON list of what a job may set. Left empty, it is proposed from the graph."
    )

    class Meta:
        model = Workflow
        fields = ("name", "title", "description", "output_type", "is_active", "inputs")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(*args, **kwargs)
        self.initial["read_graph"] = str(fingerprint(self.instance.graph))

    def clean_name(self) -> str:
        """Return the name. Raises ValidationError for that of the built-in renderer."""
        if self.cleaned_data["name"] == BUILT_IN.name:
            raise ValidationError("The built-in renderer has this name.")
        return self.cleaned_data["name"]

    def clean_file(self) -> object:
        """Return the graph in the file, None without a file. Raises ValidationError."""
        file: UploadedFile | None = self.cleaned_data["file"]
        return _parsed(file.read(GRAPH_BYTES + 1)) if file else None

    def clean_text(self) -> object:
        """Return the graph in the text, None without a text. Raises ValidationError."""
        text = self.cleaned_data["text"]
        return _parsed(text) if text else None

    def clean_inputs(self) -> object:
        """Return the declared inputs; an empty list if they are to be proposed. Raises ValidationError."""
        text = self.cleaned_data["inputs"]
        return _parsed(text) if text else []

    def clean(self) -> dict[str, Any]:
        """Check graph and inputs together; add each fault to its field."""
        cleaned = super().clean()
        if not self.errors.keys() & {"file", "text", "inputs"}:
            self._check(cleaned)
        return cleaned

    def _check(self, cleaned: dict[str, Any]) -> None:
        given = [name for name in ("file", "text") if cleaned.get(name) is not None]
        if len(given) == 2:
            self.add_error("text", "Give the graph once: as a file or as text.")
        elif given and self.has_fingerprints and self._is_stale(self["read_graph"]):
            self.add_error(given[0], CHANGED_MEANWHILE)
        elif given:
            self._check_graph(cleaned, cleaned[given[0]], given[0])
        elif self.instance.pk is None:
            self.add_error("file", "Upload a graph, or paste it.")
        else:
            self._check_graph(cleaned, self.instance.graph, "text")

    def _check_graph(self, cleaned: dict[str, Any], graph: Any, field: str) -> None:  # noqa: ANN401 - any JSON
        self.are_proposed = cleaned["inputs"] == []
        inputs = cleaned["inputs"] = inputs_of(graph) if self.are_proposed else cleaned["inputs"]
        classes = self.node_classes()
        self.was_looked_up = classes is not None
        if faults := checked_graph(graph, inputs, classes):
            self.add_error(field, faults)
        elif faults := checked_inputs(graph, inputs, classes):
            self.add_error("inputs", faults)
        else:
            self.instance.graph = graph


def _parsed(data: bytes | str) -> object:
    try:
        return parsed(data)
    except ValueError as error:
        raise ValidationError(str(error)) from error
