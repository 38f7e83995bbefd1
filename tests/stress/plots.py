"""Draws the plots of docs/benchmarks.md from the last results, as SVG: latency against depth, latency against rows.

    .venv/bin/python -m tests.stress.plots

matplotlib comes with `make bench`.
"""

from collections.abc import Callable
from pathlib import Path

import matplotlib
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter

from tests.stress import depth, report, rows
from tests.stress.rounds import Samples, spread_of
from tests.stress.systems import OURS

FOLDER = report.ROOT / "docs" / "images"
matplotlib.use("svg")
# Text stays text, and the same figures give the same file.
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "genonaut", "font.size": 10})
COLOURS = {"ours": "#0072b2", "DRF": "#d55e00", "fastapi-pagination": "#009e73"}
OTHER_COLOURS = {"django-cursor-pagination": "#cc79a7", "sqlakeyset": "#e69f00"}
PLACES = {"first page": ":", "middle page": "--", "last page": "-", "cursor page at half depth": "-."}


def write(path: Path, title: str, x_label: str, draw: Callable[[Axes], None]) -> None:
    """Draw one plot on two logarithmic axes."""
    figure, axes = pyplot.subplots(figsize=(8, 5), layout="constrained")
    axes.set_xscale("log")
    axes.set_yscale("log")
    draw(axes)
    axes.set_title(title)
    axes.set_xlabel(x_label)
    axes.set_ylabel("milliseconds, median and quartiles")
    axes.grid(visible=True, which="both", alpha=0.2)
    figure.legend(loc="outside lower center", ncols=2, fontsize="small")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:,.10g}")
        axis.set_minor_formatter(NullFormatter())
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def draw_line(axes: Axes, points: list[tuple[float, Samples]], label: str, colour: str, style: str) -> None:
    """Draw the medians that there are, with their quartiles."""
    found = [(x, spread_of(samples.taken)) for x, samples in points]
    found = [(x, spread) for x, spread in found if spread is not None]
    if not found:
        return
    middles = [spread.median * 1000 for _, spread in found]
    errors = [
        [(spread.median - spread.low) * 1000 for _, spread in found],
        [(spread.high - spread.median) * 1000 for _, spread in found],
    ]
    places = [x for x, _ in found]
    axes.errorbar(places, middles, yerr=errors, label=label, color=colour, linestyle=style, marker="o", markersize=4)


def latency_against_depth(result: report.Result, path: Path = FOLDER / "latency-depth.svg") -> None:
    """Draw numbered pages of every system that has them, by how many rows lie before them."""
    samples = report.unpacked(result["samples"])
    names = [name for name in dict.fromkeys(key.partition("/")[0] for key in samples) if f"{name}/page 1" in samples]

    def draw(axes: Axes) -> None:
        for name in names:
            label = "ours" if name == OURS.name else name
            points = [(number, samples[f"{name}/{column}"]) for column, number in result["pages"].items()]
            draw_line(axes, points, label, COLOURS[label], "-")

    write(path, f"A page of 50 of {result['public']:,} rows", "page number", draw)


def latency_against_rows(result: report.Result, path: Path = FOLDER / "latency-rows.svg") -> None:
    """Draw ours and theirs by the number of rows."""
    samples = report.unpacked(result["samples"])
    names = dict.fromkeys(key.partition("/")[0] for key in samples)

    def draw(axes: Axes) -> None:
        for name in names:
            system, _, place = name.replace("ours, API,", "ours,").partition(", ")
            colour = (COLOURS | OTHER_COLOURS).get(system)
            if colour and place in PLACES:
                points = [(size, samples[f"{name}/{size}"]) for size in result["sizes"]]
                draw_line(axes, points, f"{system}, {place}", colour, PLACES[place])

    write(path, "The same pages of larger tables", "rows", draw)


def main() -> None:
    """Draw what there are results for."""
    for name, plot in ((depth.NAME, latency_against_depth), (rows.NAME, latency_against_rows)):
        result = report.saved(name)
        if result is not None:
            plot(result)


if __name__ == "__main__":
    main()
