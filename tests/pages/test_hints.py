"""What cannot be found is said, and what may have been meant is offered."""

from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from media.models import Library
from tests.factories import ContentItemFactory, GenerationDataFactory, GenerativeModelFactory, UserFactory
from tests.pages.html import elements, texts

MEANT = "Did you mean J. M. W. Turner (turner), Alan Turing (turing)?"


@pytest.fixture(autouse=True)
def turner(db: None) -> None:
    """Two creators of one surname; a third whose account is closed."""
    for username, name in (("turner", "J. M. W. Turner"), ("turing", "Alan Turing")):
        ContentItemFactory(title="Harbour", creator=UserFactory(username=username, name=name))
    ContentItemFactory(title="Hills", tags=["Landscape", "landing site", "Größe"])
    UserFactory(username="turnor", is_active=False)
    made_with("dreamshaperXL_v21Turbo", "add detail")
    made_with("velvet secret", "hush", title="Hidden", tags=["landslide"], is_private=True, creator=None)


def made_with(model: str, lora: str, **work: object) -> None:
    """Make a work with a model and a LoRA."""
    model, lora = (GenerativeModelFactory(name=name, kind=kind) for name, kind in ((model, "model"), (lora, "lora")))
    made = GenerationDataFactory(model=model, loras=[lora.pk], lora_weights=[1])
    library = Library.objects.create(name=f"library of {model.name}", folder=f"/srv/{model.name}")
    ContentItemFactory(**{"title": "Fog", "creator": None, **work}, generation=made, library=library)


def said(client: Client, query: str) -> list[str]:
    return texts(client.get(f"/?{query}"), "div", class_="hints")


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("q=harbour+!!!", "Signs alone are not searched for: !!!"),
        ("q=%F0%9F%94%A5", "Signs alone are found as tags only: 🔥"),
        ("q=!!!+" + "?" * 80, f"Signs alone are found as tags only: !!! {'?' * 55}…"),
        (
            "created_after=2025-01-02&created_before=2025-01-01",
            "No time is both after and before: “created from” is not earlier than “created before”.",
        ),
        ("creator=turnr", f"There is no creator “turnr”. {MEANT}"),
        (
            "creator=turnor",
            "There is no creator “turnor”. Did you mean J. M. W. Turner (turner), Alan Turing (turing)?",
        ),
        ("creator=T%C3%BCrner", f"There is no creator “Türner”. {MEANT}"),
        ("creator=zzz", "There is no creator “zzz”. Creators are named by their usernames."),
        ("creator=%3F'%5C", "There is no creator “?'\\”. Creators are named by their usernames."),
        ("creator=999", "There is no creator “999”. Creators are named by their usernames."),
        ("tag=lanscape", "No public work is tagged “lanscape”. Did you mean landscape?"),
        ("tag=Grosse", "No public work is tagged “Grosse”. Did you mean größe?"),
        ("tag=landslide", "No public work is tagged “landslide”. Did you mean landing site, landscape?"),
        ("tag=zebra", "No public work is tagged “zebra”."),
        ("q=lanscape", "Nothing shows these words. Did you mean landscape?"),
        ("q=hills+lanscape", "Nothing shows these words. Did you mean hills landscape?"),
        ("q=turnr", "Nothing shows these words. Did you mean turner?"),
        ("q=harbour+turnr", "Nothing shows these words. Did you mean harbour turner?"),
        ("q=tag:lanscape", "No public work is tagged “lanscape”. Did you mean landscape?"),
        ("q=hills+creator:turnr", f"There is no creator “turnr”. {MEANT}"),
        ("q=fog+model:dreamshapr", "No public work has the model “dreamshapr”. Did you mean dreamshaperXL_v21Turbo?"),
        ("q=lora:%22ad_detail%22", "No public work has the LoRA “ad_detail”. Did you mean add detail?"),
        ("q=library:pictures", "No work that you see here came by the library “pictures”."),
        ("model=dreamshapr", "No public work has the model “dreamshapr”. Did you mean dreamshaperXL_v21Turbo?"),
        ("lora=ad_detail", "No public work has the LoRA “ad_detail”. Did you mean add detail?"),
        ("library=pictures", "No work that you see here came by the library “pictures”."),
        ("q=library:" + "a" * 150, f"No work that you see here came by the library “{'a' * 59}…”."),
        # What private works alone have is not told.
        ("model=velvet+secret", "No public work has the model “velvet secret”."),
        ("q=lora:hush", "No public work has the LoRA “hush”."),
        (
            "library=library+of+velvet+secret",
            "No work that you see here came by the library “library of velvet secret”.",
        ),
        ("creator=" + "9" * 150, f"There is no creator “{'9' * 59}…”. Creators are named by their usernames."),
    ],
)
def test_what_cannot_be_found_is_said(client: Client, query: str, hint: str) -> None:
    assert said(client, query) == [hint]


def test_what_may_have_been_meant_keeps_the_other_filters(client: Client) -> None:
    page = client.get("/?creator=turnr&sort=quality_score&page=1")
    [hints] = elements(page, "div", class_="hints")
    links = [link.attributes["href"] for link in elements(page, "a") if link.text == "J. M. W. Turner (turner)"]
    assert hints and links[0] == "?creator=turner&sort=quality_score"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=harbour",
        "q=zeppelin",
        "creator=turner",
        "creator=Turner",
        "creator=turner&q=zeppelin",
        "created_after=2025-01-01",
        "q=-tag:lanscape+zeppelin",
        "q=turner+zeppelin",
        "model=dreamshaper&q=zeppelin",
        "q=lora:%22add+detail%22+zeppelin",
        "q=zeppelin&library=library+of+dreamshaperXL_v21Turbo",
    ],
)
def test_nothing_is_said_where_all_was_understood(client: Client, query: str) -> None:
    assert said(client, query) == []


def test_a_pasted_prompt_is_named_by_its_beginning(client: Client) -> None:
    page = client.get("/", {"q": "a misty harbour, " * 60})
    shown = f"{'a misty harbour, ' * 3}a misty …"
    assert texts(page, "h1") == [f"Works matching “{shown}”"]
    assert texts(page, "a", class_="chip") == [f"Remove filter Search {shown}"]
    assert texts(page, "title") == [f"Works matching “{shown}” · Genonaut"]


def test_a_list_without_a_search_or_a_creator_asks_for_no_hint(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/")
    with django_assert_num_queries(2):
        client.get("/")


@pytest.mark.parametrize(
    "query",
    [
        *("q=zebra", "q=harbour+lanscape", "q=landslid", "q=-lanscape+zebra", "q=lan", "q=" + "lanscape+" * 30),
        *("q=lanscape&content_type=video", "q=lanscape&creator=turner", "q=turnr&tag=landscape"),
    ],
)
def test_a_spelling_is_offered_only_if_it_finds_something(client: Client, query: str) -> None:
    assert said(client, query) == []


def test_a_tag_that_may_have_been_meant_takes_the_place_of_the_other_one(client: Client) -> None:
    page = client.get("/?tag=landing+site&tag=lanscape&content_type=image")
    links = [link.attributes["href"] for link in elements(page, "a") if link.text == "landscape"]
    assert links[0] == "?content_type=image&tag=landing+site&tag=landscape"


@pytest.mark.parametrize(
    ("query", "label", "link"),
    [
        ({"q": "hills TAG:lanscape -tag:lanscape"}, "landscape", {"q": "hills tag:landscape -tag:lanscape"}),
        ({"q": "tag:lansite sea"}, "landing site", {"q": 'tag:"landing site" sea'}),
        ({"q": "lora:“ad_detail” hills"}, "add detail", {"q": 'lora:"add detail" hills'}),
        ({"lora": ["add detail", "ad_detail"]}, "add detail", {"lora": ["add detail"]}),
        ({"model": "dreamshapr", "sort": "likes"}, "dreamshaperXL_v21Turbo", None),
    ],
)
def test_a_name_that_may_have_been_meant_takes_the_place_of_the_other_one(
    client: Client, query: dict[str, object], label: str, link: dict[str, object] | None
) -> None:
    page = client.get("/", query)
    links = [link.attributes["href"] for link in elements(page, "a") if link.text == label]
    assert links[0] == f"?{urlencode(link or query | {'model': label}, doseq=True)}"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("q=zeppelin", "No work fits this search. Change it, or start over."),
        ("tag=zebra", "No work fits this filter. Change it, or start over."),
        ("tag=zebra&tag=fog", "No work fits all of these filters at once. Drop one of them, or start over."),
        ("tag=zebra&q=fog", "No work fits all of these filters at once. Drop one of them, or start over."),
    ],
)
def test_an_empty_list_says_what_may_be_changed(client: Client, query: str, text: str) -> None:
    assert text in texts(client.get(f"/?{query}"), "p")
