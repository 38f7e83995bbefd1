"""Several ComfyUI servers: the least busy one takes an attempt, and the same one is asked about it later."""

from collections.abc import Mapping, Sequence

from generation.backends import AwayError, Order
from generation.backends.comfyui.backend import ComfyUIBackend, Limits
from generation.backends.comfyui.connection import AWAY
from generation.backends.comfyui.graphs import checked, without


class ComfyUIServers:
    """The servers of COMFYUI_URLS."""

    def __init__(self, urls: Sequence[str], limits: Limits | None = None) -> None:
        """Prepare a backend for each URL. Raises ValueError for a wrong one."""
        backends = (ComfyUIBackend(url, limits) for url in urls)
        self._backends: Mapping[str, ComfyUIBackend] = {backend.name: backend for backend in backends}

    def choose(self, order: Order) -> ComfyUIBackend:
        """Return the server with the shortest queue among those that have the order's models.

        If none has them, the one of those that have all but the choices that the job leaves to its server; if none
        has, the least busy one, which will say what is missing. Its `name` is to be stored with the
        attempt before the order is sent. Raises AwayError if no server can be reached, RefusedError if the order
        has no graph.
        """
        graph = checked(order.graph)
        reached = sorted(self._reached(), key=lambda each: each[0])
        for names in (graph, without(graph, order.choices_left)) if order.choices_left else (graph,):
            for _, backend in reached:
                if self._has_names(backend, names):
                    return backend
        if not reached:
            raise AwayError(AWAY)
        return reached[0][1]

    def named(self, name: str) -> ComfyUIBackend | None:
        """Return the server that took an attempt; None if it is no longer in COMFYUI_URLS."""
        return self._backends.get(name)

    def close(self) -> None:
        """Close all servers' connections."""
        for backend in self._backends.values():
            backend.close()

    def _reached(self) -> list[tuple[int, ComfyUIBackend]]:
        """Ask each server for its queue, and leave out those that are away or run nothing."""
        reached = []
        for backend in self._backends.values():
            try:
                length = len(backend.queue())
            except AwayError:
                continue
            if not backend.is_dead:
                reached.append((length, backend))
        return reached

    @staticmethod
    def _has_names(backend: ComfyUIBackend, graph: Mapping[str, Mapping]) -> bool:
        try:
            return not backend.missing_names(graph)
        except AwayError:
            return False
