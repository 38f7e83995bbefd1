"""What the owner of a work, and staff, do on its page: edit it, make it private or public, delete it. Plain forms."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST

from content.editing import ChangedMeanwhileError, change_item
from content.forms import WorkForm
from content.models import ContentItem
from content.owners import delete_item, may_change, set_privacy
from content.portraits import may_be_portrait
from content.trash import move_to_trash
from genonaut.http.form_values import wanted_state
from genonaut.http.queries import reads_only
from genonaut.http.redirects import NOT_SAVED, SeeOther, to_sign_in
from genonaut.pagination.errors import InvalidParametersError
from genonaut.sentences import with_names
from users.accounts import prefer
from users.preferences import PICTURE
from users.querysets import is_staff

# What a work's fields hold, as the form shows them.
PRESENT_TEXTS = {
    "title": lambda item: item.title,
    "prompt": lambda item: item.prompt,
    "tags": lambda item: "\n".join(item.tags),
    "level": lambda item: item.get_level_display(),
    "is_private": lambda item: "Yes" if item.is_private else "No",
    "hides_prompt": lambda item: "Yes" if item.hides_prompt else "No",
}


def own_item(request: HttpRequest, pk: int) -> ContentItem:
    """Return the item that a member is about to change: 404 where they do not see it, 403 if not theirs."""
    item = get_object_or_404(ContentItem.objects.visible_to(request.user).for_details(), pk=pk)
    if not may_change(request.user, item):
        raise PermissionDenied
    return item


def tell(request: HttpRequest, text: str, item_id: int) -> None:
    """Say on the next page what was done. Script reads there which item changed (templates/_messages.html)."""
    messages.success(request, text, extra_tags=f"content-{item_id}")


def tell_of_trash(request: HttpRequest, item: ContentItem) -> None:
    """Say on the next page that a work is in the trash, with a form that takes it out (templates/_messages.html)."""
    messages.success(request, with_names("Moved “{}” to the trash.", item.title), extra_tags=f"trashed-{item.pk}")


@require_POST
def privacy(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a work private or public, and show it again."""
    page = reverse("content:detail", args=[pk])
    if not request.user.is_authenticated:
        return to_sign_in(page)
    item = own_item(request, pk)
    is_private = wanted_state(request, "is_private")
    if item.trashed_at is not None or (item.kept_private and not is_private):
        raise InvalidParametersError({"is_private": [item.kept_private]})
    set_privacy(item, is_private=is_private)
    tell(request, with_names(f"“{{}}” is {'private' if is_private else 'public'} now.", item.title), pk)
    return SeeOther(page)


@require_POST
def portrait(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a public picture of one's own the picture of one's account. Raises PermissionDenied for any other work."""
    page = reverse("content:detail", args=[pk])
    if not request.user.is_authenticated:
        return to_sign_in(page)
    item = get_object_or_404(
        ContentItem.objects.visible_to(request.user).only("creator", "media_file", "is_private", "is_pictured"), pk=pk
    )
    if item.creator_id != request.user.pk or not may_be_portrait(item):
        raise PermissionDenied
    prefer(request.user, **{PICTURE: pk})
    messages.success(request, "It is your picture now.")
    return SeeOther(page)


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
@reads_only()
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether a work is to go; once the form is sent delete it, of its owner move it to the trash."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("content:detail", args=[pk]))
    item = own_item(request, pk)
    if request.method != "POST":
        return render(request, "content/delete.html", {"item": item})
    if is_staff(request.user):
        delete_item(item)
        tell(request, with_names("Deleted “{}”.", item.title), pk)
    else:
        move_to_trash(ContentItem.objects.filter(pk=pk))
        tell_of_trash(request, item)
    return SeeOther(reverse("content:gallery"))


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
@reads_only()
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the form of a work; once it is sent save it and show the work."""
    if not request.user.is_authenticated:
        if request.method == "POST":
            messages.warning(request, NOT_SAVED)
        return to_sign_in(request.path)
    item = own_item(request, pk)
    title, page = item.title, item.get_absolute_url()
    form = form_of(item, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "content/edit.html", {"title": title, "page": page, "form": form})
    values, read_at = form.values_to_save()
    try:
        change_item(pk, values, read_at=read_at)
    except ChangedMeanwhileError as error:
        return _ask_again(request, error)
    except ContentItem.DoesNotExist as error:
        raise Http404 from error
    tell(request, with_names("Saved “{}”.", values["title"]), pk)
    return SeeOther(page)


def form_of(item: ContentItem, sent: QueryDict | None) -> WorkForm:
    """Return an item's form, filled with what was sent. Raises InvalidParametersError if that lacks its moment."""
    form = WorkForm(sent, instance=item)
    if form.is_bound and "updated_at" in form.errors:
        raise InvalidParametersError({"updated_at": ["Must be the moment that the form came with."]})
    return form


def _ask_again(request: HttpRequest, error: ChangedMeanwhileError) -> HttpResponse:
    """Show the work as it is by now beside the form as it was sent, which now may be saved over it: 409."""
    item = error.item
    title, page = item.title, item.get_absolute_url()
    present = [(WorkForm.base_fields[name].label, PRESENT_TEXTS[name](item)) for name in error.names]
    sent = request.POST.copy()
    sent["updated_at"] = item.updated_at.isoformat()
    context = {"title": title, "page": page, "form": form_of(item, sent), "present": present}
    return render(request, "content/edit.html", context, status=409)
