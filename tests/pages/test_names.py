"""The pages of tags and creators, and the names that complete what is typed: read only, without script; then with."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.http import HttpResponse
from django.test import Client
from playwright.sync_api import Page, Route, expect

from tests.factories import ContentItemFactory, GenerationDataFactory, GenerativeModelFactory, UserFactory
from tests.pages.conftest import OpenContext, listen, until
from tests.pages.html import elements, foreign_scripts, hrefs, texts, titles
from users.models import User

PATHS = ["/tags/", "/creators/"]
OPTIONS = "/fragments/names/"
HOSTILE = "<script>alert('x')</script>&\"'?#/é"


@pytest.fixture
def names(alice: User) -> None:
    """Two tags and two creators; alice and fog have most works."""
    anton = UserFactory(username="anton")
    ContentItemFactory(creator=alice, tags=["fog", "foot path"])
    ContentItemFactory(creator=alice, tags=["fog"])
    ContentItemFactory(creator=anton, tags=["fog"])


def options(page: HttpResponse) -> list[tuple[str, str]]:
    """Return what each option stands for."""
    found = elements(page, "li", role="option")
    return [(option.attributes["data-name"], option.attributes["data-value"]) for option in found]


# --- The pages


def test_a_tag_leads_to_its_works(client: Client, names: None) -> None:
    page = client.get("/tags/")
    assert hrefs(page, "a", class_="name") == ["/?tag=fog", "/?tag=foot%20path"]
    assert texts(page, "a", class_="name") == ["fog 3 works", "foot path 1 work"]


def test_the_works_that_a_tag_leads_to_are_as_many_as_it_says(client: Client, db: None) -> None:
    for tag in ("Fog", "FOG", "a&b=c", "ＷＩＤＥ", "100%", "日本語", "a+b", "#1"):
        ContentItemFactory(tags=[tag])
    for element in elements(client.get("/tags/"), "a", class_="name"):
        name, count, _ = element.text.rsplit(" ", 2)
        page = client.get(element.attributes["href"])
        assert (name, len(titles(page))) == (name, int(count))


def test_a_creator_leads_to_the_profile(client: Client, names: None) -> None:
    page = client.get("/creators/")
    assert hrefs(page, "a", class_="name") == ["/users/alice/", "/users/anton/"]
    assert texts(page, "a", class_="name") == ["Alice alice 2 works", "anton 1 work"]
    assert client.get("/users/anton/").status_code == 200


def test_a_creator_whose_account_is_deactivated_is_not_shown(client: Client, names: None) -> None:
    client.get("/creators/")
    User.objects.filter(username="alice").update(is_active=False)
    assert hrefs(client.get("/creators/"), "a", class_="name") == ["/users/anton/"]
    assert options(client.get(f"{OPTIONS}?q=a")) == [("creator", "anton")]


@pytest.mark.parametrize(
    ("path", "heading", "total"), [("/tags/", "Tags", "2 tags"), ("/creators/", "Creators", "2 creators")]
)
def test_the_heading_names_the_list_and_how_long_it_is(
    client: Client, names: None, path: str, heading: str, total: str
) -> None:
    page = client.get(path)
    assert texts(page, "h1") == [heading]
    assert texts(page, "title") == [f"{heading} · Genonaut"]
    assert total in texts(page, "p", class_="label")[0]


@pytest.mark.parametrize(
    ("path", "text", "found"), [("/tags/", "foo", "foot path"), ("/creators/", "ali", "Alice alice")]
)
def test_the_search_shows_names_that_begin_so_and_holds_what_was_typed(
    client: Client, names: None, path: str, text: str, found: str
) -> None:
    page = client.get(f"{path}?q={text}")
    assert [link.rsplit(" ", 2)[0] for link in texts(page, "a", class_="name")] == [found]
    assert elements(page, "input", id="names-q")[0].attributes["value"] == text
    assert texts(page, "title")[0].startswith(f"{texts(page, 'h1')[0]} · {text}")


def test_the_search_keeps_the_sort(client: Client, names: None) -> None:
    form = elements(client.get("/tags/?sort=name&order=asc"), "input", type="hidden")
    assert [(field.attributes["name"], field.attributes["value"]) for field in form][-2:] == [
        ("sort", "name"),
        ("order", "asc"),
    ]


@pytest.mark.parametrize(("path", "by_name"), [("/tags/", "name"), ("/creators/", "username")])
def test_each_sort_is_a_link_that_keeps_the_search(client: Client, names: None, path: str, by_name: str) -> None:
    page = client.get(f"{path}?q=a")
    links = [link for link in elements(page, "a") if link.text in ("Most works", "A to Z")]
    assert [link.attributes["href"] for link in links] == ["?q=a", f"?order=asc&q=a&sort={by_name}"]
    assert [link.attributes.get("aria-current") for link in links] == ["true", None]


@pytest.mark.parametrize(("path", "by_name"), [("/tags/", "name"), ("/creators/", "username")])
def test_the_sort_by_name_is_a_to_z(client: Client, names: None, path: str, by_name: str) -> None:
    ContentItemFactory(tags=["aa"], creator=UserFactory(username="aa"))
    page = client.get(f"{path}?sort={by_name}&order=asc")
    first = texts(page, "a", class_="name")[0]
    assert first == "aa 1 work"
    current = elements(page, "a", **{"aria-current": "true"})
    assert [link.text for link in current] == ["A to Z"]


@pytest.mark.parametrize("path", PATHS)
def test_pages_lead_on(client: Client, names: None, path: str) -> None:
    first = client.get(f"{path}?page_size=1")
    [following] = set(hrefs(first, "a", rel="next"))
    second = client.get(path + following)
    assert texts(first, "a", class_="name") + texts(second, "a", class_="name") == texts(
        client.get(path), "a", class_="name"
    )


@pytest.mark.parametrize("path", PATHS)
def test_an_empty_list_says_so(client: Client, db: None, path: str) -> None:
    page = client.get(path)
    assert (page.status_code, texts(page, "h2")) == (200, ["Nothing here yet"])


@pytest.mark.parametrize("path", PATHS)
def test_a_search_that_finds_nothing_says_so_and_offers_all(client: Client, names: None, path: str) -> None:
    page = client.get(f"{path}?q=zeppelin")
    assert (page.status_code, texts(page, "h2")) == (200, ["Nothing begins so"])
    assert hrefs(page, "a", class_="button")[-1] == "?"


@pytest.mark.parametrize("path", PATHS)
def test_parameters_of_others_change_nothing(client: Client, names: None, path: str) -> None:
    plain, shared = client.get(f"{path}?q=a"), client.get(f"{path}?fbclid=1&q=a&tag=x&created_after=2024-01-01")
    assert (shared.status_code, shared.content) == (200, plain.content)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("query", ["sort=created_at", "order=up", "page_size=0", "q=%00", f"q={'a' * 200}"])
def test_what_is_not_understood_is_left_out_and_said(client: Client, names: None, path: str, query: str) -> None:
    page = client.get(f"{path}?{query}")
    assert page.status_code == 200
    assert len(elements(page, "a", class_="name")) == 2
    assert len(elements(page, "div", class_="left-out")) == 1


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("query", "status"), [("page=9", 404), ("page=x", 400), ("cursor=x", 400), ("at=2024-01-01", 400)]
)
def test_a_page_that_is_not_there_is_an_error(client: Client, names: None, path: str, query: str, status: int) -> None:
    assert client.get(f"{path}?{query}").status_code == status


@pytest.mark.parametrize("path", [*PATHS, f"{OPTIONS}?q=a"])
def test_an_address_is_read_only(client: Client, names: None, path: str) -> None:
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert [getattr(client, method)(path).status_code for method in ("post", "put", "patch", "delete")] == [405] * 4


@pytest.mark.parametrize("path", PATHS)
def test_an_unchanged_page_is_not_sent_again_and_a_changed_one_is(client: Client, names: None, path: str) -> None:
    kept = {"if-none-match": client.get(path).headers["ETag"]}
    assert client.get(path, headers=kept).status_code == 304
    ContentItemFactory(tags=["new"])
    assert client.get(path, headers=kept).status_code == 200


def test_hostile_names_stay_text(client: Client, db: None) -> None:
    ContentItemFactory(tags=[HOSTILE], creator=UserFactory(name=HOSTILE))
    pages = [client.get(path) for path in (*PATHS, f"{OPTIONS}?q=script")]
    assert [len(foreign_scripts(page)) for page in pages] == [0, 0, 0]
    assert texts(pages[0], "span", class_="name__text") == [HOSTILE]
    assert options(pages[2])[0] == ("tag", HOSTILE)
    works = client.get(hrefs(pages[0], "a", class_="name")[0])
    assert len(titles(works)) == 1


@pytest.mark.parametrize("path", ["/", "/tags/"])
def test_the_footer_and_the_filters_lead_to_both_lists(client: Client, db: None, path: str) -> None:
    assert set(PATHS) <= set(hrefs(client.get(path), "a"))


# --- The options


def test_options_are_tags_and_creators_that_begin_so(client: Client, names: None) -> None:
    page = client.get(f"{OPTIONS}?q=A")
    assert options(page) == [("creator", "alice"), ("creator", "anton")]
    assert options(client.get(f"{OPTIONS}?q=fo")) == [("tag", "fog"), ("tag", "foot path")]
    assert texts(page, "li", class_="options__label") == ["Creators"]


@pytest.mark.parametrize(
    ("of", "found"),
    [
        ("tags", [("tag", "anton")]),
        ("creators", [("creator", "anton")]),
        ("both", [("tag", "anton"), ("creator", "anton")]),
        ("", [("tag", "anton"), ("creator", "anton")]),
    ],
)
def test_options_are_of_the_kind_that_is_asked_for(
    client: Client, names: None, of: str, found: list[tuple[str, str]]
) -> None:
    ContentItemFactory(tags=["anton"])
    assert options(client.get(f"{OPTIONS}?q=ant&of={of}")) == found


@pytest.mark.parametrize("query", ["", "?q=", "?q=+", "?of=tags", "?q=-", "?q=%00", f"?q={'f' * 200}", "?q=a&q=b%00"])
def test_a_text_without_words_has_no_options(client: Client, names: None, query: str) -> None:
    page = client.get(f"{OPTIONS}{query}")
    assert (page.status_code, options(page)) == (200, [])


def test_at_most_eight_options_of_a_kind_are_offered(client: Client, db: None) -> None:
    ContentItemFactory(tags=[f"fog {number}" for number in range(12)])
    found = elements(client.get(f"{OPTIONS}?q=fog"), "li", role="option")
    assert len(found) == 8
    assert len({option.attributes["id"] for option in found}) == 8


def test_options_pass_over_other_parameters(client: Client, names: None) -> None:
    query = "?q=fo&sort=name&order=asc&page=2&page_size=1&cursor=x&at=2024-01-01&fbclid=1"
    assert options(client.get(f"{OPTIONS}{query}")) == [("tag", "fog"), ("tag", "foot path")]


@pytest.mark.parametrize("rows", [1, 20])
@pytest.mark.parametrize(
    ("path", "queries"), [("/tags/", 3), ("/creators/", 3), ("/models/", 3), (f"{OPTIONS}?q=fog", 2)]
)
def test_a_page_runs_as_many_queries_however_many_names_there_are(
    client: Client,
    db: None,
    rows: int,
    path: str,
    queries: int,
    django_assert_num_queries: Callable[..., AbstractContextManager],
) -> None:
    for number in range(rows):
        data = GenerationDataFactory(model=GenerativeModelFactory(name=f"fog {number}"))
        ContentItemFactory(tags=[f"fog {number}"], creator=UserFactory(username=f"fog{number}"), generation=data)
    client.get(path)
    with django_assert_num_queries(queries):
        client.get(path)
    if path.startswith(OPTIONS):
        client.force_login(User.objects.order_by("pk").first())
        client.get(path)
        with django_assert_num_queries(queries + 2):  # session and account say up to which level works count
            assert len(elements(client.get(path), "li", role="option")) == 3 * min(rows, 8)


# --- Models and LoRAs


@pytest.fixture
def made(db: None) -> None:
    """A work of a model with a LoRA, and one with that LoRA alone."""
    lora = GenerativeModelFactory(kind="lora", name="fog & glow")
    for model in (GenerativeModelFactory(name="foggy XL"), None):
        ContentItemFactory(generation=GenerationDataFactory(model=model, loras=[lora.pk], lora_weights=[1]))


def test_models_and_loras_lead_to_their_works(client: Client, made: None) -> None:
    page = client.get("/models/")
    assert texts(page, "a", class_="name") == ["fog & glow LoRA 2 works", "foggy XL 1 work"]
    assert hrefs(page, "a", class_="name") == ["/?lora=fog%20%26%20glow", "/?model=foggy%20XL"]
    assert [len(elements(client.get(link), "li", class_="card")) for link in hrefs(page, "a", class_="name")] == [2, 1]


def test_models_and_loras_complete_what_is_typed(client: Client, made: None) -> None:
    assert options(client.get(f"{OPTIONS}?q=fog")) == [("model", "foggy XL"), ("lora", "fog & glow")]
    assert options(client.get(f"{OPTIONS}?q=fog&of=loras")) == [("lora", "fog & glow")]
    assert options(client.get(f"{OPTIONS}?q=fog&of=models")) == [("model", "foggy XL")]


# --- With script


def test_names_complete_what_is_typed(open_context: OpenContext, transactional_db: None, complaints: list[str]) -> None:
    ContentItemFactory(creator=UserFactory(username="fogbound"), tags=["fog", "foghorn"])
    ContentItemFactory(creator=None, tags=["fog"])
    page = open_context(viewport={"width": 1440, "height": 900}).new_page()
    listen(page, complaints)
    page.goto("/?content_type=image")
    search, offered = page.locator("#search"), page.locator("#search-options .option")
    search.press_sequentially("fog")
    expect(offered).to_have_count(3)
    assert [option.get_attribute("data-value") for option in offered.all()] == ["fog", "foghorn", "fogbound"]
    search.press("Escape")
    expect(page.locator("#search-options")).to_be_hidden()
    expect(search).to_have_attribute("aria-expanded", "false")
    search.press("Backspace")
    expect(offered).to_have_count(3)
    search.press("ArrowDown")
    expect(offered.first).to_have_attribute("aria-selected", "true")
    search.press("Enter")
    expect(page).to_have_url(re.compile(r"/\?(content_type=image&)?tag=fog$"))
    expect(page.locator(".card")).to_have_count(2)
    fill_by_option(page)
    search.press_sequentially("fogh")
    expect(offered).to_have_count(1)
    search.press("ArrowDown")
    search.press("Enter")
    # The filters stay in force, the other tag among them.
    expect(page).to_have_url(re.compile(r"[?&]tag=fog&.*tag=foghorn$"))


@pytest.mark.parametrize(
    ("typed", "offered", "query"),
    [
        ("castle land", ["landscape", "landseer"], "q=castle&tag=landscape"),
        ("1girl, hat, blue ey", ["blue eyes"], "q=1girl%2C+hat&tag=blue+eyes"),
        ("blue ey", ["blue eyes"], "tag=blue+eyes"),
        ("castle Tag:lan", ["landscape"], "q=castle&tag=landscape"),
        ('castle, creator:"lan', ["landseer"], "q=castle&creator=landseer"),
        ("-sea castle lan", ["landscape", "landseer"], "q=-sea+castle&tag=landscape"),
    ],
)
def test_the_end_of_a_search_becomes_a_filter_and_its_words_stay(
    open_context: OpenContext, transactional_db: None, typed: str, offered: list[str], query: str
) -> None:
    ContentItemFactory(creator=UserFactory(username="landseer"), tags=["landscape", "blue eyes"])
    ContentItemFactory(creator=None, tags=["landscape"])
    page = open_context().new_page()
    page.goto("/")
    search, options = page.locator("#search"), page.locator("#search-options .option")
    search.press_sequentially(typed)
    expect(options).to_have_count(len(offered))
    assert [option.get_attribute("data-value") for option in options.all()] == offered
    options.first.click()
    expect(page).to_have_url(re.compile(rf"/\?{re.escape(query)}$"))


def test_what_a_search_leaves_out_is_not_completed(open_context: OpenContext, transactional_db: None) -> None:
    ContentItemFactory(tags=["landscape"], creator=None)
    page = open_context().new_page()
    page.goto("/")
    search, options = page.locator("#search"), page.locator("#search-options .option")
    search.press_sequentially("castle land")
    expect(options).to_have_count(1)
    for typed in ("castle -land", "castle -tag:land", "land,"):
        search.fill(typed)
        expect(options).to_have_count(0)
        search.fill("castle land")
        expect(options).to_have_count(1)


def test_what_was_typed_before_script_came_is_completed(open_context: OpenContext, transactional_db: None) -> None:
    ContentItemFactory(tags=["fog"])
    page = open_context().new_page()
    held: list[Route] = []
    page.route("**/js/main.*", lambda route: held.append(route))
    page.goto("/", wait_until="commit")
    page.locator("#search").press_sequentially("fo")
    until(lambda: held, page)
    held.pop().continue_()
    expect(page.locator("#search-options .option")).to_have_count(1)


def fill_by_option(page: Page) -> None:
    """Fill the filters' field for a tag by a click on an option, and send it."""
    page.locator("summary", has_text="Filters").click()
    field = page.locator("#filter-tag")
    field.press_sequentially("fo")
    option = page.locator("#filter-tag-options .option", has_text="foghorn")
    expect(page.locator("#filter-tag-options .option")).to_have_count(2)
    option.click()
    expect(field).to_have_value("foghorn")
    expect(page.locator("#filter-tag-options")).to_be_hidden()
    field.press("Enter")
    expect(page.locator(".card")).to_have_count(1)
