"""What a rehearsal of failures calculates, and whether its recipe is whole. `make chaos` is the rehearsal itself."""

import re
import subprocess
import sys
from argparse import Namespace
from collections import Counter
from pathlib import Path

import pytest
import yaml

from genonaut.postgres.programs import Account
from tests.chaos import network, programs, site
from tests.chaos.__main__ import MAY_LOSE, chosen, is_bad
from tests.chaos.clients import Answer
from tests.chaos.cluster import Node
from tests.chaos.rehearsal import Outcome
from tests.chaos.report import row
from tests.chaos.scenes import SCENES
from tests.chaos.watching import Promotion

NODE = Node("node2", Path("/nodes/node2"), Account("postgres", 1, 1))


def outcome(scene: str = "switchover", **facts: object) -> Outcome:
    """Return an outcome: a scene begins at 10, two answers fail, a node is promoted at 13."""
    answers = [
        Answer(8, 9, 200),
        Answer(10, 11, 503),
        Answer(11, 13.5, 503, is_write=True),
        Answer(12, 14, 200),
        Answer(13, 15.5, 201, is_write=True),
        Answer(15, 16, 404),
        Answer(16, 17, 304),
    ]
    return Outcome(scene, answers, began_at=10, promotion=Promotion(13, "node2"), acknowledged=5, **facts)


def test_an_outcome_tells_what_clients_saw_after_the_scene_began() -> None:
    seen = outcome()
    assert (len(seen.asked), seen.failed) == (6, {503: 2, 404: 1, 304: 1})
    assert (seen.longest, seen.away) == (2.5, 4)
    assert (seen.after_promotion(is_write=False), seen.after_promotion(is_write=True)) == (1, 2.5)


def test_a_row_tells_it_in_the_order_of_the_table() -> None:
    says = "| switchover | 4 of 6 (1 x 304, 1 x 404, 2 x 503) | 2.5 s | 4.0 s | 3.0 s | 1.0 s / 2.5 s | 0 of 5 |"
    assert row(outcome()) == f"{says} itself | right |"
    assert row(outcome(repaired=Counter({"pg_rewind": 12, "a new copy": 1}))) == (
        f"{says} a new copy, 12 x pg_rewind | right |"
    )


def test_a_scene_without_a_promotion_has_no_times_of_one() -> None:
    quiet = outcome()
    quiet.promotion = None
    assert " | - | - / - | " in row(quiet)


@pytest.mark.parametrize(
    ("scene", "facts", "synchronous", "bad"),
    [
        ("switchover", {}, False, False),
        ("switchover", {"lost": 1}, False, True),
        (MAY_LOSE, {"lost": 1}, False, False),
        (MAY_LOSE, {"lost": 1}, True, True),
        ("switchover", {"stale": 1}, False, True),
        ("switchover", {"complaints": ["a count is wrong"]}, False, True),
    ],
)
def test_what_must_not_be_fails_the_rehearsal(scene: str, facts: dict, *, synchronous: bool, bad: bool) -> None:
    assert is_bad(outcome(scene, **facts), synchronous=synchronous) is bad
    assert MAY_LOSE in SCENES


def test_kills_come_after_the_scenes_that_are_named_and_no_others() -> None:
    assert list(chosen(Namespace(kills=100, only=None, times=1))) == ["100 kills in a row"]
    assert list(chosen(Namespace(kills=2, only=["network cut"], times=1))) == ["network cut", "2 kills in a row"]
    twice = chosen(Namespace(kills=0, only=["network cut"], times=2))
    assert list(twice) == ["network cut", "network cut, time 2"]
    assert chosen(Namespace(kills=0, only=None, times=1)) == SCENES


@pytest.mark.parametrize(
    ("example", "given"), [("node.env.example", NODE.settings()), ("etcd.env.example", NODE.etcd_settings())]
)
def test_the_rehearsal_sets_what_the_recipe_says_is_set_on_each_node(example: str, given: dict[str, str]) -> None:
    assert set(re.findall("^([A-Z0-9_]+)=", (programs.RECIPE / example).read_text(), re.M)) == set(given)


def test_a_leader_gives_up_before_it_is_replaced() -> None:
    """Patroni's own rule, without which it sets other times than the recipe says."""
    dcs = yaml.safe_load((programs.RECIPE / "patroni.yml").read_text())["bootstrap"]["dcs"]
    assert dcs["loop_wait"] + 2 * dcs["retry_timeout"] <= dcs["ttl"]


def test_the_proxy_knows_every_node_by_each_of_its_two_ports() -> None:
    proxy = (programs.RECIPE / "haproxy.cfg").read_text()
    assert (
        re.findall(r'server (\S+) "\$\{(\w+)\}:5432" check$', proxy, re.M)
        == [(name, name.upper()) for name in network.NODES] * 2
    )


ORPHAN = """
import os, sys
from pathlib import Path
from tests.chaos.reaping import reaped

def work():
    parent, ready, end, told = os.getppid(), *os.pipe(), os.pipe()
    if not os.fork():
        orphan = os.fork()
        if not orphan:
            os.read(told[0], 1)
            os._exit(0)
        os.write(end, b"%d" % orphan)
        os._exit(0)
    os.wait()
    orphan = int(os.read(ready, 20))
    after = Path(f"/proc/{orphan}/stat").read_text().rpartition(")")[2].split()
    print(int(after[1]) == parent, flush=True)
    os.write(told[1], b"1")
    while Path(f"/proc/{orphan}").exists():
        pass
    sys.exit(3)

reaped(work)
"""


def test_what_outlives_its_parent_is_reaped_by_the_rehearsal() -> None:
    done = subprocess.run([sys.executable, "-c", ORPHAN], cwd=programs.BASE, stdout=subprocess.PIPE, text=True)
    assert (done.stdout, done.returncode) == ("True\n", 3)


def test_the_site_takes_no_server_that_is_yet_to_be_promoted_for_the_leader() -> None:
    """Patroni calls a node the leader from when it has the lock on, a moment before its PostgreSQL takes writes."""
    assert "target_session_attrs=primary" in site.URL
    assert "@127.0.0.1:5000/genonaut?target_session_attrs=primary" in (programs.BASE / "docs/failover.md").read_text()
