"""Comments over HTTP: plain forms and pages, and the fragment below a work."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from content.models import ContentItem
from genonaut.http import queries
from genonaut.http.limits import TooManyTriesError
from genonaut.http.redirects import SeeOther, after_form, fragment_to_sign_in, to_sign_in
from interactions import comments
from interactions.comments import UnknownCommentError, for_threads
from interactions.forms import CommentForm, EditForm
from interactions.intended import kept_of
from interactions.likes import UnknownItemError
from interactions.models import Interaction, Kind
from interactions.talk import answers_to, first_talk, talk_of
from users.intents import TooLongError, remember


def item_seen_by(request: HttpRequest, pk: int) -> ContentItem:
    """Return what the pages about a work need of it. Raises Http404 where the reader does not see it."""
    rows = ContentItem.objects.visible_to(request.user).only("title", "is_private", "creator_id")
    return get_object_or_404(rows, pk=pk)


def comment_seen_by(request: HttpRequest, pk: int) -> tuple[Interaction, ContentItem]:
    """Return a comment and the item that it is on. Raises Http404 where the reader does not see the item."""
    row = get_object_or_404(for_threads(Interaction.objects.filter(kind=Kind.COMMENT)), pk=pk)
    return row, item_seen_by(request, row.content_id)


# --- The comments of a work


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def item_comments(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a page of the comments of a work, or write one."""
    form, status = None, 200
    if request.method == "POST":
        form = CommentForm(request.POST)
        if not request.user.is_authenticated and (led := _remembered(form, pk, to_sign_in)):
            return led
        row, status = _written(request, pk, form)
        if row is not None:
            return SeeOther(comments.path_of_new(row))
    talk = talk_of(item_seen_by(request, pk), request.user, request.GET, form)
    queries.keep(request, talk.listing.query)
    context = {"talk": talk, "item": talk.item, "listing": talk.listing, "page": talk.page}
    return render(request, "interactions/comments.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def comments_fragment(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the newest comments of a work, or write one and show them; what is wrong is answered with 200 as well."""
    form = None
    if request.method == "POST":
        form = CommentForm(request.POST)
        if not request.user.is_authenticated and (led := _remembered(form, pk, fragment_to_sign_in)):
            return led
        row, _ = _written(request, pk, form)
        form = None if row is not None else form
    return render(
        request, "interactions/talk.html", {"talk": first_talk(item_seen_by(request, pk), request.user, form)}
    )


def _remembered(form: CommentForm, pk: int, lead: Callable[[str], HttpResponse]) -> HttpResponse | None:
    """Lead to sign in, after which the comment is written; None, with what is wrong, if its text cannot be kept."""
    page = reverse("interactions:comments", args=[pk])
    response = lead(page)
    if form.is_valid():
        try:
            remember(response, "comment", pk, page, kept_of(form))
        except TooLongError as error:
            form.add_error(None, str(error))
            return None
    return response


def _written(request: HttpRequest, pk: int, form: CommentForm) -> tuple[Interaction | None, int]:
    """Return the comment that a form writes, or None and the status of a page that shows what is wrong with it."""
    if not form.is_valid():
        return None, 400
    try:
        comments.check_comment_rate(request.user)
        said = form.cleaned_data
        row = comments.add(request.user, pk, said["text"], parent_id=said["parent"], key=form.request_key)
        return row, 200
    except TooManyTriesError as error:
        form.add_error(None, str(error))
        return None, 429
    except UnknownCommentError:
        form.add_error(None, "The comment that you answer is not there any more.")
        return None, 400
    except UnknownItemError as error:
        raise Http404 from error


# --- One comment


@require_safe
@cache_control(private=True, no_store=True)
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a comment with a page of its answers; of an answer its thread and itself."""
    row, item = comment_seen_by(request, pk)
    context: dict[str, object] = {"item": item, "is_thread": row.parent_id is None}
    if row.parent_id is None:
        listing = answers_to(row, request.user, request.GET)
        queries.keep(request, listing.query)
        context |= {"listing": listing, "page": (page := listing.page())}
        rows = [row, *page.items]
    else:
        thread = get_object_or_404(for_threads(Interaction.objects), pk=row.parent_id)
        rows = [thread, row]
    context["thread"], *context["answers"] = comments.shown_alone(rows, item, request.user)
    return render(request, "interactions/comment.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the author of a comment change its text."""
    if not request.user.is_authenticated:
        return to_sign_in(request.path)
    row, item = comment_seen_by(request, pk)
    if not comments.may_edit(request.user, row):
        raise PermissionDenied
    form = EditForm(request.POST if request.method == "POST" else None, initial={"text": row.comment})
    if request.method == "POST" and form.is_valid():
        try:
            comments.edit(row, form.cleaned_data["text"])
        except UnknownCommentError as error:
            raise Http404 from error
        return SeeOther(comments.path_of(row))
    context = {"form": form, "row": row, "item": item, "address": comments.path_of(row)}
    return render(request, "interactions/comment_edit.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the author of a comment, the creator of the work and staff remove it."""
    if not request.user.is_authenticated:
        return to_sign_in(request.path)
    row, item = comment_seen_by(request, pk)
    if not comments.may_remove(request.user, row, item):
        raise PermissionDenied
    if request.method == "POST":
        comments.remove(row)
        messages.success(request, "The comment is removed.")
        return after_form(request, reverse("interactions:comments", args=[item.pk]))
    context = {"row": row, "item": item, "address": comments.path_of(row)}
    return render(request, "interactions/comment_delete.html", context)
