"""Create and jobs in a real Chromium: live with script, whole without it, by keyboard, and for assistive technology."""

from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from uuid import UUID

import pytest
from PIL import Image
from playwright.sync_api import Error, Page, Request, Route, expect
from pytest_django.fixtures import Settings

from content.models import ContentItem
from generation import claims, jobs
from generation.models import GenerationJob, Workflow
from generation.workflows.shipped import write_shipped
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, listen, until, until_loaded
from tests.pages.stillness import still
from tests.pages.test_scrubber import stop_clock
from users.models import User

PHONE, DESKTOP, WIDE = ({"width": width, "height": height} for width, height in ((390, 844), (1440, 900), (2560, 1300)))
PROGRESS = "/fragments/create/jobs/?"
HIDE = """(isHidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@dataclass(frozen=True)
class News:
    """What a worker reports."""

    fraction: float
    position: int | None = None
    preview: bytes | None = None


@pytest.fixture
def ada(transactional_db: None) -> User:
    return UserFactory(username="ada", name="Ada")


def claimed(fraction: float) -> UUID:
    """Let a worker take the next job and come so far; return the attempt."""
    key = claims.claim("worker").attempt.key
    frame = BytesIO()
    Image.new("RGB", (64, 64), "#7a5c40").save(frame, "JPEG")
    claims.report(key, News(fraction, preview=frame.getvalue()))
    return key


def finished(key: UUID, user: User) -> ContentItem:
    """Let an attempt end with a private work."""
    item = ContentItemFactory(creator=user, is_private=True, title="A lighthouse")
    claims.finish(key, [item])
    return item


def expect_states(page: Page, *states: str) -> None:
    expect(page.locator(".job__state")).to_have_text(states)


def test_by_keyboard_one_creates_and_sees_how_it_comes(
    open_context: OpenContext, ada: User, complaints: list[str]
) -> None:
    page = open_context(user=ada, viewport=DESKTOP).new_page()
    listen(page, complaints)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if PROGRESS in request.url else None)
    page.goto("/create/")
    page.get_by_label("Prompt", exact=True).fill("a lighthouse")
    page.get_by_label("Variants").fill("2")
    page.keyboard.press("Enter")
    expect_states(page, "Waiting, next in the queue", "Waiting, 1 job before it")
    assert page.url.endswith("/create/")
    notice = page.locator("#jobs-notice")
    expect(notice).to_contain_text("No worker is running")
    key = claimed(0.5)
    expect_states(page, "Running, 50 %", "Waiting, next in the queue")
    until(lambda: page.locator("[data-preview]").evaluate("image => image.naturalWidth") == 64, page)
    page.locator("[data-preview]").evaluate("image => { image.mark = 1; }")
    claims.report(key, News(0.75))
    expect_states(page, "Running, 75 %", "Waiting, next in the queue")
    assert page.locator("[data-preview]").evaluate("image => image.mark") == 1  # one frame is there until the next is
    page.get_by_role("button", name=f"Cancel: job {GenerationJob.objects.latest('pk').pk}").focus()
    for _ in range(2):  # the first has swapped its card by the time that the second is asked for
        with page.expect_response(lambda response: PROGRESS in response.url):
            pass
    page.keyboard.press("Enter")
    expect_states(page, "Running, 75 %", "Cancelled")
    item = finished(key, ada)
    expect_states(page, "Done", "Cancelled")
    expect(page.locator("#jobs-status")).to_have_text("All have ended.")
    expect(page.get_by_role("link", name="Show the work")).to_have_attribute("href", item.get_absolute_url())
    page.get_by_role("button", name="Publish").press("Enter")
    until(lambda: not ContentItem.objects.get(pk=item.pk).is_private, page)
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)
    still(page)  # no poll is due, and none is under way since the last button
    before = len(asked)
    page.wait_for_timeout(1_500)
    assert len(asked) == before
    page.get_by_role("button", name="Try again").press("Enter")
    expect_states(page, "Done", "Waiting, next in the queue", "Cancelled")
    page.get_by_role("button", name="Create", exact=True).press("Enter")
    expect_states(page, "Waiting, 1 job before it", "Waiting, 2 jobs before it")
    expect(page.get_by_role("button", name="Create", exact=True)).to_be_focused()


def test_an_answer_comes_through_news_of_the_card_and_the_list_that_it_belongs_to(
    open_context: OpenContext, ada: User, complaints: list[str]
) -> None:
    """htmx swaps nothing beside a button, or a poll, that is not in the page any more."""
    jobs.ask(ada, [jobs.Request("a lighthouse"), jobs.Request("a harbour")])
    key = claimed(0.5)
    page = open_context(user=ada, viewport=DESKTOP).new_page()
    listen(page, complaints)
    page.goto("/create/jobs/")
    expect_states(page, "Waiting, next in the queue", "Running, 50 %")
    held: list[Route] = []
    page.route("**/fragments/create/jobs/*/cancel/", lambda route: held.append(route))
    page.get_by_role("button", name="Cancel: job").last.press("Enter")
    until(lambda: held, page)
    claims.report(key, News(0.75))
    for _ in range(2):
        with page.expect_response(lambda response: PROGRESS in response.url):
            pass
    polls: list[Route] = []
    page.route(f"**{PROGRESS}*", lambda route: polls.append(route))
    until(lambda: polls, page)
    held.pop().continue_()
    expect_states(page, "Waiting, next in the queue", "Cancelled")
    expect(page.locator("#jobs-status")).to_have_text("Cancelled.")
    page.unroute_all()
    for poll in polls:
        with suppress(Error):  # the page has given it up
            poll.continue_()
    page.get_by_role("button", name="Cancel: job").press("Enter")
    expect_states(page, "Cancelled", "Cancelled")


def test_a_poll_that_is_due_while_another_is_under_way_is_not_sent_after_it(
    open_context: OpenContext, ada: User
) -> None:
    """On a slow server htmx would send it as soon as the first is given up, for an element that is about to go."""
    [job] = jobs.ask(ada, [jobs.Request("a lighthouse")])
    page = open_context(user=ada, has_clock=True, viewport=DESKTOP).new_page()
    page.goto("/create/jobs/")
    expect_states(page, "Waiting, next in the queue")
    polls: list[Route] = []
    page.route(f"**{PROGRESS}*", lambda route: polls.append(route))
    until(lambda: polls, page)
    page.clock.run_for(10_000)
    page.get_by_role("button", name="Cancel: job").press("Enter")
    expect_states(page, "Cancelled")
    assert len([poll for poll in polls if f"open={job.pk}" in poll.request.url]) == 1
    page.unroute_all()


# Presses a button of a card as soon as the list holds another card in its place.
PRESS_NEXT = """() => {
  window.isSame = true;
  const list = document.querySelector(".job").parentElement;
  new MutationObserver((_, observer) => {
    observer.disconnect();
    list.querySelector(".job [id^=cancel]").click();
  }).observe(list, {childList: true});
}"""


def test_a_button_of_a_card_that_has_just_come_answers_in_place(open_context: OpenContext, ada: User) -> None:
    jobs.ask(ada, [jobs.Request("a lighthouse")])
    key = claimed(0.5)
    page = open_context(user=ada, viewport=DESKTOP).new_page()
    page.goto("/create/jobs/")
    expect_states(page, "Running, 50 %")
    page.evaluate(PRESS_NEXT)
    claims.report(key, News(0.75))
    expect(page.locator("#jobs-status")).to_have_text("Cancelled.")
    assert page.evaluate("window.isSame")


def test_a_hidden_tab_asks_for_nothing_and_at_once_when_it_is_seen(open_context: OpenContext, ada: User) -> None:
    jobs.ask(ada, [jobs.Request("a lighthouse")])
    page = open_context(user=ada, has_clock=True, viewport=DESKTOP).new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if PROGRESS in request.url else None)
    page.goto("/create/jobs/")
    until(lambda: len(asked) > 0, page)
    page.evaluate(HIDE, True)
    stop_clock(page)
    page.wait_for_timeout(500)
    before = len(asked)
    page.clock.run_for(10_000)
    page.wait_for_timeout(500)
    assert len(asked) == before
    with page.expect_request(lambda request: PROGRESS in request.url):  # no poll is due while the clock stands
        page.evaluate(HIDE, False)


@pytest.mark.parametrize("status", [None, 503])
def test_a_server_that_does_not_answer_is_said_until_it_does(
    open_context: OpenContext, ada: User, status: int | None
) -> None:
    jobs.ask(ada, [jobs.Request("a lighthouse")])
    page = open_context(user=ada, viewport=DESKTOP).new_page()
    page.goto("/create/jobs/")
    notice = page.locator("#jobs-notice")
    page.route(f"**{PROGRESS}*", lambda route: route.fulfill(status=status) if status else route.abort())
    expect(notice).to_have_text("The server does not answer. Jobs are kept; this page asks again.")
    page.unroute_all()
    expect(notice).to_contain_text("No worker is running")


FAILURES = {
    503: "the site is busy",
    403: "you are no longer signed in, or the page is too old",
    414: "it is too long",
    None: "the site cannot be reached",
}


@pytest.mark.parametrize("status", FAILURES)
def test_what_could_not_be_asked_for_is_said_and_what_was_typed_stays(
    open_context: OpenContext, ada: User, status: int | None
) -> None:
    page = open_context(user=ada, viewport=DESKTOP).new_page()
    page.goto("/create/")
    until_loaded(page, "site/refusals")
    create = "**/fragments/create/"
    page.route(create, lambda route: route.fulfill(status=status) if status else route.abort())
    page.get_by_label("Prompt", exact=True).fill("a lighthouse")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("alert")).to_have_text(f"That could not be done: {FAILURES[status]}.")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("a lighthouse")
    page.unroute(create)
    page.get_by_role("button", name="Create").click()
    expect_states(page, "Waiting, next in the queue")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_what_a_job_s_button_could_not_do_is_said_until_the_job_is_another(
    open_context: OpenContext, ada: User
) -> None:
    jobs.ask(ada, [jobs.Request("a lighthouse")])
    key = claimed(0.5)
    page = open_context(user=ada, viewport=DESKTOP).new_page()
    page.goto("/create/jobs/")
    until_loaded(page, "site/refusals")
    page.route("**/fragments/create/jobs/*/cancel/", lambda route: route.fulfill(status=429))
    page.get_by_role("button", name="Cancel: job").click()
    said = page.locator(".job").get_by_text("That could not be done: the site is busy.")
    expect(said).to_be_visible()
    claims.report(key, News(0.75))
    expect_states(page, "Running, 75 %")
    expect(said).to_be_visible()
    finished(key, ada)
    expect_states(page, "Done")
    expect(said).to_have_count(0)


def test_what_is_wrong_is_said_in_place_and_what_was_typed_stays(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada, viewport=PHONE).new_page()
    page.goto("/create/")
    page.get_by_label("Prompt", exact=True).fill("a lighthouse")
    page.get_by_label("Size").select_option("own")
    page.get_by_label("Width", exact=True).fill("99999")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("#id_width_error")).to_contain_text("less than or equal to 2048")
    expect(page.get_by_label("Width", exact=True)).to_be_focused()  # it may be out of sight
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("a lighthouse")
    expect(page.get_by_label("Height", exact=True)).to_be_visible()
    assert GenerationJob.objects.count() == 0


@pytest.mark.parametrize("has_script", [True, False])
def test_another_workflow_brings_its_fields_and_keeps_what_was_typed(
    open_context: OpenContext, ada: User, settings: Settings, has_script: bool
) -> None:
    settings.COMFYUI_URLS = ["http://127.0.0.1:9"]
    write_shipped(Workflow.objects.all())
    page = open_context(user=ada, java_script_enabled=has_script, viewport=DESKTOP).new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "fields" in request.url else None)
    page.goto("/create/")
    page.get_by_label("Prompt", exact=True).fill("a lighthouse")
    for workflow in ("picture-to-picture", "text-to-picture"):
        page.get_by_label("Workflow").select_option(workflow)
        if not has_script:
            page.get_by_role("button", name="Show its fields").click()
        # The form that was asked for is here: a choice in the one before it would be lost.
        expect(page.get_by_label("Strength of change")).to_have_count(int(workflow == "picture-to-picture"))
        if not has_script or workflow == "picture-to-picture":
            page.get_by_text("More settings").click()  # which stays open with script
    expect(page.get_by_label("Strength of change")).to_have_count(0)
    expect(page.get_by_label("Steps")).to_be_visible()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("a lighthouse")
    assert [(request.method, "lighthouse" in request.url) for request in asked] == [("POST", False)] * 2


@pytest.mark.parametrize("has_script", [True, False])
def test_enter_in_a_field_creates_where_workflows_have_a_button_too(
    open_context: OpenContext, ada: User, settings: Settings, has_script: bool
) -> None:
    settings.COMFYUI_URLS = ["http://127.0.0.1:9"]
    write_shipped(Workflow.objects.all())
    page = open_context(user=ada, java_script_enabled=has_script, viewport=DESKTOP).new_page()
    page.goto("/create/")
    page.get_by_label("Prompt", exact=True).fill("a lighthouse")
    page.get_by_label("Variants").press("Enter")
    expect_states(page, "Waiting, next in the queue")
    assert GenerationJob.objects.count() == 1


def test_a_workflow_chosen_while_a_request_is_sent_does_not_take_its_answer(
    open_context: OpenContext, ada: User, settings: Settings, complaints: list[str]
) -> None:
    """The choice would replace the form that asks, beside which htmx puts the answer."""
    settings.COMFYUI_URLS = ["http://127.0.0.1:9"]
    write_shipped(Workflow.objects.all())
    page = open_context(user=ada, viewport=DESKTOP).new_page()
    listen(page, complaints)
    page.goto("/create/")
    page.get_by_label("Prompt", exact=True).fill("a lighthouse")
    held: list[Route] = []
    page.route("**/fragments/create/", lambda route: held.append(route))
    page.get_by_role("button", name="Create", exact=True).press("Enter")
    until(lambda: held, page)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    page.get_by_label("Workflow").select_option("picture-to-picture")
    still(page, is_loaded=False)
    held.pop().continue_()
    expect_states(page, "Waiting, next in the queue")
    assert not [request for request in asked if "/fields/" in request.url]


def test_without_script_each_step_is_a_page(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada, java_script_enabled=False, viewport=PHONE).new_page()
    page.goto("/create/")
    page.get_by_label("Prompt", exact=True).fill("a lighthouse")
    page.get_by_label("Variants").fill("2")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 variants")
    key = claimed(0.5)
    expect_states(page, "Running, 50 %", "Waiting, next in the queue")  # by reloading itself
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".message")).to_have_text("Paused.")
    expect_states(page, "Running, 50 %", "Paused")
    assert "/create/jobs/batch/" in page.url
    finished(key, ada)
    page.reload()
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".message")).to_have_text("Published: everybody sees it now.")
    page.get_by_role("link", name="My jobs").click()
    page.get_by_role("button", name="Cancel all that wait").click()
    expect_states(page, "Cancelled", "Done")
    expect(page.get_by_role("button", name="Cancel all that wait")).to_have_count(0)
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)


def test_a_guest_signs_in_and_finds_what_they_typed(open_context: OpenContext, ada: User) -> None:
    ada.set_password("a long pass phrase")
    ada.save()
    page = open_context(viewport=DESKTOP).new_page()
    page.goto("/create/")
    page.get_by_label("Prompt", exact=True).fill("a lighthouse\nin fog")
    page.get_by_role("button", name="Sign in and create").click()
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("a long pass phrase")
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("a lighthouse\nin fog")


@pytest.mark.parametrize("path", ["/create/?sweep=width&size=own", "/create/jobs/", "/create/jobs/{}/"])
def test_pages_are_for_everybody_and_fit(open_context: OpenContext, ada: User, path: str) -> None:
    asked = [jobs.ask(ada, [jobs.Request(f"{n} lighthouse", parameters={"seed": n})])[0] for n in range(4)]
    finished(claimed(0.1), ada)
    claims.fail(claimed(0.1), "The server has no model of this name: " + "dream" * 40)
    claimed(0.3)
    for scheme in ("light", "dark"):
        page = open_context(user=ada, color_scheme=scheme, viewport=PHONE).new_page()
        page.goto(path.format(asked[1].pk))
        page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
        assert violations(page, is_colours_alone=scheme == "dark") == []
        for window in (PHONE, {"width": 320, "height": 700}, WIDE):
            page.set_viewport_size(window)
            assert page.evaluate("document.documentElement.scrollWidth") <= window["width"]
