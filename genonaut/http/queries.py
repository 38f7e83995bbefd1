"""The query string of a page for people: what the page does not read is dropped before an address is made of it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase

from genonaut.pagination.lenient import own_parameters

View = Callable[..., HttpResponseBase]


def keep(request: HttpRequest, query: QueryDict) -> None:
    """Reduce a request to these parameters: its links, ETag, sign-in and error pages are made of them."""
    request.GET = query
    request.META["QUERY_STRING"] = query.urlencode()


def reads_only(*names: str) -> Callable[[View], View]:
    """Return a decorator for a view that reads these parameters alone; others are passed over."""

    def decorate(view: View) -> View:
        @wraps(view)
        def decorated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - of the route
            keep(request, own_parameters(request.GET, names))
            return view(request, *args, **kwargs)

        return decorated

    return decorate
