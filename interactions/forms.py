"""The forms of what people say about works."""

from uuid import uuid4, uuid5

from django import forms

from content.forms import LinesField
from genonaut.pagination.filters import MAX_ID
from interactions.comments import MOST_CHARACTERS


class CommentForm(forms.Form):
    """A comment, or with `parent` an answer to one. The same text sent twice by one form is one comment."""

    text = LinesField(label="Your comment", max_length=MOST_CHARACTERS)
    parent = forms.IntegerField(required=False, min_value=1, max_value=MAX_ID, widget=forms.HiddenInput)
    # Tells this form from another.
    key = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **{"auto_id": "comment_%s", **kwargs})
        self.fields["text"].widget.attrs.update({"rows": 3, "maxlength": MOST_CHARACTERS})

    @property
    def request_key(self) -> str | None:
        """The idempotency key of a valid form: another one for another text, which Back lets one write."""
        said = self.cleaned_data
        return None if said["key"] is None else str(uuid5(said["key"], f"{said['parent']} {said['text']}"))


class EditForm(CommentForm):
    """Another text of a comment."""

    parent = None
    key = None
