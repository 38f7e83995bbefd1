"""The evaluation: its metrics are those of ranx, and ours wins where tastes are planted."""

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command

from recommendations.deeds import Deeds
from recommendations.evaluation import public_data
from recommendations.evaluation.metrics import figures
from recommendations.evaluation.splits import by_time, leave_last_out
from tests.recommendations import ranx_figures


def test_hit_rate_and_ndcg_are_those_of_ranx() -> None:
    ranked, relevant = ranx_figures.lists()
    ours = figures(ranked, relevant, works=200)
    assert (ours.hit_rate_20, ours.ndcg_20) == pytest.approx(ranx_figures.FIGURES)


def test_coverage_counts_what_the_first_twenty_show() -> None:
    ranked = {1: list(range(30)), 2: [0, 1]}
    assert figures(ranked, {1: {0}, 2: {0}}, works=100).coverage == pytest.approx(0.2)


def test_splits_ask_for_new_works_of_known_users() -> None:
    deeds = Deeds(
        np.array([1, 1, 1, 2, 4, 4, 4, 4, 2, 3]),
        np.array([10, 11, 10, 10, 10, 11, 13, 14, 12, 12]),
        np.ones(10, np.float32),
        np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 7.5, 9.0, 10.0]),
    )
    assert leave_last_out(deeds).relevant == {1: {10}, 2: {12}, 4: {14}}
    assert by_time(deeds).relevant == {2: {12}}


def test_ours_is_three_times_as_good_as_popularity_on_planted_tastes() -> None:
    output = StringIO()
    sizes = ("--data", "planted", "--users", "400", "--works", "1500")
    call_command("evaluate_recommendations", *sizes, "--format", "json", stdout=output)
    report = json.loads(output.getvalue())
    assert report.keys() == {"planted", "planted_time_split"}
    hit_rates = {name: row["hit_rate_20"] for name, row in report["planted"].items()}
    assert hit_rates["ours"] >= 3 * hit_rates["popularity"] > 3 * hit_rates["random"]


def test_the_public_set_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "ml-100k.inter"
    file.write_text("user_id:token\titem_id:token\trating:float\ttimestamp:float\n196\t242\t3\t881250949\n")
    deeds = public_data.read(file)
    assert [column.tolist() for column in deeds] == [[196], [242], [1.0], [881250949.0]]
