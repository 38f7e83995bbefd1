"""The table of a rehearsal, which goes into docs/failover.md."""

from collections.abc import Iterable

from tests.chaos import rejoining
from tests.chaos.rehearsal import Outcome

HEAD = (
    "| what happens | failed answers | longest wait | no good answer for | promotion after | "
    "then a page / a write after | acknowledged writes lost | rejoined by | counts, ETags |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def table(outcomes: Iterable[Outcome]) -> str:
    """Return the table of some scenes."""
    return "\n".join([HEAD, *map(row, outcomes)])


def row(outcome: Outcome) -> str:
    """Return the row of a scene."""
    cells = (
        outcome.scene,
        _failed(outcome),
        f"{outcome.longest:.1f} s",
        f"{outcome.away:.1f} s",
        _seconds(None if outcome.promotion is None else outcome.promotion.at - outcome.began_at),
        f"{_seconds(outcome.after_promotion(is_write=False))} / {_seconds(outcome.after_promotion(is_write=True))}",
        f"{outcome.lost} of {outcome.acknowledged}",
        rejoining.told(outcome.repaired),
        "right" if outcome.is_right else "WRONG",
    )
    return f"| {' | '.join(cells)} |"


def _failed(outcome: Outcome) -> str:
    statuses = ", ".join(f"{count} x {status or 'none'}" for status, count in sorted(outcome.failed.items()))
    return f"{outcome.failed.total()} of {len(outcome.asked)}" + (f" ({statuses})" if statuses else "")


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.1f} s"
