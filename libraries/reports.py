"""What a scan did, counted, and the files that could not be read, each with its reason."""

from collections import Counter
from dataclasses import dataclass, field

# Reasons that are said; the others are counted, and kept with their files.
MOST_REASONS = 20


def printable(text: str) -> str:
    """Return a text on one line that any terminal can show: a path may hold whatever its system allows."""
    text = text.encode(errors="surrogateescape").decode(errors="backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


@dataclass
class Report:
    """Counts of one scan."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: list[str] = field(default_factory=list)
    is_offline: bool = False

    def refuse(self, path: str, reason: str, kind: str = "unreadable") -> None:
        """Count a file that could not be read, or is to be read later."""
        self.counts[kind] += 1
        if len(self.reasons) < MOST_REASONS:
            self.reasons.append(f"{printable(path)}: {reason}")

    @property
    def has_changes(self) -> bool:
        """Whether anything was written."""
        return any(
            self.counts[kind] for kind in ("new", "moved", "changed", "missing", "returned", "renewed", "unreadable")
        )

    def lines(self) -> list[str]:
        """Return the report as lines."""
        lines = list(self.reasons)
        refused = self.counts["unreadable"] + self.counts["unfinished"]
        if refused > len(lines):
            lines.append(f"... and {refused - len(lines):,} more; all are in: manage.py library status --unreadable")
        counts = ", ".join(
            f"{self.counts[kind]:,} {kind}" for kind in ("new", "moved", "changed", "unchanged", "missing")
        )
        counts += f"; {self.counts['works']:,} new works"
        for kind, said in (
            ("returned", "are back"),
            ("restored", "works came back from the trash with their files"),
            ("renewed", "read again with what changed beside them"),
            ("unreadable", "could not be read"),
            ("as_before", "could not be read before and are as they were"),
            ("unfinished", "are being written: the next scan reads them"),
            ("public", "are public works whose files were moved to a private library: hide them on the site"),
        ):
            if self.counts[kind]:
                counts += f"; {self.counts[kind]:,} {said}"
        return [*lines, counts]
