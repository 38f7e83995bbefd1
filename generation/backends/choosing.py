"""Chooses the backend of an order: the built-in renderer without a graph, the least busy ComfyUI with one."""

from threading import Lock, local

from django.conf import settings

from generation.backends import Backend, Order, RefusedError
from generation.backends.builtin import BuiltinBackend
from generation.backends.comfyui.servers import ComfyUIServers

NO_SERVER = "No ComfyUI server is set up on this site, so workflows cannot run."


class Backends:
    """The backends of one worker process. Its threads share the built-in renderer; servers are each thread's own."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._builtin: BuiltinBackend | None = None
        self._of_thread = local()

    def choose(self, order: Order) -> Backend:
        """Return the backend that is to take an order.

        Raises RefusedError if there is none for it, AwayError if none can be reached.
        """
        if order.graph is None:
            return self._renderer()
        if not settings.COMFYUI_URLS:
            raise RefusedError(NO_SERVER)
        return self._servers().choose(order)

    def _renderer(self) -> BuiltinBackend:
        with self._lock:
            if self._builtin is None:
                self._builtin = BuiltinBackend(max(1, settings.GENERATION_WORKERS))
            return self._builtin

    def _servers(self) -> ComfyUIServers:
        if not hasattr(self._of_thread, "servers"):
            self._of_thread.servers = ComfyUIServers(settings.COMFYUI_URLS)
        return self._of_thread.servers

    def close(self) -> None:
        """End the drawings of this process."""
        with self._lock:
            if self._builtin is not None:
                self._builtin.close()
                self._builtin = None


BACKENDS = Backends()
