"""The form of a report."""

from django import forms

from content.forms import LinesField
from moderation.models import Reason


class ReportForm(forms.Form):
    """What is wrong."""

    reason = forms.ChoiceField(choices=Reason, widget=forms.RadioSelect)
    text = LinesField(label="More about it, if you like", max_length=2_000, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **{"auto_id": "report_%s", **kwargs})
        self.fields["text"].widget.attrs["rows"] = 4
