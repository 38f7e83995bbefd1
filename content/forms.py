"""The form in which the owner of a work, and staff, edit it."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.postgres.forms import SimpleArrayField

from content.models import PROMPT_LIMIT, ContentItem, Level


class TagsField(SimpleArrayField):
    """Tags, one in each line: a tag may hold a comma."""

    widget = forms.Textarea

    def __init__(self, base_field: forms.Field, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(base_field, **{**kwargs, "delimiter": "\n"})

    def to_python(self, value: Any) -> list[str]:  # noqa: ANN401 - as entered
        """Return the tags; blank lines are passed over."""
        if isinstance(value, str):
            value = "\n".join(line for line in value.splitlines() if line.strip())
        return super().to_python(value)


class LinesField(forms.CharField):
    """Text of several lines, with the line ends that it had: browsers send CR and LF, which would count as two."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:  # noqa: ANN401 - as entered
        """Return the text."""
        return super().to_python(value).replace("\r\n", "\n")


class MomentField(forms.CharField):
    """The moment of an item when a form was made, hidden in it: another change since then is not lost unseen."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> datetime:  # noqa: ANN401 - as sent
        """Return the moment. Raises ValidationError."""
        try:
            moment = datetime.fromisoformat(super().clean(value))
        except ValueError as error:
            raise forms.ValidationError("This is no moment.") from error
        if moment.tzinfo is None:
            raise forms.ValidationError("This moment has no time zone.")
        return moment


FILE_KEEPS_PROMPT = "The file keeps the prompt that its generator wrote: all who get the original can read that."
HIDES_PROMPT = (
    "Others see neither the prompt nor what the work was made with, and get no original file. "
    "A title and tags that were made of the prompt are taken off."
)


LEVEL_HELP = "Sensitive: not for every place. Explicit: for adults alone. Lists show it to those who want such works."


class WorkForm(forms.ModelForm):
    """Title, prompt, tags, level, privacy and the hiding of the prompt of a work, within the limits of its model."""

    prompt = LinesField(max_length=PROMPT_LIMIT, required=False, strip=False)
    level = forms.TypedChoiceField(
        choices=Level, coerce=int, required=False, empty_value=None, label="Level", help_text=LEVEL_HELP
    )
    updated_at = MomentField()

    class Meta:
        model = ContentItem
        fields = ("title", "prompt", "tags", "level", "is_private", "hides_prompt")
        field_classes = {"tags": TagsField}
        labels = {"is_private": "Private", "hides_prompt": "Hide the prompt"}
        help_texts = {
            "tags": "One in each line.",
            "is_private": "Only its owner and the site’s staff see it.",
            "hides_prompt": HIDES_PROMPT,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(*args, **kwargs)
        self.initial["updated_at"] = self.instance.updated_at.isoformat()
        if self.instance.kept_private:
            self.fields["is_private"].help_text = self.instance.kept_private
        if self.instance.generation_id and self.instance.media_file_id:
            self.fields["prompt"].help_text = FILE_KEEPS_PROMPT

    def values_to_save(self) -> tuple[dict[str, Any], datetime]:
        """Return the values by name, and when the form was filled; for a form that is valid."""
        values = dict(self.cleaned_data)
        return values, values.pop("updated_at")

    def clean_level(self) -> int:
        """Return the level; a form that does not say it leaves it as it is."""
        level = self.cleaned_data["level"]
        return self.instance.level if level is None else level

    def clean_tags(self) -> list[str]:
        """Return each tag once, in the order in which they were written."""
        return list(dict.fromkeys(self.cleaned_data["tags"]))
