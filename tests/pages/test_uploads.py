"""Adding works in a real Chromium: by the form without script, by dropping files with it, through cut connections."""

import re
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import JSHandle, Page, Request, Route, expect
from pytest_django.fixtures import Settings

from content.models import ContentItem
from tests.factories import ContentItemFactory, UserFactory
from tests.pages.accessibility import violations
from tests.pages.conftest import OpenContext, listen, session_of, until, until_loaded
from tests.pages.stillness import still
from tests.uploads.files import GENERATED, picture, stored_bytes
from uploads.finishing import tidy
from users.models import User

pytestmark = [pytest.mark.usefixtures("own_folders")]
COMFY = GENERATED / "10_comfy.png"
# A sound of 17 MiB, which is sent in three pieces; made on the page, for it is large.
SOUND = """() => {
  const bytes = new Uint8Array(17 * 2 ** 20), view = new DataView(bytes.buffer);
  const text = (at, word) => [...word].forEach((sign, index) => view.setUint8(at + index, sign.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, bytes.length - 8, true); text(8, "WAVEfmt "); view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); view.setUint16(22, 2, true); view.setUint32(24, 44100, true);
  view.setUint32(28, 176400, true); view.setUint16(32, 4, true); view.setUint16(34, 16, true);
  text(36, "data"); view.setUint32(40, bytes.length - 44, true);
  for (let at = 44; at < bytes.length; at += 1) bytes[at] = (at * 31 + (at >> 9)) & 255;
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "sea.wav", { lastModified: 1 }));
  return transfer;
}"""
FILES = """(files) => {
  const transfer = new DataTransfer();
  for (const [name, bytes] of files) {
    const content = Uint8Array.from(atob(bytes), (sign) => sign.charCodeAt(0));
    transfer.items.add(new File([content], name, { lastModified: 1 }));
  }
  return transfer;
}"""


@pytest.fixture
def ada(transactional_db: None) -> User:
    return UserFactory(username="ada", name="Ada")


def carry(page: Page, *files: tuple[str, bytes]) -> JSHandle:
    """Return what a drag of these files carries."""
    return page.evaluate_handle(FILES, [[name, b64encode(content).decode()] for name, content in files])


def drop(page: Page, carried: JSHandle) -> None:
    """Drag over the page and let go, once the page takes drops."""
    body = page.locator("body")

    def is_taken() -> bool:
        page.dispatch_event("body", "dragenter", {"dataTransfer": carried})
        return "is-dropping" in (body.get_attribute("class") or "")

    until(is_taken, page)
    page.dispatch_event("body", "drop", {"dataTransfer": carried})


def test_a_form_without_script_adds_works_and_says_what_was_refused(
    open_context: OpenContext, ada: User, tmp_path: Path
) -> None:
    jpeg, bad = tmp_path / "富士山.jpg", tmp_path / "bad.png"
    jpeg.write_bytes(picture(kind="JPEG"))
    bad.write_bytes(b"no picture")
    page = open_context(user=ada, java_script_enabled=False).new_page()
    page.goto("/")
    page.get_by_role("link", name="Add works").click()
    page.get_by_label("Files").set_input_files([jpeg, COMFY, bad])
    page.get_by_label("Private").check()
    page.get_by_role("button", name="Add them").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 works added, 1 file refused")
    expect(page.locator(".results__row--refused")).to_contain_text("bad.png")
    items = {item.title: item for item in ContentItem.objects.select_related("media_file")}
    assert {item.is_private for item in items.values()} == {True}
    assert stored_bytes(items["富士山"].media_file.stored_as) == jpeg.read_bytes()
    page.get_by_label("Title").first.fill("Fuji")
    page.get_by_label("Tags, with commas between").first.fill("mountain, snow,, snow ")
    page.get_by_label("Private").first.uncheck()
    page.get_by_role("button", name="Save titles and tags").click()
    expect(page.locator(".messages")).to_have_text("Saved 2 works.")
    changed = ContentItem.objects.get(title="Fuji")
    assert (changed.pk, changed.tags, changed.is_private) == (items["富士山"].pk, ["mountain", "snow"], False)
    assert sorted(stored_bytes(item.media_file.stored_as) for item in items.values()) == sorted(
        [jpeg.read_bytes(), COMFY.read_bytes()]
    )


def test_a_form_without_a_file_says_so(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada, java_script_enabled=False).new_page()
    page.goto("/upload/")
    page.locator("#files").evaluate("(input) => input.removeAttribute('required')")
    page.get_by_role("button", name="Add them").click()
    expect(page.get_by_role("alert")).to_have_text("Choose one file at least.")


def test_who_is_not_signed_in_signs_in_first_and_is_offered_no_drops(page: Page, transactional_db: None) -> None:
    page.goto("/upload/")
    expect(page).to_have_url(re.compile(r"/accounts/login/\?next=/upload/"))
    page.goto("/")
    expect(page.get_by_role("link", name="Add works")).to_have_count(0)


def test_dropped_files_become_works_once_it_is_confirmed(
    open_context: OpenContext, ada: User, complaints: list[str]
) -> None:
    page = open_context(user=ada).new_page()
    listen(page, complaints)
    page.goto("/")
    jpeg = picture(kind="JPEG")
    drop(page, carry(page, ("a.jpg", jpeg), ("b.png", COMFY.read_bytes())))
    panel = page.get_by_role("region", name="Uploads")
    expect(panel).to_contain_text("Add them as works?")
    assert not ContentItem.objects.exists()
    panel.get_by_label("Private").check()
    panel.get_by_role("button", name="Add 2 files").press("Enter")
    expect(panel.get_by_role("status")).to_have_text("2 of 2 added.")
    expect(panel.get_by_role("link", name="b.png")).to_be_visible()
    stored = sorted(stored_bytes(item.media_file.stored_as) for item in ContentItem.objects.all())
    assert stored == sorted([jpeg, COMFY.read_bytes()])
    assert all(ContentItem.objects.values_list("is_private", flat=True))
    assert violations(page) == []
    drop(page, carry(page, ("again.jpg", jpeg)))
    panel.get_by_role("button", name="Add 1 file").click()
    expect(panel.locator('[data-state="known"]')).to_contain_text("You had it already")
    assert ContentItem.objects.count() == 2


def test_works_are_looked_at_before_others_see_them(
    open_context: OpenContext, ada: User, complaints: list[str]
) -> None:
    page, stranger = open_context(user=ada).new_page(), open_context().new_page()
    listen(page, complaints)
    page.goto("/")
    drop(page, carry(page, ("a.jpg", picture(kind="JPEG")), ("b.png", COMFY.read_bytes())))
    panel = page.get_by_role("region", name="Uploads")
    panel.get_by_label("Look at them first").check()
    panel.get_by_role("button", name="Add 2 files").click()
    expect(panel.get_by_role("status")).to_have_text("2 of 2 added.")
    items = list(ContentItem.objects.order_by("pk"))
    assert [stranger.request.get(item.get_absolute_url()).status for item in items] == [404, 404]
    panel.get_by_role("link", name="Titles and tags").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Titles and tags")
    expect(page.get_by_text("These works are private until this is saved.")).to_be_visible()
    assert violations(page) == []
    for number, title in enumerate(("Fuji", "Quay")):
        page.get_by_label("Title").nth(number).fill(title)
        page.get_by_label("Tags, with commas between").nth(number).fill("evening")
    page.get_by_role("button", name="Save titles and tags").click()
    expect(page.locator(".messages")).to_have_text("Saved 2 works.")
    rows = ContentItem.objects.order_by("pk").values_list("title", "tags", "is_private")
    assert list(rows) == [("Fuji", ["evening"], False), ("Quay", ["evening"], False)]
    assert [stranger.request.get(item.get_absolute_url()).status for item in items] == [200, 200]


@pytest.mark.parametrize("is_answer_lost", [False, True])
def test_an_own_private_work_is_not_offered_to_be_published(
    open_context: OpenContext, ada: User, *, is_answer_lost: bool
) -> None:
    """Without https no file is hashed first: the site finds out once it has it."""
    page = open_context(user=ada).new_page()
    page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
    lost: list[Route] = []

    def lose_answer(route: Route) -> None:
        if is_answer_lost and route.request.method == "PATCH" and not lost:
            lost.append(route)
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.goto("/")
    panel = page.get_by_role("region", name="Uploads")
    drop(page, carry(page, ("a.png", picture())))
    panel.get_by_label("Private").check()
    panel.get_by_role("button", name="Add 1 file").click()
    expect(panel.locator('[data-state="done"]')).to_have_count(1)
    page.route("**/api/v1/uploads/*/", lose_answer)
    drop(page, carry(page, ("again.png", picture())))
    panel.get_by_label("Private").uncheck()
    panel.get_by_label("Look at them first").check()
    panel.get_by_role("button", name="Add 1 file").click()
    expect(panel.locator('[data-state="known"]')).to_contain_text("You had it already")
    expect(panel.get_by_role("status")).to_have_text("2 of 2 added.")
    assert "publish" not in (panel.get_by_role("link", name="Titles and tags").get_attribute("href") or "")


def test_works_of_a_zip_are_looked_at_before_others_see_them(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada).new_page()
    page.goto("/")
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for number in range(2):
            archive.writestr(f"{number}.png", picture(number))
    drop(page, carry(page, ("x.zip", out.getvalue())))
    panel = page.get_by_role("region", name="Uploads")
    panel.get_by_label("Look at them first").check()
    panel.get_by_role("button", name="Add 1 file").click()
    expect(panel.locator('[data-state="unpacking"]')).to_contain_text("Unpacking: 0 of 2")
    tidy()
    expect(panel.locator('[data-state="done"]')).to_contain_text("2 added")
    assert all(ContentItem.objects.values_list("is_private", flat=True))
    panel.get_by_role("link", name="x.zip").click()
    expect(page.get_by_text("2 of 2 files are done.")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Titles and tags").click()
    page.get_by_role("button", name="Save titles and tags").click()
    expect(page.locator(".messages")).to_have_text("Saved 2 works.")
    assert not any(ContentItem.objects.values_list("is_private", flat=True))


def test_the_form_leads_to_titles_and_tags_with_script_too(
    open_context: OpenContext, ada: User, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(picture())
    page = open_context(user=ada).new_page()
    page.goto("/upload/")
    page.get_by_label("Files").set_input_files(tmp_path / "a.png")
    page.get_by_role("button", name="Add them").click()
    panel = page.get_by_role("region", name="Uploads")
    panel.get_by_role("link", name="Titles and tags").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Titles and tags")
    # It was sent to be seen, and is.
    expect(page.get_by_label("Private")).not_to_be_checked()
    expect(page.get_by_text("private until this is saved")).to_have_count(0)


def test_forms_of_many_works_open_beside_the_panel(open_context: OpenContext, ada: User) -> None:
    context = open_context(user=ada)
    page = context.new_page()

    def of_one_work(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub("OF_A_PAGE ?= ?100", "OF_A_PAGE=1", answer.text()))

    page.route("**/js/upload/panel.*", of_one_work)
    page.goto("/")
    drop(page, carry(page, ("a.png", picture(1)), ("b.png", picture(2))))
    panel = page.get_by_role("region", name="Uploads")
    panel.get_by_role("button", name="Add 2 files").click()
    links = panel.get_by_role("link", name="Titles and tags")
    expect(links).to_have_text(["Titles and tags, 1 to 1", "Titles and tags, 2 to 2"])
    with context.expect_page() as opened:
        links.first.click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Titles and tags")
    expect(links).to_have_count(2)


def test_files_that_cannot_be_sent_for_want_of_script_are_sent_the_next_time(
    open_context: OpenContext, ada: User, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(picture())
    page = open_context(user=ada).new_page()
    page.route("**/js/upload/panel.*", lambda route: route.abort())
    page.goto("/upload/")
    until_loaded(page, "upload/drops")
    page.get_by_label("Files").set_input_files(tmp_path / "a.png")
    page.get_by_role("button", name="Add them").click()
    expect(page.locator(".said")).to_contain_text("The site cannot be reached.")
    drop(page, carry(page, ("b.png", picture())))
    expect(page.locator(".said")).to_contain_text("The site cannot be reached.")
    page.unroute_all()
    page.get_by_role("button", name="Add them").click()
    panel = page.get_by_role("region", name="Uploads")
    expect(panel.get_by_role("status")).to_have_text("1 of 1 added.")


def test_a_refused_file_says_why_and_the_others_go_on(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada).new_page()
    page.goto("/")
    drop(page, carry(page, ("x.html", b"<html>"), ("empty.png", b""), ("a.png", picture())))
    panel = page.get_by_role("region", name="Uploads")
    panel.get_by_role("button", name="Add 3 files").click()
    expect(panel.get_by_role("status")).to_have_text("1 of 3 added, 2 not.")
    refused = panel.locator('[data-state="refused"]')
    expect(refused.nth(0)).to_contain_text("Web pages, scripts and programs are not taken.")
    expect(refused.nth(1)).to_contain_text("The file is empty.")


def test_a_zip_is_unpacked_and_a_text_belongs_to_the_picture_it_lies_beside(
    open_context: OpenContext, ada: User, complaints: list[str]
) -> None:
    page = open_context(user=ada).new_page()
    listen(page, complaints)
    page.goto("/")
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for name, content in (("a.png", picture(1)), ("b.png", picture(2)), ("c.png", b"no picture")):
            archive.writestr(name, content)
    said = b"a lighthouse\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 8x8"
    drop(page, carry(page, ("x.zip", out.getvalue()), ("d.png", picture(3)), ("d.txt", said)))
    panel = page.get_by_role("region", name="Uploads")
    panel.get_by_role("button", name="Add 2 files").click()
    expect(panel.locator('[data-state="unpacking"]')).to_contain_text("Unpacking: 0 of 3")
    expect(panel.get_by_role("link", name="d.png")).to_be_visible()
    assert ContentItem.objects.get().prompt == "a lighthouse"
    tidy()
    expect(panel.locator('[data-state="done"]').first).to_contain_text("2 added, 1 refused")
    panel.get_by_role("link", name="x.zip").click()
    expect(page.get_by_text("3 of 3 files are done.")).to_be_visible()
    expect(page.get_by_role("list", name="Refused files")).to_contain_text("c.png")
    assert violations(page) == []


def test_a_text_beside_a_zip_is_a_work_of_its_own(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada).new_page()
    page.goto("/")
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("a.png", picture())
    drop(page, carry(page, ("pack.zip", out.getvalue()), ("pack.txt", b"Of a lighthouse.")))
    panel = page.get_by_role("region", name="Uploads")
    panel.get_by_role("button", name="Add 2 files").click()
    expect(panel.get_by_role("link", name="pack.txt")).to_be_visible()
    expect(panel.locator('[data-state="unpacking"]')).to_have_count(1)
    tidy()
    expect(panel.get_by_role("status")).to_have_text("2 of 2 added.")
    expect(panel.get_by_role("link", name="pack.zip")).to_have_attribute("href", re.compile("/upload/zips/"))
    assert ContentItem.objects.count() == 2


def test_a_zip_by_another_name_is_unpacked_too(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada).new_page()
    page.goto("/")
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("a.png", picture())
    drop(page, carry(page, ("pack.bin", out.getvalue()), ("pack.txt", b"Of a lighthouse.")))
    panel = page.get_by_role("region", name="Uploads")
    panel.get_by_role("button", name="Add 1 file").click()
    expect(panel.locator('[data-state="unpacking"]')).to_have_count(1)
    tidy()
    expect(panel.locator('[data-state="done"]')).to_contain_text("1 added")
    expect(panel.get_by_role("link", name="pack.bin")).to_have_attribute("href", re.compile("/upload/zips/"))


def test_ten_cuts_and_a_reload_send_no_byte_twice_beyond_a_piece(
    open_context: OpenContext, ada: User, settings: Settings
) -> None:
    page = open_context(user=ada).new_page()
    cuts, arrived = [0], []

    def cut(route: Route) -> None:
        if route.request.method == "PATCH" and (len(arrived) == 1 or cuts[0] < 5):
            cuts[0] += 1
            route.abort("connectionreset")
        else:
            route.continue_()

    def note(request: Request) -> None:
        if request.method == "PATCH":
            arrived.append(int(request.headers["upload-offset"]))

    page.route("**/api/v1/uploads/*/", cut)
    page.on("requestfinished", note)
    page.goto("/")
    drop(page, page.evaluate_handle(SOUND))
    panel = page.get_by_role("region", name="Uploads")
    panel.get_by_role("button", name="Add 1 file").click()
    # The page rests longer before each try, 15 seconds in all: each state has a time of its own.
    for is_so in (lambda: cuts[0], lambda: cuts[0] >= 4, lambda: cuts[0] >= 5, lambda: arrived, lambda: cuts[0] >= 7):
        until(is_so, page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.unroute_all()
    page.goto("/")
    drop(page, page.evaluate_handle(SOUND))
    panel.get_by_role("button", name="Add 1 file").click()
    expect(panel.get_by_role("status")).to_have_text("1 of 1 added.")
    until(lambda: len(arrived) >= 3, page)  # told after the answer is read
    assert arrived == [0, 8 * 2**20, 16 * 2**20]
    assert ContentItem.objects.get().media_file.size == 17 * 2**20


def test_an_upload_is_paused_resumed_and_given_up(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada).new_page()
    held: list[Route] = []
    page.route("**/api/v1/uploads/*-*/", lambda route: held.append(route))
    page.goto("/")
    drop(page, carry(page, ("a.png", picture())))
    panel = page.get_by_role("region", name="Uploads")
    panel.get_by_role("button", name="Add 1 file").click()
    until(lambda: held, page)
    expect(panel.locator('[data-state="sending"]')).to_have_count(1)
    panel.get_by_role("button", name="Pause a.png").click()
    expect(panel.locator('[data-state="paused"]')).to_have_count(1)
    held[0].abort()
    page.unroute_all()
    panel.get_by_role("button", name="Resume a.png").click()
    expect(panel.get_by_role("status")).to_have_text("1 of 1 added.")
    assert panel.get_by_role("button").all_inner_texts() == ["Close"]
    assert ContentItem.objects.count() == 1


ONLINE = "() => { dispatchEvent(new Event('online')); }"
# What a browser hands over of a drop: a file, one that it may not read, and a folder that it may not list.
UNREADABLE = """async () => {
  const refuse = (_, fail) => fail(new DOMException("gone", "NotFoundError"));
  const file = (name, read) => ({ isFile: true, isDirectory: false, name, file: read });
  const folder = { isFile: false, isDirectory: true, name: "folder", createReader: () => ({ readEntries: refuse }) };
  const good = new File(["x"], "a.png");
  const entries = [file("gone.png", refuse), file("a.png", (read) => read(good)), folder];
  const { filesOf } = await import("genonaut/upload/folders");
  const { offer } = await import("genonaut/upload/panel");
  offer(await filesOf(entries));
}"""

# The folder of an export beside another, as a browser hands them over.
EXPORT = """async () => {
  const file = (name) => ({ isFile: true, isDirectory: false, name, file: (read) => read(new File(["x"], name)) });
  const folder = (name, ...children) => {
    const told = [children, []];
    const readEntries = (read) => read(told.shift());
    return { isFile: false, isDirectory: true, name, createReader: () => ({ readEntries }) };
  };
  const out = folder("out", file("export.json"), folder("files", file("private.png")), file("works.jsonl"));
  const { filesOf } = await import("genonaut/upload/folders");
  const { offer } = await import("genonaut/upload/panel");
  offer(await filesOf([folder("all", out, file("a.png"))]));
}"""


def uploads_asked_for(page: Page) -> list[str]:
    """Note what the page asks of the addresses of uploads from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method) if "/api/v1/uploads/" in request.url else None)
    return asked


def test_a_second_drop_adds_to_the_question_and_keeps_what_was_ticked(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada).new_page()
    page.goto("/")
    drop(page, carry(page, *((f"{number}.png", picture(number)) for number in range(3))))
    panel = page.get_by_role("region", name="Uploads")
    panel.get_by_label("Private").check()
    drop(page, carry(page, ("3.png", picture(3))))
    expect(panel.get_by_text("4 files, ")).to_be_visible()
    expect(panel.get_by_label("Private")).to_be_checked()
    panel.get_by_role("button", name="Leave it").click()
    expect(panel).to_have_count(0)
    drop(page, carry(page, ("4.png", picture(4))))
    expect(panel.get_by_text("1 file, ")).to_be_visible()


def test_what_cannot_be_read_is_counted_and_the_rest_is_offered(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada).new_page()
    page.goto("/")
    page.evaluate(UNREADABLE)
    panel = page.get_by_role("region", name="Uploads")
    expect(panel.get_by_role("button", name="Add 1 file")).to_be_visible()
    expect(panel.get_by_text("2 of what was dropped could not be read.")).to_be_visible()


def test_an_export_that_is_dropped_as_a_folder_is_left_out(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada).new_page()
    page.goto("/")
    page.evaluate(EXPORT)
    panel = page.get_by_role("region", name="Uploads")
    expect(panel.get_by_role("button", name="Add 1 file")).to_be_visible()
    expect(panel.get_by_text("What was dropped holds an export: drop its zip")).to_be_visible()


def test_files_are_dropped_over_an_open_work(open_context: OpenContext, ada: User, complaints: list[str]) -> None:
    item = ContentItemFactory(creator=ada)
    page = open_context(user=ada).new_page()
    listen(page, complaints)
    page.goto("/")
    page.get_by_role("link", name=item.title).click()
    lightbox = page.locator("#lightbox[open]")
    expect(lightbox).to_be_visible()
    drop(page, carry(page, ("a.png", picture())))
    panel = page.get_by_role("region", name="Uploads")
    assert violations(page) == []
    panel.get_by_role("button", name="Add 1 file").click()
    expect(panel.get_by_role("status")).to_have_text("1 of 1 added.")
    page.keyboard.press("Escape")
    expect(lightbox).to_have_count(0)
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_have_count(0)


def test_a_closed_panel_sends_nothing_when_the_connection_is_back(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada, has_clock=True).new_page()
    page.route("**/api/v1/uploads/**", lambda route: route.abort())
    page.goto("/")
    asked = uploads_asked_for(page)
    drop(page, carry(page, ("a.png", picture())))
    panel = page.get_by_role("region", name="Uploads")
    panel.get_by_role("button", name="Add 1 file").click()
    failed = panel.locator('[data-state="failed"]')

    def give_up() -> bool:
        page.clock.run_for(30_000)  # longer than it rests before any try
        return failed.count() == 1

    until(give_up, page)
    asked.clear()
    page.evaluate(ONLINE)
    until(lambda: asked, page)
    until(give_up, page)
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_have_count(0)
    asked.clear()
    page.evaluate(ONLINE)
    page.clock.run_for(30_000)
    still(page)
    assert asked == []


@pytest.mark.parametrize("how", ["deleted", "deleted and cut", "without a cookie"])
def test_an_upload_goes_on_after_its_session_ended(
    open_context: OpenContext, ada: User, server_address: str, how: str
) -> None:
    context = open_context(user=ada)
    page = context.new_page()
    held: list[Route] = []

    def hold_second(route: Route) -> None:
        is_second = route.request.headers.get("upload-offset") == str(8 * 2**20)
        held.append(route) if is_second else route.continue_()

    page.route("**/api/v1/uploads/*/", hold_second)
    page.goto("/")
    drop(page, page.evaluate_handle(SOUND))
    panel = page.get_by_role("region", name="Uploads")
    panel.get_by_role("button", name="Add 1 file").click()
    until(lambda: held, page)
    if how == "without a cookie":
        context.clear_cookies()  # the piece that is held is too large without
    else:
        Session.objects.all().delete()
    if how == "deleted and cut":
        held.pop().abort("connectionreset")  # and its place is asked for without a session
    page.unroute_all()  # and what is held goes on
    row = panel.locator('[data-state="refused"]')
    expect(row).to_contain_text("You are no longer signed in: sign in, and choose the files again.")
    assert row.get_by_role("button").all_inner_texts() == []
    context.add_cookies([{"name": "sessionid", "value": session_of(ada), "url": server_address}])
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.headers.get("upload-offset", "")))
    page.goto("/")
    drop(page, page.evaluate_handle(SOUND))
    panel.get_by_role("button", name="Add 1 file").click()
    expect(panel.get_by_role("status")).to_have_text("1 of 1 added.")
    assert [int(offset) for offset in sent if offset] == [8 * 2**20, 16 * 2**20]


def test_a_refused_file_is_not_sent_again_when_its_answer_was_lost(open_context: OpenContext, ada: User) -> None:
    page = open_context(user=ada).new_page()
    begun: list[Request] = []
    page.on("request", lambda request: begun.append(request) if request.url.endswith("/uploads/") else None)

    def lose_answer(route: Route) -> None:
        if route.request.method == "PATCH":
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/api/v1/uploads/*/", lose_answer)
    page.goto("/")
    drop(page, carry(page, ("x.html", b"<html>")))
    panel = page.get_by_role("region", name="Uploads")
    panel.get_by_role("button", name="Add 1 file").click()
    refused = panel.locator('[data-state="refused"]')
    expect(refused).to_contain_text("Web pages, scripts and programs are not taken.")
    assert [request.method for request in begun] == ["POST"]
