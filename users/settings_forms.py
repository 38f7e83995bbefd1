"""The form of one's own settings."""

from typing import Any

from django import forms

from users.accounts import prefer
from users.levels import BLUR_CHOICES, NAMED_LEVELS, Level
from users.models import User
from users.preferences import CHOICES, PRIVATE, keeps_private, preference

THEME_LABELS = {"auto": "As the device", "light": "Light", "dark": "Dark"}
LAYOUT_LABELS = {"numbers": "Numbered pages", "scroll": "Endless scroll"}
# Columns of an account, beside its preferences.
COLUMNS = ("name", "shown_level", "blurred_level")


class SettingsForm(forms.Form):
    """Name, looks, levels, and what lists and new works begin with."""

    name = forms.CharField(
        max_length=200,
        required=False,
        help_text="Shown to others in place of your username.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    theme = forms.ChoiceField(choices=THEME_LABELS.items(), label="Colours")
    page_size = forms.TypedChoiceField(
        choices=[(size, size) for size in CHOICES["page_size"]], coerce=int, label="Works on a page"
    )
    view = forms.ChoiceField(choices=LAYOUT_LABELS.items(), label="Lists of works")
    shown_level = forms.TypedChoiceField(
        choices=Level,
        coerce=int,
        label="Show works up to",
        help_text="Lists leave out what is above, but for your own works. Explicit works are for adults alone.",
    )
    blurred_level = forms.TypedChoiceField(
        choices=BLUR_CHOICES,
        coerce=int,
        label="Blur from",
        help_text="Blurred pictures are there in lists, and their pages show them when you ask.",
    )
    new_level = forms.ChoiceField(
        choices=NAMED_LEVELS,
        label="My new works are",
        help_text="Unless you say otherwise. It holds for libraries and what you create too.",
    )
    private_by_default = forms.BooleanField(
        required=False,
        label="My new works are private",
        help_text="Uploads and libraries, unless you say otherwise. What you create is private until you publish it.",
    )

    def __init__(self, *args: Any, account: User, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        preferred = {name: preference(account, name) for name in CHOICES}
        columns = {name: getattr(account, name) for name in COLUMNS}
        initial = {**columns, PRIVATE: keeps_private(account), **preferred}
        super().__init__(*args, initial=initial, **kwargs)
        self.account = account

    def save(self) -> None:
        """Save them. Preferences that the page knows nothing of stay. Two queries."""
        said = dict(self.cleaned_data)
        prefer(self.account, columns={name: said.pop(name) for name in COLUMNS}, **said)
