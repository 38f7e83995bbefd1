"""The processor time of a site and of the database's processes that serve it, which hardly depends on other load."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import psutil
import psycopg

from tests.stress.databases import name_in
from tests.stress.rounds import Samples
from tests.stress.servers import Reply, Server

# It is counted in hundredths of a second.
REQUESTS = 40
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"


@dataclass(frozen=True)
class Site:
    """A server and the database that it reads, on a machine that runs both."""

    server: Server
    url: str

    def seconds_of(self, ask: Callable[[], Reply], times: int) -> float:
        """Ask so many times; return the processor seconds of one, of the site and of its database connections."""
        with psycopg.connect(self.url) as database:
            pids = [pid for (pid,) in database.execute(BACKENDS, [name_in(self.url)])]
            before = self._spent(pids)
            for _ in range(times):
                ask()
            return (self._spent(pids) - before) / times

    def _spent(self, pids: list[int]) -> float:
        backends = 0.0
        for pid in pids:
            # One that went away did nothing in these seconds: those in use stay.
            with suppress(psutil.NoSuchProcess):
                backends += sum(psutil.Process(pid).cpu_times()[:2])
        return self.server.cpu_seconds() + backends


def processor_times(
    cells: Mapping[str, tuple[Site, Callable[[], Reply]]], *, rounds: int, times: int = REQUESTS
) -> dict[str, Samples]:
    """Return the processor seconds of a request of each cell by round; cells take turns."""
    samples = {name: Samples() for name in cells}
    for number in range(rounds):
        for name in list(cells)[:: 1 if number % 2 else -1]:
            site, ask = cells[name]
            samples[name].seconds.append(site.seconds_of(ask, times))
    return samples
