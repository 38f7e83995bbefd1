"""The page Create: its form, and below it what was asked for last. Plain forms; script swaps what has changed."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid5

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST

from content.models import ContentItem
from generation import jobs, quotas, workflows
from generation.models import GenerationJob
from generation.pages.begun_forms import BegunForm, begun_form, sent_form
from generation.pages.form_requests import requests_of
from generation.pages.forms import CreateForm
from generation.pages.job_cards import JobCard, cards_of, for_cards, poll_interval
from genonaut.http.redirects import SeeOther, fragment_to_sign_in, to_sign_in

# Characters of an address inside the one of the sign-in page: Django redirects to 16,384 at most.
LONGEST_ADDRESS = 16_000
TOO_LONG = "This is too long to be kept while you sign in: copy it, sign in, and paste it again."
GONE = {
    "parent": "The work that this begins with is not there any more.",
    "image": "The work whose picture this begins with is not there any more, or has no file.",
}
# In the address that a form is posted to: it asks for no jobs, only for the fields of another workflow.
FIELDS = "fields"
# Jobs below the form.
MOST_LAST = 64


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def create(request: HttpRequest) -> HttpResponse:
    """Show the form; once it is sent ask for its jobs and show them, or show the fields of its workflow."""
    if request.method != "POST" or FIELDS in request.GET:
        return render(request, "generation/create.html", _page(request, begun_form(request)))
    begun = sent_form(request)
    asked, status = _asked(request, begun.form)
    if asked:
        return SeeOther(address_of(asked))
    if not request.user.is_authenticated and status == 200:
        return to_sign_in(_typed_address(request.POST))
    response = render(request, "generation/create.html", _page(request, begun), status=status)
    return _with_retry(response, begun.form)


@require_POST
@cache_control(private=True, no_store=True)
def create_fragment(request: HttpRequest) -> HttpResponse:
    """Ask for the form's jobs, and answer with the form and the jobs; 200 as well if something is wrong with it."""
    begun = sent_form(request)
    asked, status = _asked(request, begun.form)
    if not request.user.is_authenticated and status == 200:
        return fragment_to_sign_in(_typed_address(request.POST))
    if asked:
        begun = sent_form(request, has_new_key=True)
    return render(request, "generation/created.html", {**_page(request, begun), "is_fragment": True})


@require_POST
@cache_control(private=True, no_store=True)
def fields_fragment(request: HttpRequest) -> HttpResponse:
    """Show the form again with the fields of another workflow, and with what was typed."""
    return render(request, "generation/_form.html", _page(request, begun_form(request), has_results=False))


def address_of(asked: list[GenerationJob]) -> str:
    """Return the address of what was asked for: of a batch, or of a single job."""
    first = asked[0]
    if first.batch is None:
        return reverse("generation:job", args=[first.pk])
    return reverse("generation:batch", args=[first.batch])


def _asked(request: HttpRequest, form: CreateForm) -> tuple[list[GenerationJob], int]:
    """Return the jobs that a sent form asks for, and the status of a page that shows it again.

    An anonymous user asks for nothing: 200 then means that the form may be kept while they sign in.
    """
    if not request.user.is_authenticated:
        if len(quote(_typed_address(request.POST))) <= LONGEST_ADDRESS:
            return [], 200
        form.add_error(None, TOO_LONG)
    elif form.is_valid():
        try:
            return _ask(request, form), 200
        except workflows.InputError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        except quotas.QuotaError as error:
            form.retry_seconds = error.seconds
            form.add_error(None, f"{error.message} Try again in {_wait_text(error.seconds)}.")
            return [], 429
    return [], 400


def _ask(request: HttpRequest, form: CreateForm) -> list[GenerationJob]:
    """Ask for what a valid form asks for. Raises InputError and QuotaError."""
    parent = _source(request, form, "parent")
    image = _source(request, form, "image")
    requests = requests_of(form, parent=parent or image, image=image)
    key = form.cleaned_data["key"]
    try:
        return jobs.ask(request.user, requests, idempotency_key=str(key) if key else None)
    except jobs.KeyReusedError:
        # Back, and something else was typed: another form, which may be sent twice as well.
        return jobs.ask(request.user, requests, idempotency_key=str(uuid5(key, _typed_address(request.POST))))


def _source(request: HttpRequest, form: CreateForm, name: str) -> ContentItem | None:
    """Return a work that the form is made from. Raises InputError if the user sees none that will do."""
    pk = form.cleaned_data[name]
    if pk is None:
        return None
    works = ContentItem.objects.visible_to(request.user).only("title")
    if name == "image":
        works = works.filter(media_file__isnull=False)
    item = works.filter(pk=pk).first()
    if item is None:
        raise workflows.InputError(name, GONE[name])
    return item


def _page(request: HttpRequest, begun: BegunForm, *, has_results: bool = True) -> Mapping[str, Any]:
    """Return the page's context: the form, the works that it is made from, and the jobs that were asked for last."""
    begun.form.focus_first_error()
    cards = last_cards(request) if has_results else []
    batch = cards[0].job.batch if cards else None
    return {**begun._asdict(), "cards": cards, "batch": batch, "poll_interval": poll_interval(cards)}


def last_cards(request: HttpRequest) -> list[JobCard]:
    """Return the jobs that the user asked for last: all variants of one request. Two queries beside the cards' own."""
    if not request.user.is_authenticated:
        return []
    own = GenerationJob.objects.filter(user=request.user, is_automatic=False)
    last = own.order_by("-created_at", "-pk").values("pk", "batch").first()
    if last is None:
        return []
    same = own.filter(pk=last["pk"]) if last["batch"] is None else own.filter(batch=last["batch"])
    return cards_of(for_cards(same).order_by("number", "pk")[:MOST_LAST], request.user)


def _typed_address(sent: QueryDict) -> str:
    """Return the address of the form with what was typed."""
    names = [name for name in sent if name not in ("csrfmiddlewaretoken", "key") and sent[name] != ""]
    return f"{reverse('generation:create')}?{urlencode([(name, sent[name]) for name in names])}"


def _wait_text(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return f"{seconds} seconds" if seconds < 60 else f"{minutes} minute{'' if minutes == 1 else 's'}"


def _with_retry(response: HttpResponse, form: CreateForm) -> HttpResponse:
    seconds = getattr(form, "retry_seconds", None)
    if seconds is not None:
        response.headers["Retry-After"] = str(seconds)
    return response
