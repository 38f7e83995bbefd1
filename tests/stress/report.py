"""What was measured, kept as JSON in var/bench/, and its sections of docs/benchmarks.md."""

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg

from tests.stress.rounds import Samples, Spread, ratio_of, spread_of

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "var" / "bench"
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- {name}: written by its command -->", "<!-- {name}: end -->"
NOTHING = "–"

Result = dict[str, Any]


def save(name: str, measured: Result, *, url: str, command: str) -> Result:
    """Keep a result with what it was measured on; return it."""
    with psycopg.connect(url) as connection:
        version = connection.execute("SHOW server_version").fetchone()[0].split()[0]
    memory = psutil.virtual_memory().total / 2**30
    result = {
        **measured,
        "command": command,
        "machine": f"{os.cpu_count()} cores, {memory:.0f} GiB, PostgreSQL {version}",
        "load": f"{os.getloadavg()[0]:.1f}",
        "commit": commit(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    path(name).write_text(json.dumps(result, indent=1))
    return result


def commit() -> str:
    """Return the commit that was measured; `+` for changes on top of it."""
    command = ("git", "describe", "--always", "--dirty=+", "--exclude=*")
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()


def path(name: str) -> Path:
    """Return the file of a result."""
    return RESULTS / f"{name}.json"


def saved(name: str) -> Result | None:
    """Return the last result; None if there is none."""
    return json.loads(path(name).read_text()) if path(name).exists() else None


def write(name: str, result: Result, section: Callable[[Result], str]) -> None:
    """Replace a section of docs/benchmarks.md by a new result; a new section goes before the first that is by hand."""
    day = datetime.fromisoformat(result["at"]).strftime("%-d %B %Y")
    foot = f"{result['machine']}; {day}, commit {result['commit']}, load average at the end {result['load']}."
    begin, end = BEGIN.format(name=name), END.format(name=name)
    title, _, body = section(result).strip().partition("\n")
    new = f"{begin}\n## {title}\n\n    {result['command']}\n\n{body.strip()}\n\n{foot}\n{end}\n"
    page = PAGE.read_text()
    if begin in page:
        before, _, rest = page.partition(begin)
        page = before + new + rest.partition(f"{end}\n")[2]
    else:
        page = f"{page.rstrip()}\n\n{new}"
    PAGE.write_text(page)


# --- Words and tables


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; all columns but the first are aligned to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def milliseconds(samples: Samples) -> str:
    """Return the median with its quartiles, and how many rounds where few; or why there is none."""
    spread = spread_of(samples.taken)
    if spread is None:
        return samples.note or NOTHING
    few = f", {spread.count} rounds" if spread.count < 10 else ""
    low, middle, high = (number(second * 1000) for second in (spread.low, spread.median, spread.high))
    return f"{middle} ms ({low}–{high}{few})"


def times(samples: Samples, base: Samples) -> str:
    """Return how many times `base` the samples take: the median of the rounds' ratios, with its quartiles."""
    return spread_text(ratio_of(samples, base))


def spread_text(spread: Spread | None) -> str:
    """Return a ratio with its quartiles."""
    if spread is None:
        return NOTHING
    return f"{number(spread.median)} ({number(spread.low)}–{number(spread.high)})"


def number(value: float) -> str:
    """Return a number with about three digits that count."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


# --- Samples to JSON and back


def packed(samples: dict[str, Samples]) -> Result:
    """Return samples as JSON takes them."""
    return {name: asdict(some) for name, some in samples.items()}


def unpacked(result: Result) -> dict[str, Samples]:
    """Return samples from JSON."""
    return {name: Samples(**some) for name, some in result.items()}
