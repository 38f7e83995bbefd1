"""The forms of what people say about works."""

from django import forms

from content.forms import LinesField
from genonaut.pagination.filters import MAX_ID
from interactions.comments import MOST_CHARACTERS


class CommentForm(forms.Form):
    """A comment, or with `parent` an answer to one."""

    text = LinesField(label="Your comment", max_length=MOST_CHARACTERS)
    parent = forms.IntegerField(required=False, min_value=1, max_value=MAX_ID, widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **{"auto_id": "comment_%s", **kwargs})
        self.fields["text"].widget.attrs.update({"rows": 3, "maxlength": MOST_CHARACTERS})


class EditForm(CommentForm):
    """Another text of a comment."""

    parent = None
