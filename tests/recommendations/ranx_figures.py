"""Prints what ranx makes of ranked lists that it reads as JSON: a process of its own, since it compiles itself."""

import json
import sys

from ranx import Qrels, Run, evaluate

NAMES = ["hit_rate@20", "ndcg@20"]


def main() -> None:
    """Read {"ranked": {user: [work, ...]}, "relevant": {user: [work, ...]}}, print the two figures."""
    lists = json.load(sys.stdin)
    relevant = Qrels({user: dict.fromkeys(works, 1) for user, works in lists["relevant"].items()})
    ranked = Run({user: {w: -float(n) for n, w in enumerate(works)} for user, works in lists["ranked"].items()})
    found = evaluate(relevant, ranked, NAMES, make_comparable=True)
    print(json.dumps([float(found[name]) for name in NAMES]))


if __name__ == "__main__":
    main()
