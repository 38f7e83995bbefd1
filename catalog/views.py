"""The pages of tags, creators and models, and the names that complete what is being typed."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.completion import KINDS, completing
from catalog.counting import settle
from catalog.listings import CatalogListing, CreatorListing, ModelListing, TagListing
from catalog.names import Names
from genonaut import flags
from genonaut.http import queries
from genonaut.http.conditional import answer_page
from genonaut.pagination.lenient import own_parameters, own_query, read_leniently
from genonaut.pagination.page import Page
from users.levels import shown_level


@require_safe
def tags(request: HttpRequest) -> HttpResponseBase:
    """Show one page of the tags of public works."""
    return _shown(request, TagListing, title="Tags", nouns="tag,tags", label="Tags with words that begin with")


@require_safe
def creators(request: HttpRequest) -> HttpResponseBase:
    """Show one page of the creators of public works."""
    return _shown(
        request, CreatorListing, title="Creators", nouns="creator,creators", label="Creators whose names begin with"
    )


@require_safe
def models(request: HttpRequest) -> HttpResponseBase:
    """Show one page of the models and LoRAs that public works were made with."""
    return _shown(
        request, ModelListing, title="Models and LoRAs", nouns="model,models", label="Models whose names begin with"
    )


@require_safe
def names(request: HttpRequest) -> HttpResponse:
    """Show the names that complete what is being typed, `q`, as options: tags, creators, models and LoRAs, or
    those `of` one kind. Two queries, and for a member who asks."""
    queries.keep(request, own_parameters(request.GET, ("q", "of")))
    settle()
    of = request.GET.get("of")
    found = completing(request.GET.get("q", ""), [of] if of in KINDS else list(KINDS), shown_level(request.user))
    return render(request, "catalog/options.html", found)


def _shown(request: HttpRequest, of: type[CatalogListing], *, title: str, nouns: str, label: str) -> HttpResponseBase:
    kind = of.shown_to(request.user)
    queries.keep(request, own_query(kind, request.GET, ()))
    settle()
    listing, left_out = read_leniently(kind, request.user, request.GET, carried={}, **flags.paging())
    queries.keep(request, listing.query)
    by_name = next(sort for sort in kind.sorts if sort != "works")
    shown = Names(listing, title, nouns, label, by_name, tuple(left_out))

    def respond(page: Page) -> HttpResponse:
        return render(request, "catalog/names.html", {"names": shown, "listing": listing, "page": page})

    return answer_page(request, listing, respond, variant=str(shown.left_out))
