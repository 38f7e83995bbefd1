"""The query string of a page for people: what the page does not read is dropped before an address is made of it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase

from genonaut import flags
from genonaut.pagination.lenient import LeftOut, own_parameters, own_query, read_leniently
from genonaut.pagination.listing import Listing

View = Callable[..., HttpResponseBase]
SomeListing = TypeVar("SomeListing", bound=Listing)


def keep(request: HttpRequest, query: QueryDict) -> None:
    """Reduce a request to these parameters: its links, ETag, sign-in and error pages are made of them."""
    request.GET = query
    request.META["QUERY_STRING"] = query.urlencode()


def read_list(
    request: HttpRequest,
    kind: type[SomeListing],
    **options: Any,  # noqa: ANN401 - the listing's
) -> tuple[SomeListing, list[LeftOut]]:
    """Return the list that a request asks for, and what of it the list does not understand.

    The request keeps the parameters that were understood. Raises InvalidParametersError.
    """
    keep(request, own_query(kind, request.GET, ()))
    listing, left_out = read_leniently(kind, request.user, request.GET, carried={}, **flags.paging(), **options)
    keep(request, listing.query)
    return listing, left_out


def reads_only(*names: str) -> Callable[[View], View]:
    """Return a decorator for a view that reads these parameters alone; others are passed over."""

    def decorate(view: View) -> View:
        @wraps(view)
        def decorated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - of the route
            keep(request, own_parameters(request.GET, names))
            return view(request, *args, **kwargs)

        return decorated

    return decorate
