"""The forms of an album: what it says of itself, and a note of a work in it."""

from typing import Any

from django import forms

from albums.models import NOTE_LIMIT, Album
from albums.saved import QueryError, checked_query, words_of
from content.forms import LinesField
from users.models import User

SEARCH_HELP = "What the address of a list of works says after its question mark."


class AlbumForm(forms.ModelForm):
    """Title, notes and who sees the album; of a smart album its search as well."""

    class Meta:
        model = Album
        fields = ("title", "notes", "query", "is_public")
        field_classes = {"notes": LinesField}
        labels = {"query": "Search", "is_public": "Public"}
        help_texts = {
            "query": SEARCH_HELP,
            "is_public": "All see the album, and in it the works that they may see.",
        }

    def __init__(self, user: User, *args: Any, is_smart: bool, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(*args, **kwargs)
        self.user = user
        if not is_smart:
            del self.fields["query"]
        else:
            self.fields["query"].required = True

    def words(self) -> str:
        """Return what the search finds, in words; empty of an album by hand, and of a search that is wrong."""
        query = self["query"].value() if "query" in self.fields and "query" not in self.errors else ""
        return words_of(query, self.user) if query else ""

    def clean_query(self) -> str:
        """Return the search as it is saved."""
        try:
            return checked_query(self.cleaned_data["query"], self.user)
        except QueryError as error:
            raise forms.ValidationError(str(error)) from error


class NoteForm(forms.Form):
    """A note of a work in an album."""

    note = LinesField(max_length=NOTE_LIMIT, required=False)
