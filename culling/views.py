"""Selections over HTTP: a list of works with boxes to tick, what is done to them, and how far that is."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from content.card_rows import read_works
from content.listings import ContentListing
from content.models import ContentItem
from content.selecting import selectable_of
from content.views import REVEAL
from culling import tasks
from culling.actions import ACTIONS, MOST_CHOICES, Action
from culling.comparing import compare
from culling.forms import ALL, ENTERED, as_pressed, wish_of
from culling.models import BulkTask
from culling.own_tasks import own_tasks
from culling.wording import answer_of, said_of, titles_of
from genonaut.http import queries
from genonaut.http.form_values import names_none, wanted_ids
from genonaut.http.redirects import SeeOther, after_form, fragment_to_sign_in, to_sign_in
from genonaut.pagination.errors import InvalidParametersError
from users.models import User

# Between two looks of a browser without script, in seconds.
REFRESH_SECONDS = 2
NOTHING_FIRST: Mapping[str, str] = MappingProxyType({})


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def selection(request: HttpRequest) -> HttpResponseBase:
    """Show one page of the gallery with boxes to tick; once the form is sent do what it asks for."""
    if not request.user.is_authenticated:
        return to_sign_in(request.get_full_path())
    if request.method == "POST":
        return _selected(request)
    listing, left_out = queries.read_list(request, tasks.kind_of(request.GET), read=read_works)
    page = listing.page()
    shown = {"listing": listing, "page": page, "left_out": left_out, "selectable": selectable_of(listing, page)}
    return render(
        request,
        "culling/selection.html",
        {
            **shown,
            "actions": offered(request.user),
            "entered": ENTERED,
            "list_address": _list_address(listing, request.user),
        },
    )


@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Do what a form asks for, as script sends it, and say in JSON what became of it, or what is wrong with it."""
    if not request.user.is_authenticated:
        return fragment_to_sign_in(reverse("content:gallery"))
    try:
        return _told(request.user, _begun(request.user, request.POST))
    except InvalidParametersError as error:
        wrong = [f"{name.replace('_', ' ').capitalize()}: {' '.join(said)}" for name, said in error.errors.items()]
        return JsonResponse({"said": " ".join(wrong)}, status=400)


@require_safe
@cache_control(private=True, no_store=True)
@queries.reads_only("album")
def bar(request: HttpRequest) -> HttpResponse:
    """Show the bar of a selection as a fragment, as script shows it under a list; on an album's page it offers that
    album first."""
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    first = {} if names_none(request.GET, "album") else {"album": str(wanted_ids(request.GET, "album", 1)[0])}
    return render(request, "culling/bar.html", {"actions": offered(request.user, first), "entered": ENTERED})


@require_POST
def undo_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what a task changed, as script asks for it, and say in JSON what became of it."""
    if not request.user.is_authenticated:
        return fragment_to_sign_in(reverse("content:gallery"))
    return _told(request.user, tasks.undo(_own(request, pk)))


@require_safe
@cache_control(private=True, no_store=True)
@queries.reads_only("before")
def task_list(request: HttpRequest) -> HttpResponse:
    """Show the viewer's tasks: first those under way, then the newest."""
    if not request.user.is_authenticated:
        return to_sign_in(request.get_full_path())
    before = None if names_none(request.GET, "before") else wanted_ids(request.GET, "before", 1)[0]
    shown = {"own": own_tasks(request.user, before=before), "before": before, "days": tasks.KEPT_DAYS}
    return render(request, "culling/tasks.html", shown)


@require_safe
@cache_control(private=True, no_store=True)
@queries.reads_only()
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a task of the viewer's is."""
    if not request.user.is_authenticated:
        return to_sign_in(request.get_full_path())
    row = _own(request, pk)
    [title] = titles_of(request.user, [row])
    shown = {"task": row, "action": ACTIONS.get(row.action), "title": title, "said": said_of(row)}
    answer = render(request, "culling/task.html", {**shown, "undoing": BulkTask.objects.filter(undoes=row).first()})
    if not row.is_finished:
        answer.headers["Refresh"] = str(REFRESH_SECONDS)
    return answer


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a task do no more."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("culling:task", args=[pk]))
    tasks.cancel(_own(request, pk))
    return SeeOther(reverse("culling:task", args=[pk]))


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what a task changed."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("culling:task", args=[pk]))
    return _done(request, tasks.undo(_own(request, pk)))


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
@queries.reads_only("a", "b", REVEAL)
def compare_works(request: HttpRequest) -> HttpResponse:
    """Show two works side by side, blurred if their viewer does not ask for them; the form of a selection of two leads
    there."""
    if request.method == "POST":
        none_ticked = _none_ticked(request)
        if none_ticked is not None:
            return none_ticked
        ids = wanted_ids(request.POST, "work", tasks.MOST_AT_ONCE)
        if len(ids) != 2:
            messages.error(request, "Select two works to compare.")
            return after_form(request, reverse("culling:selection"))
        return SeeOther(f"{reverse('culling:compare')}?a={ids[0]}&b={ids[1]}")
    first, second = (wanted_ids(request.GET, name, 1)[0] for name in ("a", "b"))
    works = ContentItem.objects.visible_to(request.user).for_details().in_bulk({first, second})
    if first not in works or second not in works:
        raise Http404
    is_revealed = request.GET.get(REVEAL) == "1"
    comparison = compare(works[first], works[second], request.user, is_revealed=is_revealed)
    shown = {"comparison": comparison, "sides": [comparison.first, comparison.second], "is_revealed": is_revealed}
    return render(request, "culling/compare.html", shown)


class Part(NamedTuple):
    """Actions that take their value from one field of the form, "" if they need none, and what it lets one choose."""

    field: str
    choices: list[tuple[str, str]]
    actions: list[Action]

    @property
    def label(self) -> str:
        """What the field is called."""
        return self.field.replace("_", " ").capitalize()

    @property
    def named_field(self) -> str:
        """The field for the name of what may not be among the choices; empty if they are all."""
        action = self.actions[0]
        return action.named_field if action.find is not None and len(self.choices) >= MOST_CHOICES else ""

    @property
    def note(self) -> str:
        """What is said beside the field."""
        return self.actions[0].note


def offered(user: User, first: Mapping[str, str] = NOTHING_FIRST) -> list[Part]:
    """Return the actions in parts of the form. A field that has nothing to choose is not offered.

    Actions of one field offer the choices of the first. `first` has by field the value to offer before others.
    """
    parts: dict[str, Part] = {}
    for action in ACTIONS.values():
        if action.field not in parts:
            parts[action.field] = Part(action.field, _choices(action, user, first), [])
        parts[action.field].actions.append(action)
    return [part for part in parts.values() if part.choices or part.actions[0].choices is None]


def _choices(action: Action, user: User, first: Mapping[str, str]) -> list[tuple[str, str]]:
    return [] if action.choices is None else action.choices(user, first.get(action.field, ""))


def _list_address(listing: ContentListing, user: User) -> str:
    """Return the address of the list that the works are selected from: one's own works, or the gallery."""
    if listing.query.get("creator") == str(user.pk):
        return reverse("people:works") + listing.query_without("creator")
    return reverse("content:gallery") + listing.query_without("visibility")


def _none_ticked(request: HttpRequest) -> HttpResponse | None:
    """Lead back to the boxes if none of them was ticked and works were to be; else None."""
    if request.POST.get("scope") == ALL or not names_none(request.POST, "work"):
        return None
    messages.error(request, "Tick works first.")
    return after_form(request, reverse("culling:selection"))


def _selected(request: HttpRequest) -> HttpResponse:
    """Do what the page's form asks for."""
    sent = as_pressed(request.POST)
    if sent is None:
        return HttpResponse(status=204)  # the page stays as it is, with all that is ticked
    none_ticked = _none_ticked(request) if sent.get("action") in ACTIONS else None
    return none_ticked or _done(request, _begun(request.user, sent))


def _begun(user: User, sent: QueryDict) -> BulkTask:
    wish = wish_of(user, sent)
    if wish.ids is None:
        return tasks.ask_for_query(user, wish.action, wish.value, wish.query)
    return tasks.ask_for_works(user, wish.action, wish.value, wish.ids)


def _own(request: HttpRequest, pk: int) -> BulkTask:
    return get_object_or_404(BulkTask, pk=pk, user=request.user)


def _done(request: HttpRequest, row: BulkTask) -> HttpResponse:
    """Say what was done on the page that the form came from; show the progress of what takes longer."""
    page = reverse("culling:task", args=[row.pk])
    if not row.is_finished:
        return SeeOther(page)
    can_undo = row.undoes_id is None and row.changed
    messages.success(request, answer_of(request.user, row), extra_tags=f"bulktask-{row.pk}" if can_undo else "")
    return after_form(request, page)


def _told(user: User, row: BulkTask) -> JsonResponse:
    can_undo = row.undoes_id is None and (row.changed or not row.is_finished)
    told = {
        "task": row.pk,
        "action": row.action,
        "is_undo": row.undoes_id is not None,
        "said": answer_of(user, row),
        "is_finished": row.is_finished,
        "changed": row.changed,
        "works": row.ids if row.undoes_id is None else row.undoes.ids,
        "address": reverse("culling:task", args=[row.pk]),
        "undo": reverse("culling:undo_act", args=[row.pk]) if can_undo else None,
    }
    return JsonResponse(told, headers={"Cache-Control": "private, no-store"})
