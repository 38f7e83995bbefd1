"""What the members of tests/stress/deeds.py do, at a steady rate, while they are told to."""

import random
import sys
from collections.abc import Callable
from threading import Event, Lock, Thread
from time import perf_counter, sleep

from content.models import ContentItem
from interactions.likes import set_mark
from interactions.models import Kind
from interactions.rating import rate
from interactions.viewing import record_share, record_view
from users.models import User

MEMBERS = 40
# Who acts at the same time: each waits for the database most of the time.
THREADS = 12
WORKS = 2_000
# How often each is done, of a hundred.
DEEDS: dict[Callable[[User, int], object], int] = {
    record_view: 60,
    lambda user, work: set_mark(user, work, Kind.LIKE, is_on=random.random() < 0.8): 25,
    lambda user, work: set_mark(user, work, Kind.BOOKMARK, is_on=True): 5,
    lambda user, work: rate(user, work, random.randint(1, 5)): 5,
    record_share: 5,
}


class Count:
    """How many deeds are done."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.done = 0

    def add(self) -> None:
        """Count one more."""
        with self.lock:
            self.done += 1


def do_deeds(a_second: float) -> None:
    """Do so many deeds a second between the lines "go" and "stop" of the standard input, and say how many are done."""
    users = [User.objects.create_user(f"measuring-member-{number}") for number in range(MEMBERS)]
    works = list(ContentItem.objects.filter(is_private=False).order_by("?").values_list("pk", flat=True)[:WORKS])
    going, count = Event(), Count()
    for number in range(THREADS):
        own = users[number::THREADS]
        Thread(target=act, args=(own, works, a_second / THREADS, going, count), daemon=True).start()
    print("ready", flush=True)
    for line in sys.stdin:
        (going.set if line == "go\n" else going.clear)()
        print(count.done, flush=True)


def act(users: list[User], works: list[int], a_second: float, going: Event, count: Count) -> None:
    """Do one deed after another, never ahead of the rate."""
    deeds, weights = list(DEEDS), list(DEEDS.values())
    while going.wait():
        due = perf_counter()
        while going.is_set():
            random.choices(deeds, weights)[0](random.choice(users), random.choice(works))
            count.add()
            due += 1 / a_second
            sleep(max(0.0, due - perf_counter()))
