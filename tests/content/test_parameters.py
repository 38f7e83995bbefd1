"""Numbers as words of the search's index, and what searches say by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.models import ContentItem
from content.parameters import NOTHING, NUMBERS, Digits, NumberRange, read_range
from media.models import GenerationData
from tests.factories import ContentItemFactory, GenerationDataFactory, GenerativeModelFactory, MediaFileFactory


def words_of(digits: Digits) -> list[str]:
    """Return the word of each number that so many digits write, in their order."""
    unit = 10**digits.behind
    width = digits.before + digits.behind + bool(digits.behind)
    return [f"{number / unit:0{width}.{digits.behind}f}" for number in range(digits.largest + 1)]


@given(st.integers(0, 999), st.integers(0, 999), st.sampled_from([Digits(3), Digits(2, 1), Digits(1, 2)]))
def test_the_beginnings_of_a_range_begin_its_words_and_no_others(low: int, high: int, digits: Digits) -> None:
    beginnings = digits.beginnings(low, high)
    found = [number for number, word in enumerate(words_of(digits)) if any(map(word.startswith, beginnings))]
    assert found == list(range(low, high + 1))
    assert len(beginnings) <= 18 * 3


@pytest.mark.parametrize(
    ("text", "range_"),
    [
        ("20", NumberRange(20, 20)),
        (" 20..30 ", NumberRange(20, 30)),
        ("7.5..", NumberRange(7.5, None)),
        ("..0.5", NumberRange(None, 0.5)),
    ],
)
def test_a_range_is_read_and_written(text: str, range_: NumberRange) -> None:
    assert read_range(text) == range_
    assert str(range_) == text.strip()


@pytest.mark.parametrize(
    ("text", "name", "query"),
    [
        ("20.6..20.9", "steps", NOTHING),
        ("20.5", "steps", NOTHING),
        ("19.5..20.5", "steps", "'=steps:0020'"),
        ("1.001", "cfg", "'=cfg:0001.001'"),
        ("7.1", "cfg", "'=cfg:0007.100'"),
        ("7.1004..7.1006", "cfg", NOTHING),
    ],
)
def test_a_range_between_two_numbers_holds_none(text: str, name: str, query: str) -> None:
    assert read_range(text).query(name) == query


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("9..10", "'=steps:0009' | '=steps:0010'"),
        ("98..120", "'=steps:0098' | '=steps:0099' | '=steps:010':* | '=steps:011':* | '=steps:0120'"),
        ("9990..", "'=steps:999':*"),
    ],
)
def test_steps_as_works_have_them_are_words_each(text: str, query: str) -> None:
    assert read_range(text).query("steps") == query


@pytest.mark.parametrize("text", ["", "..", "a", "1..a", "2..1", "-1", "1e3", "nan", "1...2", "٣"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"range|number"):
        read_range(text)


@pytest.mark.parametrize("name", NUMBERS)
def test_the_database_writes_numbers_as_their_ranges_are_looked_for(db: None, name: str) -> None:
    column = {"width": "width", "height": "height"}.get(name, name)
    largest = NUMBERS[name].largest / 10 ** NUMBERS[name].behind
    values = [0, 1, 9, 10, 99, 100, 1000, largest] if name != "cfg" else [0, 0.001, 1.5, 7.25, 99.999, 100, largest]
    both = {"width": 1, "height": 1} if name in ("width", "height") else {}
    items = {value: ContentItemFactory(generation=GenerationDataFactory(**{**both, column: value})) for value in values}
    for low in values:
        for high in values:
            found = ContentItem.objects.filter(search_words__finds=NumberRange(low, high).query(name))
            expected = {item.pk for value, item in items.items() if low <= value <= high}
            assert set(found.values_list("pk", flat=True)) == expected, (low, high)


def test_a_number_that_is_too_large_for_a_word_is_not_found_and_harms_nothing(db: None) -> None:
    item = ContentItemFactory(generation=GenerationDataFactory(sampler="Euler a", steps=10_000, cfg=1e300))
    assert ContentItem.objects.filter(pk=item.pk, search_words__said=["sampler:euler A"]).exists()
    assert not ContentItem.objects.filter(search_words__finds=NumberRange(0, None).query("steps")).exists()


def test_a_work_is_found_by_its_new_generation_data(db: None) -> None:
    made = GenerationDataFactory(steps=20)
    item = ContentItemFactory(generation=made)
    made.steps = 33
    made.save()
    assert list(ContentItem.objects.matching("steps:33")) == [item]
    assert not ContentItem.objects.matching("steps:20").exists()


def test_the_name_of_a_model_is_searched_by_its_parts(db: None) -> None:
    model = GenerativeModelFactory(name="dreamshaperXL_v21Turbo")
    item = ContentItemFactory(generation=GenerationDataFactory(model=model))
    for text in ("dreamshaperXL_v21Turbo", "dreamshaper", "turbo", "model:dreamshaper", "MODEL:DREAMSHAPERXL_V21TURBO"):
        assert list(ContentItem.objects.matching(text)) == [item], text
    assert not ContentItem.objects.matching("lora:dreamshaper").exists()


def test_a_creator_is_named_in_any_case(db: None) -> None:
    item = ContentItemFactory(creator__username="Turner")
    assert list(ContentItem.objects.matching("creator:tURNER")) == [item]


def test_an_alias_finds_the_works_of_its_model(db: None) -> None:
    model = GenerativeModelFactory(name="pony", hash="abc")
    GenerativeModelFactory(name="old pony name", hash="abc", alias_of=model, is_name_public=True)
    item = ContentItemFactory(generation=GenerationDataFactory(model=model))
    assert list(ContentItem.objects.matching('model:"old pony name"')) == [item]


def test_what_a_work_without_a_file_was_made_with_goes_with_its_last_work(db: None) -> None:
    made, of_file = GenerationDataFactory(), GenerationDataFactory(media_file=MediaFileFactory())
    works = [ContentItemFactory(generation=data) for data in (made, made, of_file)]
    works[2].delete()
    works[0].delete()
    assert set(GenerationData.objects.all()) == {made, of_file}
    works[1].delete()
    assert list(GenerationData.objects.all()) == [of_file]
