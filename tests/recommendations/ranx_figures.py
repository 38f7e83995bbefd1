"""What ranx makes of ranked lists: `pip install ranx==0.3.21`, `python -m tests.recommendations.ranx_figures`.

The suite holds our figures against FIGURES; it does not install ranx, which brings numba and pandas.
"""

import json
import random
from importlib import import_module

NAMES = ["hit_rate@20", "ndcg@20"]
# Of `lists()`, as ranx printed them.
FIGURES = (0.3, 0.051502023050297795)

Lists = tuple[dict[int, list[int]], dict[int, set[int]]]


def lists() -> Lists:
    """Return ranked works by user, of any length, and those that are relevant: the same at each call."""
    dice = random.Random(5)
    ranked = {user: dice.sample(range(200), dice.choice((5, 20, 40))) for user in range(60)}
    relevant = {user: set(dice.sample(range(200), dice.choice((1, 3, 30)))) for user in range(60)}
    return ranked, relevant


def main() -> None:
    """Print the two figures."""
    ranx = import_module("ranx")
    ranked, relevant = lists()
    wanted = ranx.Qrels({str(user): dict.fromkeys(map(str, works), 1) for user, works in relevant.items()})
    scored = {str(user): {str(work): -float(n) for n, work in enumerate(works)} for user, works in ranked.items()}
    found = ranx.evaluate(wanted, ranx.Run(scored), NAMES, make_comparable=True)
    print(json.dumps([float(found[name]) for name in NAMES]))


if __name__ == "__main__":
    main()
