"""What a search finds: every word that a work shows, as people type it, and nothing that it does not show."""

import re
from dataclasses import replace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from catalog.counting import compact
from content import searches
from content.models import ContentItem
from content.search_terms import LONGEST_WITH_OPERATORS, Term, parse
from content.searches import LONGEST, MOST_CREATORS, read
from media.generation_data.blocks import Generation, ModelUse
from media.generation_data.generators import to_infotext
from media.models import GenerativeModel, ModelKind
from tests.factories import ContentItemFactory, GenerationDataFactory, GenerativeModelFactory, UserFactory
from users.models import User

PROMPT = (
    "(masterpiece:1.2), 1girl, saber, <lora:add_detail:0.8>, café, epiCRealism, SD1.5, don't, fate/stay_night, "
    "oil/acrylic by greg.rutkowski, zzmodel_v2.safetensors, long-haired, rtx-4090, 24-70mm, from above, (red:1.2) hat, "
    "富士山の風景, "
    "wolves, animals, https://example.com/img/cat.png?size=big, sd_xl_base_1.0, juggernautXL_v9, v1-5-pruned, l'homme, "
    "STRASSE, Москва, สวัสดี, women in scarves, --ar 16:9"
)


@pytest.fixture
def work(db: None) -> ContentItem:
    """A work whose texts have all that takes a search apart from prose."""
    turner = UserFactory(username="turner_jmw", name="Joseph Mallord William Turner")
    return ContentItemFactory(title="The Of And", prompt=PROMPT, tags=["Blue-Sky", "fantasy art"], creator=turner)


def finds(query: str) -> bool:
    return ContentItem.objects.matching(query).exists()


def test_a_text_is_found_by_what_it_says(db: None) -> None:
    text = ContentItemFactory(content_type="text", prompt="a poem", data="The lighthouse keeper's daughters")
    ContentItemFactory(content_type="image", data="https://example.com/keeper.png")
    assert list(ContentItem.objects.matching('"keeper daughter"')) == [text]
    assert not finds('"poem the lighthouse"')
    ContentItem.objects.filter(pk=text.pk).update(data="The sea")
    assert finds("sea")
    assert not finds("daughter")
    ContentItem.objects.filter(pk=text.pk).update(content_type="image")
    assert not finds("sea")


@pytest.mark.parametrize(
    "query",
    [
        *("The Of And", "the", "from above", "over or above"),
        *(
            "girl",
            "1girl",
            "1 girl",
            "add_detail",
            "<lora:add_detail:0.8>",
            "lora",
            "stay_night",
            "stay night",
            "acrylic",
        ),
        *("rutkowski", "zzmodel", "zzmodel_v2", "zzmodel_v2.safetensors", "base_1.0", "sd_xl_base", "juggernaut", "xl"),
        *(
            "juggernautXL",
            "v1-5",
            "pruned",
            "realism",
            "epicrealism",
            "SD 1.5",
            "SD1.5",
            "sd",
            "16:9",
            "--ar 16:9",
            "ar",
        ),
        *("dont", "don't", "don’t", "l'homme", "homme", "long haired", "long-haired", '"long haired"', "long_haired"),
        *("rtx 4090", "rtx-4090", "4090", "70mm", "24-70mm", "70 mm"),
        *('"red hat"', '"(red:1.2) hat"', "red:1.2", "(red:1.2)", "masterpiece:1.2", "masterpiece"),
        *("富士", "士山", "風景", "富士山の風景", "สวัส", "москва", "МОСКВА"),
        *("wolf", "wolves", "WOLVES", "animal", "woman", "women", "scarf"),
        *("cafe", "CAFÉ", "cafe\u0301", "ｃａｆｅ", "straße", "strasse"),
        *("example.com", "https://example.com/img/cat.png?size=big", "cat", "cat.png", "img/cat"),
        *("turner", "TURNER", "joseph turner", '"William Turner"', "jmw", "turner_jmw", "turner saber"),
        *("blue sky", "Blue-Sky", "blue-sky", "fantasy", '"fantasy art"', "“fantasy art”"),
        *("saber -dog", "dog or saber", 'saber -"hat red"', "saber,wolf", "saber !!!", "-dog", "--wolf"),
    ],
)
def test_a_work_is_found(work: ContentItem, query: str) -> None:
    assert finds(query)


@pytest.mark.parametrize("word", sorted({*PROMPT.split(), *re.findall(r"\w+", PROMPT), PROMPT}))
def test_a_work_is_found_by_its_prompt_and_by_each_of_its_words(work: ContentItem, word: str) -> None:
    assert finds(word)


@pytest.mark.parametrize(
    "query",
    [
        *("anime", "animation", "dog", "dog saber", "sabers girl dog", "organ", "!!!", "'", "()&|!:*<>\\"),
        *("-wolf", "-girl", "saber -turner", '-"red hat"', '-"fantasy art"', "saber -blue-sky"),
        *('"hat red"', '"haired long"', '"sky fantasy"', '"and masterpiece"', '"detail 1"', '"9 blue"'),
    ],
)
def test_a_work_is_not_found(work: ContentItem, query: str) -> None:
    assert not finds(query)


@pytest.mark.parametrize(
    "without", ["-dog", "-(dog)", "-<lora:dog:1>", "-#dog", "-_dog", "-[dog:1.2]", "－dog", "－(dog)"]
)
def test_what_is_to_be_left_out_is_left_out_whatever_its_signs(db: None, without: str) -> None:
    ContentItemFactory(title="Castle <lora:dog:1>")
    castle = ContentItemFactory(title="Castle")
    assert list(ContentItem.objects.matching(f"castle {without}")) == [castle]


@pytest.mark.parametrize(
    ("text", "alike", "other"),
    [
        ("anime", ["Anime"], ["animal", "animals", "animation", "animated"]),
        ("evening", ["evenings"], ["even", "event"]),
        ("organ", ["organs"], ["organic", "organism", "organization"]),
        ("organic", [], ["organ", "organism", "organized"]),
        ("past", [], ["paste", "pastel"]),
        ("position", ["positions", "positioned"], ["positive", "positivity"]),
        ("universe", ["universes"], ["universal"]),
        ("university", ["universities"], ["universe", "universal"]),
        ("experience", ["experiences"], ["experiment", "experiments"]),
        ("short", [], ["shorts"]),
        ("painting", ["paint", "painted", "paints"], ["pain"]),
        ("wolf", ["wolves"], ["woolf"]),
        ("child", ["children"], ["chill"]),
        ("foot", ["feet"], ["food"]),
        ("woman", ["women"], ["man"]),
        ("castle", ["castles"], ["cast"]),
    ],
)
def test_a_word_finds_its_other_forms_and_no_other_word(
    db: None, text: str, alike: list[str], other: list[str]
) -> None:
    ContentItemFactory(title=text)
    assert [word for word in [text, *alike] if not finds(word)] == []
    assert [word for word in other if finds(word)] == []


# Text without what means something to a search: an "or", a quotation mark, a dash before a word.
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters='\0"“”„‟«»')
TEXTS = st.text(LETTERS | st.sampled_from(" ,.:_-/()<>'0123456789aAbB"), min_size=1, max_size=60).filter(
    lambda text: text.strip() and "or" not in text.lower().split() and not re.search(r"(?:^|[\s,;，、；])[-－]", text)
)


class TestAnyText(TestCase):
    """Rows and searches are taken apart alike."""

    @settings(deadline=None)
    @given(title=TEXTS, prompt=TEXTS)
    @example(title="men mice mice feet", prompt="1,2")
    @example(title="a\x01b\x02c", prompt="x\x02y")
    @example(title="(a:1.2)b", prompt="A:1.0]'[")
    @example(title="a" * 60, prompt="é" * 60)
    @example(title=";", prompt="0 ,")
    def test_a_text_and_each_of_its_words_find_the_work(self, title: str, prompt: str) -> None:
        item = ContentItemFactory(title=title, prompt=prompt, creator=None)
        # A word of letters that PostgreSQL's parser knows nothing of is not searched, and said so.
        for query in (title, prompt, *title.split(), *prompt.split()):
            search = read(query)
            is_searched = bool(search.query) and not search.is_of_signs
            assert is_searched is ContentItem.objects.filter(search.condition, pk=item.pk).exists(), query
            assert search.query or search.unsearched or not query.strip()


@settings(deadline=None)
@given(text=st.text(LETTERS, max_size=400))
def test_no_text_is_an_error_to_parse(text: str) -> None:
    for terms in parse(text):
        assert all(term.text or term == Term("") for term in terms)


@pytest.mark.parametrize(
    "text", ['"', '"" -""', "-", "or", "or or", "OR -or", 'a "b', '-"', "“", ",;", "\x01", "\x02-\x01", "🔥"]
)
def test_odd_searches_are_answered(work: ContentItem, text: str) -> None:
    finds(text)


def test_what_consists_of_signs_alone_is_not_searched_for(db: None) -> None:
    search = read("harbour !!! ♥ -??")
    assert (search.query, search.unsearched) == ("(('harbour'))", ("!!!", "♥", "-??"))


@pytest.mark.parametrize("tag", ["♥", ":3", "^_^", "+_+", ">:(", "=3", "!!!"])
def test_a_tag_of_signs_alone_is_found(db: None, tag: str) -> None:
    item = ContentItemFactory(tags=[tag, "cat"])
    ContentItemFactory(tags=["cat"], prompt="a cat")
    for text in (tag, f"tag:{tag}", f'tag:"{tag}"', f"cat tag:{tag}"):
        assert list(ContentItem.objects.matching(text)) == [item], text
    assert item in ContentItem.objects.matching(f"cat {tag}")


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Seed: 42", [Term("42", field="seed")]),
        ("fog CFG scale: 7.5, steps:  20", [Term("fog"), Term("7.5", field="cfg"), Term("20", field="steps")]),
        ("seed: red", [Term("seed:"), Term("red")]),
        ("model: tall woman", [Term("model:"), Term("tall"), Term("woman")]),
        ("-1::fog::, 1.5::sea ::", [Term("-1::fog::"), Term("1.5::sea"), Term("::")]),
        ("-1girl", [Term("1girl", is_excluded=True)]),
    ],
)
def test_texts_of_generators_are_read_as_they_write_them(text: str, terms: list[Term]) -> None:
    assert parse(text) == [terms]


def test_of_many_words_some_may_be_excluded(db: None) -> None:
    item = ContentItemFactory(prompt="harbour fog")
    excluded = [f"-word{number}" for number in range(40)]
    assert len(" ".join(excluded)) > LONGEST_WITH_OPERATORS
    assert list(ContentItem.objects.matching(" ".join(["harbour", *excluded]))) == [item]
    assert not finds(" ".join(["harbour", *excluded, "-fog"]))
    assert not finds(" ".join(["harbour, night", *excluded]))


def test_an_account_is_looked_up_by_an_index(db: None) -> None:
    user = UserFactory(username="Ada")
    item = ContentItemFactory(creator=user)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for text in ("creator:ada", "creator:ADA", f"creator:{user.pk}"):
            with CaptureQueriesContext(connection) as queries:
                assert list(ContentItem.objects.matching(text)) == [item], text
            looks = [query["sql"] for query in queries if 'FROM "users_user" WHERE' in query["sql"]]
            assert len(looks) == 1
            cursor.execute(f"EXPLAIN {looks[0]}")
            assert "Index" in cursor.fetchone()[0]
    assert not finds(f"creator:{2**70}")


def test_a_pasted_prompt_means_nothing_by_its_signs(db: None) -> None:
    text = f"{'wolf ' * 50}-dog \"or\" cat or 'n' {'x' * 3_000} " + "sky " * 100
    ContentItemFactory(title="Pasted", prompt=text)
    assert finds(text)
    assert not finds(text + " lighthouse")


def test_a_prompt_of_10000_characters_finds_its_work(db: None) -> None:
    prompt = ", ".join(f"word{number} (detail{number}:1.1)" for number in range(400))[:LONGEST]
    ContentItemFactory(title="Long", prompt=prompt)
    assert finds(prompt)


@pytest.mark.parametrize(
    ("title", "prompt"),
    [("Tag:Me", "portrait, lora:add_detail:0.8, seed:42"), ("A", "steps:20 Has_Workflow:False -model:pony")],
)
def test_what_reads_as_a_filter_is_also_found_as_text(db: None, title: str, prompt: str) -> None:
    ContentItemFactory(title=title, prompt=prompt)
    texts = [title, prompt.replace("-model", "model"), *(word.lstrip("-") for word in prompt.split())]
    assert [text for text in texts if not finds(text)] == []
    assert not finds(f'-"{title}" -{prompt.split()[-1].lstrip("-")}')


def test_a_filter_of_signs_alone_is_not_its_name(db: None) -> None:
    ContentItemFactory(title="Tag")
    assert (finds("tag:♥"), finds("-tag:♥")) == (False, True)


def test_a_lora_is_found_with_the_weight_that_a_prompt_gives_it(db: None) -> None:
    lora = GenerativeModelFactory(kind=ModelKind.LORA, name="add_detail")
    item = ContentItemFactory(generation=GenerationDataFactory(loras=[lora.pk], lora_weights=[0.5]))
    ContentItemFactory()
    for text in ("lora:add_detail", "lora:add_detail:0.8", "lora:add_detail:-1"):
        assert list(ContentItem.objects.matching(text)) == [item], text


@pytest.mark.parametrize("prompt", ['A misty harbour, -fog "or" (red:1.2) hat', "fog", "fog <lora:glow:1>"])
def test_the_text_that_a_work_s_page_copies_finds_the_work(db: None, prompt: str) -> None:
    ContentItemFactory(prompt=prompt)
    made = Generation(prompt=prompt, negative_prompt="bad hands", steps=20, sampler="Euler a", seed=7)
    infotext = to_infotext(replace(made, loras=[ModelUse("other", weight=0.5)]))
    short = to_infotext(Generation(prompt=prompt, steps=20))
    for text in (infotext, short, to_infotext(replace(made, negative_prompt=None))):
        assert [finds(text), finds(text.replace("\n", " ")), finds(text.replace("\n", "\r\n"))] == [True] * 3, text
    assert not finds(infotext.replace(prompt, f"{prompt} lighthouse"))


def test_the_copied_text_of_a_prompt_of_loras_alone_finds_it(db: None) -> None:
    item = ContentItemFactory(prompt="<lora:glow:1>")
    ContentItemFactory()
    assert list(ContentItem.objects.matching(to_infotext(Generation(prompt=item.prompt, steps=20)))) == [item]


def test_a_search_may_begin_as_what_follows_a_prompt(db: None) -> None:
    ContentItemFactory(prompt="Negative prompt: what is it? Steps: 20, they say")
    assert finds("Negative prompt: what") and finds("Steps: 20, they")


def test_words_of_any_length_are_found(db: None) -> None:
    ContentItemFactory(title="Blob", prompt=f"{'a' * 2_500} {'é' * 1_500} tail")
    assert [finds("a" * 2_500), finds("é" * 1_500), finds("tail"), finds("b" * 2_500)] == [True, True, True, False]


def test_a_creator_is_found_under_a_new_name_at_once_and_without_one_not(work: ContentItem) -> None:
    User.objects.update(name="Ada Lovelace")
    assert [finds("lovelace"), finds("mallord")] == [True, False]
    User.objects.update(is_active=False)
    assert not finds("lovelace")
    User.objects.update(is_active=True)
    ContentItem.objects.update(creator=None)
    assert not finds("lovelace")


def test_a_word_stands_for_no_more_creators_than_is_said(db: None) -> None:
    User.objects.bulk_create(
        UserFactory.build(username=f"mary-{number}", email="") for number in range(MOST_CREATORS + 5)
    )
    assert read("mary").query.count("@") == MOST_CREATORS


def test_the_words_of_a_row_follow_it_whatever_a_client_writes(work: ContentItem) -> None:
    words = ContentItem.objects.values_list("search_words", flat=True).get()
    for changed in (None, "'dog'"):
        ContentItem.objects.update(search_words=changed)
        assert ContentItem.objects.values_list("search_words", flat=True).get() == words
    work.title = "Harbour"
    work.save()  # with the words that were never read
    assert [finds("harbour"), finds("of")] == [True, False]
    ContentItem.objects.update(tags=["mountain"], prompt="")
    assert [finds("mountain"), finds("saber"), finds("fantasy")] == [True, False, False]


def test_a_search_finds_no_private_work_of_others(work: ContentItem) -> None:
    ContentItem.objects.update(is_private=True)
    found = ContentItem.objects.matching("turner").visible_to(AnonymousUser())
    assert not found.exists()


def test_reading_a_search_is_one_query(db: None, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):
        read('harbour -night "blue sky" or turner')
    with django_assert_num_queries(0):
        read("  ")


def test_the_planner_expects_few_rows_of_a_rare_word(db: None) -> None:
    """With PostgreSQL's own target it would expect half of a hundredth."""
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(title=f"word{number % 1_500} other{number}", creator=None) for number in range(3_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE content_contentitem")
        cursor.execute(
            "SELECT cardinality(most_common_elems::text::text[]) FROM pg_stats"
            " WHERE tablename = 'content_contentitem' AND attname = 'search_words'"
        )
        assert cursor.fetchone()[0] > 1_000


def test_the_index_serves_a_search(work: ContentItem) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "content_search_words" in ContentItem.objects.matching("girl turner").explain()


def test_of_many_creators_of_a_name_those_of_most_works_are_found(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "MOST_CREATORS", 1)
    # Their order in the table is none of those that count.
    few, many, none = (UserFactory(name="Foghorn") for _ in range(3))
    ContentItemFactory(creator=few)
    works = set(ContentItemFactory.create_batch(2, creator=many))
    ContentItemFactory(creator=none, is_private=True)
    compact()
    for _ in range(2):
        assert set(ContentItem.objects.matching("foghorn")) == works
        # Each row moves to another place.
        for user in (none, many, few):
            User.objects.filter(pk=user.pk).update(last_login=timezone.now())


def test_of_many_models_of_a_name_those_of_most_works_are_found(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "MOST_MODELS", 1)
    few, many, equal = (GenerativeModelFactory(name=f"foghorn v{number}") for number in (9, 5, 7))
    works = {
        model: {ContentItemFactory(generation=GenerationDataFactory(model=model)) for _ in range(number)}
        for model, number in ((few, 1), (many, 2), (equal, 2))
    }
    compact()
    for _ in range(2):
        assert set(ContentItem.objects.matching("foghorn")) == works[many]
        for model in (equal, many, few):
            GenerativeModel.objects.filter(pk=model.pk).update(is_name_public=True)
