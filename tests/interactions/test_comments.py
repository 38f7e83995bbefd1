"""Comments: who may do what with them, what removing leaves, and what their texts become."""

from functools import partial

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from content.models import ContentItem
from genonaut.http.limits import Rate
from interactions import comments
from interactions.comment_texts import linked
from interactions.merging import merge
from interactions.models import REMOVED_TEXT, Interaction, Kind
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from tests.interactions.test_likes import at_once
from tests.interactions.test_views import SIGNING_IN
from tests.pages.html import elements, foreign_scripts, hrefs, texts
from tests.races import outcome_behind
from users.models import User

VIEWERS = ("anonymous", "author", "creator", "other", "staff")


@pytest.fixture
def item(alice: User) -> ContentItem:
    """Alice's work."""
    return ContentItemFactory(title="Fog", creator=alice)


@pytest.fixture
def comment(bob: User, item: ContentItem) -> Interaction:
    """Bob's comment on it."""
    return InteractionFactory(user=bob, content=item, kind=Kind.COMMENT, comment="Fine")


@pytest.fixture
def cast(alice: User, bob: User, staff: User) -> dict[str, User | None]:
    """Who looks at bob's comment on alice's work."""
    return {"anonymous": None, "author": bob, "creator": alice, "other": UserFactory(), "staff": staff}


def as_viewer(client: Client, user: User | None) -> Client:
    """Sign in, or out."""
    client.logout()
    if user is not None:
        client.force_login(user)
    return client


def answer_to(comment: Interaction, user: User | None = None, text: str = "Indeed") -> Interaction:
    return InteractionFactory(user=user, content=comment.content, kind=Kind.COMMENT, comment=text, parent=comment)


def left() -> list[tuple[str, bool]]:
    """Return the texts of all comments, and whether they are shown as removed."""
    rows = Interaction.objects.filter(kind=Kind.COMMENT).order_by("pk")
    return [(row.comment, row.removed_at is not None) for row in rows]


# --- Who may do what


MAY = {
    # On a public work: who may do it; each other signed-in viewer gets 403, who is not signed in is led to sign in.
    ("get", "/comments/{0}/"): VIEWERS,
    ("get", "/content/{1}/comments/"): VIEWERS,
    ("get", "/fragments/content/{1}/comments/"): VIEWERS,
    ("post", "/content/{1}/comments/"): ("author", "creator", "other", "staff"),
    ("get", "/comments/{0}/edit/"): ("author",),
    ("post", "/comments/{0}/edit/"): ("author",),
    ("get", "/comments/{0}/delete/"): ("author", "creator", "staff"),
    ("post", "/comments/{0}/delete/"): ("author", "creator", "staff"),
}


@pytest.mark.parametrize(("method", "address"), MAY)
def test_who_may_do_what(client: Client, cast: dict, item: ContentItem, bob: User, method: str, address: str) -> None:
    allowed = MAY[method, address]
    for viewer in VIEWERS:
        comment = InteractionFactory(user=bob, content=item, kind=Kind.COMMENT, comment="Fine")
        path = address.format(comment.pk, item.pk)
        before = left()
        answer = getattr(as_viewer(client, cast[viewer]), method)(path, {"text": "New"} if method == "post" else {})
        if viewer in allowed:
            assert (viewer, answer.status_code) == (viewer, 200 if method == "get" else 303)
            assert (left() != before) == (method == "post")
            continue
        is_led = viewer == "anonymous"
        assert (viewer, answer.status_code, left()) == (viewer, 303 if is_led else 403, before)
        if is_led:
            assert answer["Location"] == f"/accounts/login/?next={path}"


@pytest.mark.parametrize(("method", "address"), MAY)
@pytest.mark.usefixtures("one_request_id")
def test_of_a_private_work_others_see_nothing(
    client: Client, cast: dict, comment: Interaction, item: ContentItem, method: str, address: str
) -> None:
    """Its creator and staff go on; the author of the comment, as any other, finds nothing."""
    ContentItem.objects.filter(pk=item.pk).update(is_private=True)
    for viewer in ("author", "other"):
        answers = [
            getattr(as_viewer(client, cast[viewer]), method)(address.format(pk, content), {"text": "New"})
            for pk, content in ((comment.pk, item.pk), (comment.pk + 99, item.pk + 99), (2**63, 2**63))
        ]
        assert [answer.status_code for answer in answers] == [404] * 3
        assert texts(answers[0], "main") == texts(answers[1], "main")
    assert left() == [("Fine", False)]


def test_nothing_is_done_from_elsewhere(bob: User, comment: Interaction) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(bob)
    for address in (f"/comments/{comment.pk}/delete/", f"/content/{comment.content_id}/comments/"):
        assert strict.post(address, {"text": "New"}).status_code == 403
    assert left() == [("Fine", False)]


# --- Writing, editing, removing


def test_what_is_written_is_shown_and_links_are_safe(client: Client, bob: User, item: ContentItem) -> None:
    client.force_login(bob)
    text = "<b>See</b>\r\nhttps://example.org/?a=1&b=2. javascript:alert(1)"
    answer = client.post(f"/content/{item.pk}/comments/", {"text": text})
    row = Interaction.objects.get(kind=Kind.COMMENT)
    assert (row.user, row.comment) == (bob, text.replace("\r\n", "\n"))
    assert answer["Location"] == f"/content/{item.pk}/comments/#comment-{row.pk}"
    page = client.get(answer["Location"])
    assert texts(page, "p", class_="prose") == ["<b>See</b> https://example.org/?a=1&b=2. javascript:alert(1)"]
    [link] = [link for link in elements(page, "a") if link.attributes["href"].startswith("https:")]
    assert link.attributes == {"href": "https://example.org/?a=1&b=2", "rel": "nofollow ugc noopener noreferrer"}
    assert (page["Cache-Control"], foreign_scripts(page)) == ("private, no-store", [])


def sent_by(page: HttpResponse, number: int) -> dict[str, str]:
    """Return the hidden fields of a form for comments in a page, by its place there."""
    keys = [field.attributes["value"] for field in elements(page, "input", name="key")]
    parents = ["", *(field.attributes["value"] for field in elements(page, "input", name="parent"))]
    return {"key": keys[number], "parent": parents[number]}


@pytest.mark.parametrize("is_answer", [False, True])
def test_a_form_that_is_sent_twice_writes_once_and_a_changed_one_again(
    client: Client, alice: User, comment: Interaction, is_answer: bool
) -> None:
    client.force_login(alice)
    address = f"/content/{comment.content_id}/comments/"
    hidden = sent_by(client.get(address), int(is_answer))
    texts_sent = ("Indeed", "Indeed", "Changed")
    led = [client.post(address, {**hidden, "text": text})["Location"] for text in texts_sent]
    assert (led[0] == led[1], left()) == (True, [("Fine", False), ("Indeed", False), ("Changed", False)])
    fragment = client.post(f"/fragments{address}", {**hidden, "text": "Changed"})
    assert (fragment.status_code, len(left())) == (200, 3)
    assert hidden["key"] not in {field.attributes["value"] for field in elements(fragment, "input", name="key")}


def test_the_form_of_a_thread_s_page_answers_once(client: Client, alice: User, comment: Interaction) -> None:
    client.force_login(alice)
    [key] = elements(client.get(f"/comments/{comment.pk}/"), "input", name="key")
    sent = {"key": key.attributes["value"], "parent": comment.pk, "text": "Indeed"}
    for _ in range(2):
        client.post(f"/content/{comment.content_id}/comments/", sent)
    assert left() == [("Fine", False), ("Indeed", False)]


def test_two_requests_of_one_key_at_once_write_once(transactional_db: None, alice: User, comment: Interaction) -> None:
    write = partial(comments.add, alice, comment.content_id, "Indeed", parent_id=comment.pk, key="k")
    written = outcome_behind(write, write)
    assert (written, left()) == (Interaction.objects.get(comment="Indeed"), [("Fine", False), ("Indeed", False)])


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("no address", "no address"),
        (
            "http://a.example)",
            '<a href="http://a.example" rel="nofollow ugc noopener noreferrer">http://a.example</a>)',
        ),
        ("https://", "https://"),
        ("https://...", "https://..."),
        ('https://a.example/"onclick="x', None),
        ("ftp://a.example", "ftp://a.example"),
        ("&<>\"'", "&amp;&lt;&gt;&quot;&#x27;"),
    ],
)
def test_addresses_of_the_web_alone_become_links(text: str, html: str | None) -> None:
    made = linked(text)
    assert made == html if html is not None else 'onclick="' not in made


@pytest.mark.parametrize("text", ["", "   \r\n ", "x" * 10_001, "\x00"])
def test_a_text_that_cannot_be_kept_is_shown_again(client: Client, bob: User, item: ContentItem, text: str) -> None:
    client.force_login(bob)
    answer = client.post(f"/content/{item.pk}/comments/", {"text": text})
    assert (answer.status_code, left(), len(elements(answer, "div", class_="errors"))) == (400, [], 1)
    fragment = client.post(f"/fragments/content/{item.pk}/comments/", {"text": text})
    assert (fragment.status_code, left(), len(elements(fragment, "div", class_="errors"))) == (200, [], 1)


def test_an_answer_to_an_answer_goes_to_its_thread(client: Client, alice: User, comment: Interaction) -> None:
    client.force_login(alice)
    address = f"/content/{comment.content_id}/comments/"
    client.post(address, {"text": "One", "parent": comment.pk})
    first = Interaction.objects.get(comment="One")
    client.post(address, {"text": "Two", "parent": first.pk})
    assert list(comment.answers.order_by("pk").values_list("comment", flat=True)) == ["One", "Two"]
    other = InteractionFactory(kind=Kind.COMMENT, comment="Elsewhere")
    like = InteractionFactory(content=comment.content, kind=Kind.LIKE)
    for parent in (other.pk, like.pk, 99_999_999, "x", "0", 2**63):
        assert client.post(address, {"text": "No", "parent": parent}).status_code == 400
    comments.remove(comment)
    assert client.post(address, {"text": "Late", "parent": comment.pk}).status_code == 400
    assert not Interaction.objects.filter(comment__in=("No", "Late")).exists()


def test_an_edited_comment_says_so_and_the_same_text_is_no_edit(
    client: Client, bob: User, comment: Interaction
) -> None:
    client.force_login(bob)
    edit = f"/comments/{comment.pk}/edit/"
    assert texts(client.get(edit), "textarea") == ["Fine"]
    client.post(edit, {"text": "Fine"})
    assert texts(client.get(f"/comments/{comment.pk}/"), "span", title=None) != []
    assert Interaction.objects.get(pk=comment.pk).edited_at is None
    client.post(edit, {"text": "Finer"})
    comment.refresh_from_db()
    assert (comment.comment, comment.edited_at is not None) == ("Finer", True)
    assert "edited" in texts(client.get(f"/comments/{comment.pk}/"), "span")
    assert (client.post(edit, {"text": " "}).status_code, left()) == (400, [("Finer", False)])


@pytest.mark.parametrize("is_answer", [False, True])
def test_what_was_done_to_an_old_comment_leads_to_a_page_where_it_is(
    client: Client, item: ContentItem, bob: User, is_answer: bool
) -> None:
    thread = InteractionFactory(content=item, kind=Kind.COMMENT, comment="Well") if is_answer else None
    fields = {"content": item, "kind": Kind.COMMENT, "comment": "Fine", "user": bob}
    old, *_ = [InteractionFactory(**fields, parent=thread) for _ in range(60)]
    client.force_login(bob)
    edited = client.post(f"/comments/{old.pk}/edit/", {"text": "Finer"}, follow=True)
    [[address, _]] = edited.redirect_chain
    assert (address.partition("#")[2], "Finer" in texts(edited, "p", class_="prose")) == (f"comment-{old.pk}", True)
    assert [shown.attributes["id"] for shown in elements(edited, "article")][-1] == f"comment-{old.pk}"
    for page in (f"/comments/{old.pk}/edit/", f"/comments/{old.pk}/delete/"):
        assert address in hrefs(client.get(page), "a")
    client.force_login(UserFactory())
    reported = client.post(f"/report/comment/{old.pk}/", {"reason": "spam"})
    assert (reported.status_code, reported["Location"]) == (303, address)


def test_a_removed_comment_with_answers_leaves_a_heading_until_the_last_goes(
    client: Client, alice: User, bob: User, comment: Interaction
) -> None:
    answers = [answer_to(comment, alice, text) for text in ("One", "Two")]
    comments.remove(comment)
    comments.remove(comment)
    assert left() == [(REMOVED_TEXT, True), ("One", False), ("Two", False)]
    client.force_login(bob)
    page = client.get(f"/content/{comment.content_id}/comments/")
    assert texts(page, "p", class_="comment__removed") == ["This comment was removed."]
    assert texts(page, "p", class_="prose") == ["One", "Two"]
    assert texts(page, "h1") == ["Comments 2 comments"]
    assert "bob" not in texts(page, "ol", class_="threads")[0].lower()
    assert client.post(f"/comments/{comment.pk}/edit/", {"text": "Back"}).status_code == 403
    comments.remove(answers[0])
    assert left() == [(REMOVED_TEXT, True), ("Two", False)]
    comments.remove(answers[1])
    assert left() == []


def test_an_answer_and_the_removal_of_its_thread_at_once_leave_no_orphan(transactional_db: None) -> None:
    bob, item = UserFactory(), ContentItemFactory()
    for _ in range(5):
        thread = comments.add(bob, item.pk, "Thread")

        write = partial(comments.add, bob, item.pk, "Answer", parent_id=thread.pk)
        at_once(write, partial(comments.remove, thread))
        rows = Interaction.objects.filter(kind=Kind.COMMENT).values_list("comment", flat=True)
        assert sorted(rows) in (["Answer", REMOVED_TEXT], [])
        Interaction.objects.all().delete()


def test_writing_is_limited_and_the_text_is_not_lost(
    client: Client, bob: User, item: ContentItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comments, "RATE", Rate(1, comments.RATE.period))
    client.force_login(bob)
    statuses = [client.post(f"/content/{item.pk}/comments/", {"text": text}).status_code for text in ("One", "Two")]
    refused = client.post(f"/fragments/content/{item.pk}/comments/", {"text": "Two"})
    assert (statuses, refused.status_code, texts(refused, "textarea")[0]) == ([303, 429], 200, "Two")
    assert "Too many tries" in texts(refused, "div", class_="errors")[0]
    assert left() == [("One", False)]


# --- Lists


def test_threads_are_paged_newest_or_oldest_first_with_their_first_answers(
    client: Client, bob: User, item: ContentItem
) -> None:
    threads = [comments.add(bob, item.pk, f"Thread {number}") for number in range(5)]
    for number in range(5):
        answer_to(threads[4], bob, f"Answer {number}")
    shown = texts(client.get(f"/content/{item.pk}/comments/?page_size=2"), "p", class_="prose")
    assert shown == ["Thread 4", "Answer 0", "Answer 1", "Answer 2", "Thread 3"]
    page = client.get(f"/content/{item.pk}/comments/?page_size=2&order=asc&page=2")
    assert texts(page, "p", class_="prose") == ["Thread 2", "Thread 3"]
    assert texts(page, "h1") == ["Comments 10 comments"]
    assert client.get(f"/content/{item.pk}/comments/?page_size=2&page=4").status_code == 404
    thread = client.get(f"/comments/{threads[4].pk}/?order=asc&page_size=3&page=2")
    assert texts(thread, "p", class_="prose") == ["Thread 4", "Answer 3", "Answer 4"]
    one = client.get(f"/comments/{threads[4].answers.get(comment='Answer 3').pk}/")
    assert texts(one, "p", class_="prose") == ["Thread 4", "Answer 3"]


def test_a_thread_shows_the_viewer_s_own_latest_answer_too(
    client: Client, bob: User, item: ContentItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread, other = comments.add(bob, item.pk, "Thread"), comments.add(bob, item.pk, "Other")
    carol = UserFactory()
    client.force_login(carol)

    def shown() -> tuple[list[str], bool]:
        page = client.get(f"/fragments/content/{item.pk}/comments/?order=asc")
        return texts(page, "p", class_="prose")[1:], f"/comments/{thread.pk}/?order=asc" in hrefs(page, "a")

    for number in range(3):
        answer_to(thread, bob, f"{number}")
    assert shown() == (["Thread", "0", "1", "2"], False)
    for said in ("mine", "mine too"):
        answer_to(thread, carol, said)
    assert shown() == (["Thread", "0", "1", "2", "mine too"], True)
    answer_to(thread, bob, "after it")
    assert shown() == (["Thread", "0", "1", "2", "mine too"], True)
    thread.answers.filter(comment="mine too").delete()
    thread.answers.filter(comment="after it").delete()
    assert shown() == (["Thread", "0", "1", "2", "mine"], False)
    monkeypatch.setattr(comments, "NEWEST_ANSWERS", 1)
    for number in range(3, 6):
        answer_to(thread, bob, f"{number}")
    assert shown() == (["Thread", "0", "1", "2", "mine"], True)  # among the oldest that are read
    answer_to(other, bob, "0")
    client.logout()
    assert [text for text in shown()[0] if text.startswith("mine")] == []


@pytest.mark.parametrize("threads", [1, 20])
def test_a_page_of_comments_runs_so_many_queries(
    client: Client, bob: User, item: ContentItem, threads: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(threads):
        answer_to(comments.add(bob, item.pk, "Thread"), bob)
    client.force_login(bob)
    item_and_count, plan_total_keys_and_rows, answers, ratings = 2, 4, 1, 2
    with django_assert_num_queries(SIGNING_IN + item_and_count + plan_total_keys_and_rows + answers + ratings):
        page = client.get(f"/content/{item.pk}/comments/")
    assert len(elements(page, "article")) == 2 * threads


def test_comments_of_closed_and_deactivated_accounts_name_no_author(
    client: Client, bob: User, comment: Interaction
) -> None:
    answer_to(comment, UserFactory(is_active=False, name="Eve"))
    User.objects.filter(pk=bob.pk).delete()
    page = client.get(f"/content/{comment.content_id}/comments/")
    assert [text.split(" ")[:2] for text in texts(page, "p", class_="comment__head")] == [["Author", "gone"]] * 2
    assert "Eve" not in page.content.decode()


def test_merging_duplicates_keeps_threads(alice: User, comment: Interaction) -> None:
    kept = ContentItemFactory(creator=alice)
    answer_to(comment, alice)
    merge(alice, kept.pk, [comment.content_id])
    assert list(kept.interactions.order_by("pk").values_list("comment", flat=True)) == ["Fine", "Indeed"]
    assert kept.interactions.get(comment="Indeed").parent == comment


def test_the_work_leads_to_its_comments(client: Client, item: ContentItem) -> None:
    page = client.get(item.get_absolute_url())
    assert f"/content/{item.pk}/comments/" in hrefs(page, "a")
    [section] = elements(page, "section", class_="talk")
    assert section.attributes["hx-get"] == f"/fragments/content/{item.pk}/comments/"


# --- The API


def test_the_api_writes_answers_edits_and_removes(api: APIClient, bob: User, comment: Interaction) -> None:
    api.force_login(bob)
    url, body = "/api/v1/interactions/", {"content": comment.content_id, "kind": "comment", "comment": "Indeed"}
    made = api.post(url, {**body, "parent": comment.pk})
    assert (made.status_code, made.json()["parent"], made.json()["edited_at"]) == (201, comment.pk, None)
    changed = api.patch(f"{url}{made.json()['id']}/", {"comment": "Yes", "parent": None}).json()
    assert (changed["comment"], changed["parent"], changed["edited_at"] is not None) == ("Yes", comment.pk, True)
    assert api.delete(f"{url}{comment.pk}/").status_code == 204
    assert left() == [(REMOVED_TEXT, True), ("Yes", False)]
    assert api.patch(f"{url}{comment.pk}/", {"comment": "Back"}).status_code == 400
    with transaction.atomic():
        assert not comments.lock(comment)
        assert comments.lock(Interaction.objects.get(comment="Yes"))
    other = InteractionFactory(kind=Kind.COMMENT, comment="Elsewhere")
    for wrong in ({"parent": other.pk}, {"parent": comment.pk}, {"parent": made.json()["id"]}):
        assert list(api.post(url, {**body, **wrong}).json()["errors"]) == ["parent"]
    like = {"content": comment.content_id, "kind": "like", "parent": other.pk}
    assert list(api.post(url, like).json()["errors"]) == ["parent"]
