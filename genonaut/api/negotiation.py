"""Which renderer a client gets: the one that it likes best, by the q-values of Accept (RFC 9110, 12.5.1)."""

import re
from collections.abc import Sequence

from django.http.request import MediaType
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from genonaut.http.media_types import media_ranges

PARAMETER = re.compile(r"[\w-]+=[\w.-]*", re.ASCII)


def quality(media_range: MediaType) -> float:
    """Return q, 0 to 1; 1 where it is not given, or is no such number."""
    return media_range.quality if 0 <= media_range.quality <= 1 else 1.0


class QualityNegotiation(DefaultContentNegotiation):
    """DRF's, which knows what is more specific but not what is liked better, or not at all (q=0)."""

    def select_renderer(
        self, request: Request, renderers: Sequence[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the renderer and its media type with the client's parameters. Raises NotAcceptable and Http404.

        Between renderers that are liked as much, the more specific range decides, then the order of the view.
        """
        wished = format_suffix or request.query_params.get(self.settings.URL_FORMAT_OVERRIDE)
        candidates = self.filter_renderers(renderers, wished) if wished else renderers
        ranges = media_ranges(self.get_accept_list(request))
        acceptable = acceptable_renderers(ranges, candidates)
        if not acceptable:
            raise NotAcceptable(available_renderers=renderers)
        best, renderer = max(acceptable, key=lambda pair: (quality(pair[0]), pair[0].specificity))
        # Those alone that can be read again as they are written.
        pairs = (f"{name}={value}" for name, value in best.range_params.items())
        parameters = (pair for pair in pairs if PARAMETER.fullmatch(pair))
        return renderer, "; ".join((renderer.media_type, *parameters))


def acceptable_renderers(
    ranges: Sequence[MediaType], renderers: Sequence[BaseRenderer]
) -> list[tuple[MediaType, BaseRenderer]]:
    """Return the renderers that a client accepts, each behind the range that counts for it."""
    rated = [(best_range(ranges, renderer), renderer) for renderer in renderers]
    return [(best, renderer) for best, renderer in rated if best is not None and quality(best) > 0]


def best_range(ranges: Sequence[MediaType], renderer: BaseRenderer) -> MediaType | None:
    """Return the most specific range that a renderer falls into, whose q is the one that counts; None if in none."""
    main_type, _, sub_type = renderer.media_type.partition("/")
    matching = [each for each in ranges if each.main_type in ("*", main_type) and each.sub_type in ("*", sub_type)]
    return max(matching, key=lambda each: each.specificity, default=None)
