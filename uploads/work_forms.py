"""The form with titles, tags and switches of several works, and saving it: all of them, or none."""

from typing import Any

from django import forms
from django.db import transaction
from django.http import QueryDict

from content.editing import ChangedMeanwhileError, change_item
from content.forms import MomentField
from content.models import ContentItem, Level

MOST_TAGS, LONGEST_TAG = 100, 100
CHANGED = "This work was changed elsewhere. Level and switches are as they are now: look at all, and save again."
SWITCHES = ("is_private", "hides_prompt")


class WorkForm(forms.Form):
    """Title, tags and switches of one of several works."""

    title = forms.CharField(max_length=300)
    tags = forms.CharField(required=False, max_length=MOST_TAGS * (LONGEST_TAG + 2), label="Tags, with commas between")
    # A form that does not say it leaves it as it is.
    level = forms.TypedChoiceField(choices=Level, coerce=int, required=False, empty_value=None)
    is_private = forms.BooleanField(required=False, label="Private")
    hides_prompt = forms.BooleanField(required=False, label="Hide the prompt")
    updated_at = MomentField()

    def __init__(self, item: ContentItem, data: QueryDict | None = None, **options: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(data, prefix=str(item.pk), **options)
        self.item = item

    def clean(self) -> None:
        """Say what moderators decided and the form would undo."""
        super().clean()
        said = {name: value for name, value in self.cleaned_data.items() if value is not None}
        for name, reason in self.item.refusals(said).items():
            self.add_error(name, reason)

    def clean_tags(self) -> list[str]:
        """Return each tag once, those of the work if the text is as it was: a tag may hold a comma.

        Raises ValidationError for too many, and for one that is too long.
        """
        if self.cleaned_data["tags"] == text_of(self.item.tags):
            return self.item.tags
        tags = list(dict.fromkeys(tag for tag in map(str.strip, self.cleaned_data["tags"].split(",")) if tag))
        if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
            raise forms.ValidationError(f"At most {MOST_TAGS} tags, of {LONGEST_TAG} characters each.")
        return tags


def text_of(tags: list[str]) -> str:
    """Return the tags of a work as its field shows them."""
    return ", ".join(tags).strip()


def form_of(item: ContentItem, *, publishes: bool = False) -> WorkForm:
    """Return the form of a work as it is, or as it is once it is published."""
    values = {name: getattr(item, name) for name in ("title", "level", *SWITCHES)}
    values["is_private"] = item.is_private and not (publishes and not item.kept_private)
    moment = item.updated_at.isoformat()
    initial = {**values, "tags": text_of(item.tags), "updated_at": moment}
    return WorkForm(item, initial=initial)


@transaction.atomic
def save(forms_by_id: dict[int, WorkForm]) -> bool:
    """Save valid forms of works, in the order of their ids; return whether all are saved. None is if one of the works
    has changed since its form was made; its form then says so, with the switches as they are now."""
    changed = {}
    for pk, form in forms_by_id.items():
        values = {name: value for name, value in form.cleaned_data.items() if value is not None}
        try:
            change_item(pk, values, read_at=values.pop("updated_at"))
        except ChangedMeanwhileError as error:
            changed[pk] = error.item
        except ContentItem.DoesNotExist:
            continue
    for pk, item in changed.items():
        forms_by_id[pk] = form_again(forms_by_id[pk], item)
    transaction.set_rollback(bool(changed))
    return not changed


def form_again(form: WorkForm, item: ContentItem) -> WorkForm:
    """Return a form with the title and tags that were sent, of a work that has changed meanwhile."""
    sent = form.data.copy()
    sent[form.add_prefix("updated_at")] = item.updated_at.isoformat()
    for name in SWITCHES:
        # A box that is not ticked is not sent.
        sent.pop(form.add_prefix(name), None)
        if getattr(item, name):
            sent[form.add_prefix(name)] = "on"
    sent[form.add_prefix("level")] = str(item.level)
    again = WorkForm(item, sent)
    again.is_valid()
    again.add_error("title", CHANGED)
    return again
