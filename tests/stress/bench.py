"""Runs all measurements at one size and writes docs/benchmarks.md, as `make bench` does.

    .venv/bin/python -m tests.stress.bench --rows 10000000

Each is a process of its own, and its section is written when it is done. Interrupted or failed, what is done stays
done: run again with the same --rows, it goes on. Databases are kept.
"""

import json
import sys
from argparse import ArgumentParser
from importlib.util import find_spec
from time import monotonic

from tests.stress import report
from tests.stress.databases import INTERRUPTED, run_to_its_end

DEFAULT_ROWS = 10_000_000
# The largest sizes first: what matters most is there even if the rest is not waited for.
STEPS = ("depth", "rows", "serving", "cold", "anchors", "rebuild", "database_time", "writes", "browser", "scrubbing")
# The one prints its own table, the other draws what was measured.
WITHOUT_ROWS = ("serving_cpu", "plots")
STATE = report.RESULTS / "run.json"


def done_before(rows_asked: int) -> list[str]:
    """Return the steps that an interrupted run of this size has done."""
    if not STATE.exists():
        return []
    state = json.loads(STATE.read_text())
    return state["done"] if state["rows"] == rows_asked else []


def note(rows_asked: int, done: list[str]) -> None:
    """Note what is done."""
    STATE.parent.mkdir(parents=True, exist_ok=True)
    STATE.write_text(json.dumps({"rows": rows_asked, "done": done}))


def run(step: str, rows_asked: int) -> int:
    """Run a step; return its exit code."""
    begin = monotonic()
    print(f"\n--- {step}", flush=True)
    arguments = [] if step in WITHOUT_ROWS else ["--rows", str(rows_asked), "--write"]
    code = run_to_its_end([sys.executable, "-m", f"tests.stress.{step}", *arguments])
    print(f"--- {step}: {monotonic() - begin:.0f} s" + (f", FAILED ({code})" if code else ""), flush=True)
    return code


def main() -> None:
    """Run what is not done yet. Exits with 1 if anything failed, with 130 if it was interrupted."""
    parser = ArgumentParser(prog="python -m tests.stress.bench", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=DEFAULT_ROWS, help=f"items (default: {DEFAULT_ROWS:,})")
    rows_asked = parser.parse_args().rows
    done, failed = done_before(rows_asked), []
    if done:
        print(f"Going on after: {', '.join(done)}. To begin anew, remove var/bench/{STATE.name}.")
    present = [step for step in (*STEPS, *WITHOUT_ROWS) if find_spec(f"tests.stress.{step}")]
    for step in [step for step in present if step not in done]:
        code = run(step, rows_asked)
        if code == INTERRUPTED:
            sys.exit(INTERRUPTED)
        if code:
            failed.append(step)
        else:
            done.append(step)
            note(rows_asked, done)
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}. Run again, it goes on with them.")
    STATE.unlink()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
