"""The admin of content: all items, and the automatic ones alone."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Field, Q, QuerySet
from django.http import HttpRequest

from content import moderated
from content.drawings import drawings_of
from content.forms import LinesField, TagsField
from content.hidden_prompts import values_of_hidden
from content.listings import ContentListing
from content.models import PROMPT_LIMIT, AutoContentItem, ContentItem, Level, Source
from content.owners import delete_item
from content.searches import read
from genonaut.large_admin import LargeTableAdmin, RelatedRowFilter, RowForm, as_id, change_link, logged_changes
from genonaut.whole_numbers import DIGITS, read_whole_number
from media.admin import image, preview


def picture(item: ContentItem, most: int) -> str:
    """Return the item's picture, at most so many pixels wide and high. Its name is the link's that it stands in."""
    if item.media_file is not None:
        return preview(item.media_file, most, item.title)
    if not item.is_synthetic:
        return "No picture"
    return image(*next(made for made in drawings_of(item) if made[1] >= most), most, item.title)


class SeedField(forms.CharField):
    """A seed, typed and shown in all its digits."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        widget = forms.TextInput(attrs={"inputmode": "numeric", "size": DIGITS, "class": "vTextField--seed"})
        super().__init__(required=False, widget=widget, empty_value=None, **kwargs)

    def to_python(self, value: Any) -> int | None:  # noqa: ANN401 - as entered
        """Return the number; None for an empty field. Raises ValidationError."""
        text = super().to_python(value)
        try:
            return None if text is None else read_whole_number(text)
        except ValueError as error:
            raise forms.ValidationError(f"{str(error).capitalize()}.") from error


class ContentItemForm(RowForm):
    """An item, with its seed in all its digits; an empty seed leaves the one that there is."""

    seed = SeedField(
        help_text=f"Up to {DIGITS} digits. Chooses a synthetic work's drawing; empty: it stays, or is drawn by lot."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seed"] = self.instance.exact_seed

    def clean_seed(self) -> int:
        """Return what goes into the column `seed`; all digits of a new seed are kept beside it."""
        seed = self.cleaned_data["seed"]
        if seed is not None and "seed" in self.changed_data:
            self.instance.exact_seed = seed
        return self.instance.seed


@admin.register(ContentItem)
class ContentItemAdmin(LargeTableAdmin):
    """Every item, private ones included."""

    form = ContentItemForm
    # Those that are ranked: any page is found in them.
    sorts = {name: ContentListing.sorts[name] for name in ContentListing.rankings}
    list_display = (
        "thumbnail",
        "title",
        "content_type",
        "source",
        "creator_link",
        "quality_score",
        "level",
        "visibility",
        "created_at",
    )
    list_display_links = ("thumbnail", "title")
    list_select_related = ("creator", "media_file")
    list_only = (
        "title",
        "content_type",
        "source",
        "quality_score",
        "level",
        "is_private",
        "trashed_at",
        "held_at",
        "seed",
        "source_id",
        "created_at",
        "creator__username",
        "media_file__sha256",
        "media_file__width",
        "media_file__height",
        "media_file__picture_error",
    )
    list_filter = ("source", "content_type", "level", "is_private", ("creator", RelatedRowFilter))
    search_fields = ("search_words", "source_id", "id")
    search_help_text = (
        'Words of title, prompt, tags or creator, "a phrase", either or other, -without; or an id or a source id.'
    )

    actions = ("mark_general", "mark_sensitive", "mark_explicit", "hold", "release")
    autocomplete_fields = ("creator",)
    readonly_fields = ("source", "source_id", "updated_at", "large_picture", "held_at")
    record_fields = (
        "related_rows",
        "file",
        "generation_data",
        "library",
        "source",
        "source_id",
        "created_at",
        "updated_at",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("title", "content_type", "creator", "level", "least_level", "is_private", "held_at"),
                    *("hides_prompt", "quality_score"),
                )
            },
        ),
        ("Work", {"fields": ("large_picture", "seed", "prompt", "data", "tags", "metadata")}),
    )

    @admin.display(description="picture")
    def thumbnail(self, item: ContentItem) -> str:
        """Return the small picture."""
        return picture(item, 64)

    @admin.display(description="picture")
    def large_picture(self, item: ContentItem) -> str:
        """Return the picture; an item that is being added has none yet."""
        return picture(item, 480) if item.pk else "–"

    @admin.display(description="file")
    def file(self, item: ContentItem) -> str:
        """Return a link to the file."""
        return change_link(item.media_file) if item.media_file else "–"

    @admin.display(description="generation data")
    def generation_data(self, item: ContentItem) -> str:
        """Return a link to what its generator wrote."""
        return change_link(item.generation) if item.generation else "–"

    @admin.display(description="creator")
    def creator_link(self, item: ContentItem) -> str:
        """Return a link to the creator."""
        return change_link(item.creator) if item.creator else "–"

    def get_fieldsets(self, request: HttpRequest, obj: ContentItem | None = None) -> list[tuple[str | None, dict]]:
        """Return the fieldsets; to a viewer who may not change the item they show the whole seed as well."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        shown = {"seed": "exact_seed"}
        return [
            (name, {**options, "fields": tuple(shown.get(field, field) for field in options["fields"])})
            for name, options in fieldsets
        ]

    @admin.display(description="visibility")
    def visibility(self, item: ContentItem) -> str:
        """Return who may see the work."""
        if item.trashed_at is not None:
            return "In the trash"
        if item.held_at is not None:
            return "Hidden by moderators"
        return "Private" if item.is_private else "Public"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Return the items without their search words, which only the database reads."""
        return super().get_queryset(request).defer("search_words")

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> forms.Field | None:  # noqa: ANN401
        """Return the form's field; tags have one of their own, texts keep their line ends and blanks, and a prompt has
        its limit."""
        if db_field.name == "tags":
            kwargs["form_class"] = TagsField
        if db_field.name in ("prompt", "data"):
            kwargs.update(form_class=LinesField, strip=False)
        if db_field.name == "prompt":
            kwargs["max_length"] = PROMPT_LIMIT
        if db_field.name in ("level", "least_level"):
            # A form that does not say it leaves it as it is.
            kwargs["required"] = False
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: ContentItem, form: forms.ModelForm, change: bool) -> None:
        """Save an item; if it begins to hide its prompt, a title and tags that were made of it are taken off."""
        before = ContentItem.objects.filter(pk=obj.pk).defer("search_words").first() if change else None
        if before is not None:
            values = {name: getattr(obj, name) for name in ("title", "prompt", "tags", "hides_prompt")}
            for name, value in values_of_hidden(before, values).items():
                setattr(obj, name, value)
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: ContentItem) -> None:
        """Delete an item; what people did with it goes in batches, if it is much."""
        delete_item(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Delete the items that were ticked."""
        for item in queryset:
            delete_item(item)

    @admin.action(description="Mark the selected works as general", permissions=("change",))
    def mark_general(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Put the works at this level."""
        self._mark(request, queryset, Level.GENERAL)

    @admin.action(description="Mark the selected works as sensitive", permissions=("change",))
    def mark_sensitive(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Put the works at this level."""
        self._mark(request, queryset, Level.SENSITIVE)

    @admin.action(description="Mark the selected works as explicit", permissions=("change",))
    def mark_explicit(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Put the works at this level."""
        self._mark(request, queryset, Level.EXPLICIT)

    @admin.action(description="Hide the selected works", permissions=("change",))
    def hold(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Make the works private until staff release them."""
        self._decide(request, queryset, moderated.hold, "hidden")

    @admin.action(description="Release the selected works", permissions=("change",))
    def release(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Let the owners make the works public again."""
        self._decide(request, queryset, moderated.release, "released")

    def _mark(self, request: HttpRequest, queryset: QuerySet, level: Level) -> None:
        mark = partial(moderated.set_least_level, level=level)
        self._decide(request, queryset, mark, f"marked as {level.label.lower()}")

    def _decide(self, request: HttpRequest, queryset: QuerySet, decide: Callable[[QuerySet], int], done: str) -> None:
        # Of automatic works too: a work has one history of what moderators decided.
        works = ContentItem.objects.only("title").filter(pk__in=list(queryset.values_list("pk", flat=True)))
        with logged_changes(request, works, moderated.DECIDED, f"{done.capitalize()}."):
            count = decide(works)
        messages.success(request, f"{count} work{'' if count == 1 else 's'} {done}.")

    def search(self, term: str) -> Q:
        """Return the condition of a search: a number may be an id, or a word of the work."""
        found = read(term).condition | Q(source_id=term)
        return found | as_id(term) if term.isdecimal() else found


@admin.register(AutoContentItem)
class AutoContentItemAdmin(ContentItemAdmin):
    """The automatic items alone; what is added here is automatic."""

    list_filter = ("content_type", "level", "is_private", ("creator", RelatedRowFilter))

    def save_model(self, request: HttpRequest, obj: AutoContentItem, form: forms.ModelForm, change: bool) -> None:
        """Save as automatic."""
        obj.source = Source.AUTO
        super().save_model(request, obj, form, change)
