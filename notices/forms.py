"""The form in which people say what they want to be told about."""

from django import forms

from notices.models import Kind


class KindsForm(forms.Form):
    """The kinds of notices that a person wants."""

    kinds = forms.MultipleChoiceField(choices=Kind, widget=forms.CheckboxSelectMultiple, required=False)
