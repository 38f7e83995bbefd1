"""Reporting over HTTP: one plain form for works, comments and accounts."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from genonaut.http.limits import TooManyTriesError
from genonaut.http.queries import reads_only
from genonaut.http.redirects import SeeOther, to_sign_in
from moderation import reporting
from moderation.forms import ReportForm
from moderation.models import Kind
from moderation.reporting import Thing, UnknownThingError

THANKS = "Thank you. A moderator will look at it."
ONCE = "You reported this already. A moderator will look at it."


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
@reads_only()
def report(request: HttpRequest, kind: Kind, pk: int) -> HttpResponse:
    """Ask what is wrong with a thing; once it is sent, keep it for the moderators."""
    if not request.user.is_authenticated:
        return to_sign_in(request.path)
    try:
        thing = reporting.thing_of(kind, pk, request.user)
    except UnknownThingError as error:
        raise Http404 from error
    form = ReportForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = _sent(request, thing, form)
        if status == 303:
            return SeeOther(thing.address)
    context = {"form": form, "thing": thing, "is_reported": reporting.is_reported(request.user, thing)}
    return render(request, "moderation/report.html", context, status=status)


def _sent(request: HttpRequest, thing: Thing, form: ReportForm) -> int:
    """Keep what a form says; return the status of the answer."""
    if not form.is_valid():
        return 400
    try:
        is_first = reporting.report(request.user, thing, **form.cleaned_data)
    except TooManyTriesError as error:
        form.add_error(None, str(error))
        return 429
    messages.success(request, THANKS if is_first else ONCE)
    return 303
