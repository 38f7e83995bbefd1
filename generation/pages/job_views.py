"""The pages of jobs: my jobs, a batch, one job, its preview; what is done with them, by plain forms and fragments."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from generation import jobs, quotas, retries
from generation.models import Attempt, GenerationJob, Status
from generation.pages.job_actions import ACTIONS, DoneAction
from generation.pages.job_cards import POLL_RUNNING, JobCard, cards_of, for_cards, poll_interval
from generation.pages.job_pages import JobPagesListing, job_page
from generation.pages.prefilling import id_in
from generation.retries import Retried
from genonaut import flags
from genonaut.http import queries
from genonaut.http.queries import reads_only
from genonaut.http.redirects import SeeOther, after_form, fragment_to_sign_in, to_sign_in
from genonaut.pagination.lenient import own_query, read_leniently
from users.querysets import is_staff

# Ids in one address: as many as a page of the list has.
MOST_ASKED = 500
# Jobs that the page of a batch shows.
MOST_OF_BATCH = 200
TRIED_ALREADY = "This was asked for already. Here are the jobs as they are now."
# What a column of a place holds.
MOST_PLACE = 32_767
NEVER_KEPT = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
PREVIEW_TYPES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}


@require_safe
@cache_control(private=True, no_store=True)
def my_jobs(request: HttpRequest) -> HttpResponse:
    """Show one page of the user's own jobs."""
    if not request.user.is_authenticated:
        return to_sign_in(request.get_full_path())
    queries.keep(request, own_query(JobPagesListing, request.GET, ()))
    # All others see no jobs but their own.
    own = {"user": str(request.user.pk)} if is_staff(request.user) else None
    listing, left_out = read_leniently(
        JobPagesListing, request.user, request.GET, fixed=own, carried={}, **flags.paging()
    )
    queries.keep(request, listing.query)
    page = listing.page()
    cards = cards_of(page.items, request.user)
    context = {"listing": listing, "page": page, "names": {"left_out": left_out}, "cards": cards}
    context |= {"poll_interval": poll_interval(cards), "has_waiting": _waiting(request).exists()}
    return render(request, "generation/jobs.html", context)


@require_safe
@cache_control(private=True, no_store=True)
@reads_only()
def batch(request: HttpRequest, batch: UUID) -> HttpResponse:
    """Show all variants of one request."""
    if not request.user.is_authenticated:
        return to_sign_in(request.path)
    rows = GenerationJob.objects.visible_to(request.user).filter(batch=batch)
    cards = cards_of(for_cards(rows).order_by("number", "pk")[:MOST_OF_BATCH], request.user)
    if not cards:
        raise Http404
    context = {"cards": cards, "batch": batch, "poll_interval": poll_interval(cards), "first": cards[0].job}
    return render(request, "generation/batch.html", context)


@require_safe
@cache_control(private=True, no_store=True)
@reads_only("after")
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """Show all of one job; of many works those behind the place that the address names."""
    if not request.user.is_authenticated:
        return to_sign_in(request.path)
    found = get_object_or_404(seen_by(request).select_related("user", "parent"), pk=pk)
    [card] = cards_of([found], request.user)
    detail = job_page(card, request.user, place_in(request.GET.get("after", "")))
    context = {"card": card, "cards": [card], "job": found, "detail": detail}
    return render(request, "generation/job.html", {**context, "poll_interval": poll_interval([card])})


@require_safe
@cache_control(private=True, no_store=True)
@reads_only("open")
def progress(request: HttpRequest) -> HttpResponse:
    """Show again the cards of the jobs that a page calls open, and when the page is to ask again.

    Queries for their jobs, works and places in the queue, however many there are, beside who asks.
    """
    if not request.user.is_authenticated:
        return fragment_to_sign_in(reverse("generation:jobs"))
    asked = {id_in(text) for text in request.GET.getlist("open")} - {None}
    if len(asked) > MOST_ASKED:
        raise Http404
    cards = cards_of(for_cards(seen_by(request).filter(pk__in=asked)), request.user) if asked else []
    return _fragment(request, cards, asked, poll_interval(cards))


@require_safe
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the preview of a running job to its owner and to staff."""
    seen = GenerationJob.objects.visible_to(request.user).filter(pk=pk)
    frame = Attempt.objects.filter(job__in=seen, preview__isnull=False).values_list("preview", flat=True).first()
    kinds = [kind for start, kind in PREVIEW_TYPES.items() if bytes(frame or b"").startswith(start)]
    if not kinds:
        return HttpResponse(status=404, headers=NEVER_KEPT)
    return HttpResponse(bytes(frame), content_type=kinds[0], headers=NEVER_KEPT)


@require_POST
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Do something with a job by a plain form, and show the page again."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("generation:job", args=[pk]))
    done = _done(request, pk, action)
    messages.success(request, done.said) if done.is_done else messages.error(request, done.said)
    if done.is_gone:
        return after_form(request, reverse("generation:jobs"))
    if done.job.pk != pk:
        return SeeOther(reverse("generation:job", args=[done.job.pk]))
    return after_form(request, reverse("generation:job", args=[pk]))


@require_POST
@cache_control(private=True, no_store=True)
def act_fragment(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Do something with a job, and answer with its card; a job that is asked for again has a card before that."""
    if not request.user.is_authenticated:
        return fragment_to_sign_in(reverse("generation:job", args=[pk]))
    done = _done(request, pk, action)
    pks = {pk, done.job.pk}
    cards = cards_of(for_cards(seen_by(request).filter(pk__in=pks)).order_by("-pk"), request.user)
    context = {"cards": cards, "said": done.said, "pk": pk, "poll_interval": POLL_RUNNING}
    return render(request, "generation/acted.html", {**context, "is_fragment": True})


@require_POST
def cancel_waiting(request: HttpRequest) -> HttpResponse:
    """Cancel all jobs of the user that wait, or those of one batch."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("generation:jobs"))
    own = _waiting(request)
    if "batch" in request.POST:
        own = own.filter(batch=_uuid(request.POST["batch"]))
    count = jobs.cancel_many(own)
    messages.success(request, f"Cancelled {count:,} job{'' if count == 1 else 's'}.")
    return after_form(request, reverse("generation:jobs"))


@require_POST
def retry_failed(request: HttpRequest) -> HttpResponse:
    """Ask again for the user's failed jobs among those that a page shows, but for those that were tried again already
    and have not failed since."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("generation:jobs"))
    shown = {id_in(text) for text in request.POST.getlist("job")} - {None}
    if len(shown) > MOST_ASKED:
        raise Http404
    failed = GenerationJob.objects.filter(user=request.user, pk__in=shown, status=Status.FAILED)
    failed = list(failed.select_related("user", "workflow", "parent").order_by("pk"))
    try:
        retried = retries.retry_many(failed)
    except quotas.QuotaError as error:
        messages.error(request, str(error))
        return after_form(request, reverse("generation:jobs"))
    instead = retried.asked or retried.before
    said = retried_text(retried)
    messages.success(request, said) if instead else messages.error(request, said)
    batches = {job.batch for job in instead}
    if len(batches) == 1 and None not in batches:
        return SeeOther(reverse("generation:batch", args=[instead[0].batch]))
    return after_form(request, reverse("generation:jobs"))


def retried_text(retried: Retried) -> str:
    """Return how many jobs were asked for again, and how many whose workflows are offered no longer."""
    lost = f" {retried.withdrawn:,} cannot be: the workflow is offered no longer." if retried.withdrawn else ""
    if asked := len(retried.asked):
        return f"Asked again for {asked:,} job{'' if asked == 1 else 's'}.{lost}"
    return f"{TRIED_ALREADY if retried.before else ''}{lost}".strip() or "There is no failed job here to try again."


def seen_by(request: HttpRequest) -> QuerySet[GenerationJob]:
    """Return the jobs that the user sees: their own, and staff all."""
    return for_cards(GenerationJob.objects.visible_to(request.user))


def _waiting(request: HttpRequest) -> QuerySet[GenerationJob]:
    return GenerationJob.objects.filter(user=request.user, status=Status.PENDING)


def place_in(text: str) -> int | None:
    """Return the place among a job's works that a text is; None if it is none."""
    place = id_in(text)
    return place if place is not None and place <= MOST_PLACE else None


def _done(request: HttpRequest, pk: int, action: str) -> DoneAction:
    row = get_object_or_404(GenerationJob.objects.visible_to(request.user).select_related("workflow", "parent"), pk=pk)
    try:
        return ACTIONS[action](row, request.user)
    except (jobs.JobStateError, jobs.KeyReusedError, quotas.QuotaError) as error:
        return DoneAction(row, str(error), is_done=False)


def _fragment(request: HttpRequest, cards: list[JobCard], asked: set[int], interval: str) -> HttpResponse:
    gone = sorted(asked - {card.job.pk for card in cards})
    live = sum(card.is_live for card in cards)
    context: dict[str, Any] = {"cards": cards, "gone": gone, "live": live, "has_changed": live != len(asked)}
    return render(request, "generation/progress.html", {**context, "poll_interval": interval, "is_fragment": True})


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error
