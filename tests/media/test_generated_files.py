"""Files that are made in numbers are as true as those of the corpus: prompt, model and seed are read of every kind."""

from pathlib import Path

import pytest

from media.generation_data.reading import read_path
from tests.generated_files import KINDS, make


@pytest.mark.parametrize("number", range(len(KINDS), 2 * len(KINDS)), ids=[ending for ending, _write in KINDS])
def test_each_kind_tells_prompt_model_and_seed(number: int, tmp_path: Path) -> None:
    generation = read_path(make(tmp_path, number)).generation
    assert f"study {number}" in (generation.prompt or "")
    assert (generation.seed, generation.model is not None, generation.warnings) == (number, True, [])
