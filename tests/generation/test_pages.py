"""The page Create and the pages of jobs: what they ask for, and what they show to whom."""

from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from content import moderated
from content.models import ContentItem
from generation.models import Attempt, GenerationJob, JobOutput, Workflow
from genonaut import flags
from genonaut.whole_numbers import LARGEST
from tests.factories import (
    EPOCH,
    ContentItemFactory,
    GenerationDataFactory,
    GenerationJobFactory,
    GenerativeModelFactory,
    MediaFileFactory,
)
from tests.generation.test_models import STATES
from tests.pages.html import elements, foreign_scripts, hrefs, texts
from users.models import User

SIGNING_IN = 2
JPEG = b"\xff\xd8\xff\xe0 a preview"
TYPED = {"prompt": "a lighthouse", "workflow": "built-in", "size": "512x512", "count": "1"}
INPUTS = [
    {"name": "prompt", "kind": "text", "node": "Prompt", "field": "text"},
    {"name": "seed", "kind": "seed", "node": "Sampler", "field": "seed"},
    {"name": "steps", "kind": "whole", "node": "Sampler", "field": "steps", "least": 1, "most": 50, "default": 20},
    {"name": "cfg", "kind": "number", "node": "Sampler", "field": "cfg", "least": 1, "most": 20, "default": 7},
    {
        "name": "sampler",
        "kind": "choice",
        "node": "Sampler",
        "field": "name",
        "choices": ["euler", "ddim"],
        "default": "euler",
    },
    {"name": "model", "kind": "model", "node": "Model", "field": "name", "default": "dream.safetensors"},
    {"name": "loras", "kind": "loras", "node": "Model", "field": ""},
]
places = count()


@pytest.fixture
def hers(client: Client, alice: User) -> Client:
    """Alice's browser."""
    client.force_login(alice)
    return client


@pytest.fixture
def workflow(db: None, settings: Settings) -> Workflow:
    """A workflow that is offered beside the built-in renderer."""
    settings.COMFYUI_URLS = ["http://127.0.0.1:9"]
    Workflow.objects.update(is_active=False)
    return Workflow.objects.create(name="dream", title="Dream", graph={}, inputs=INPUTS)


def job_of(user: User, status: str, **fields: Any) -> GenerationJob:
    """A job in a state; a running one has an attempt with a preview, a completed one a private work."""
    key = uuid4() if status == "running" else None
    job = GenerationJobFactory(user=user, status=status, attempt_key=key, **{**STATES[status], **fields})
    if key:
        Attempt.objects.create(key=key, job=job, worker="w", fraction=0.456, preview=JPEG)
    if status == "completed":
        item = ContentItemFactory(creator=user, is_private=True, title=f"Work {job.pk}")
        JobOutput.objects.create(job=job, item=item, position=0)
    return job


def states(page: HttpResponse) -> list[str]:
    return texts(page, "p", class_="job__state")


def errors(page: HttpResponse) -> list[str]:
    return [error for part in elements(page, "div", class_="errors") for error in [part.text]]


def value_of(page: HttpResponse, name: str) -> str | None:
    """Return what a field of the form holds."""
    for tag in ("input", "textarea"):
        for field in elements(page, tag, name=name):
            return field.text if tag == "textarea" else field.attributes.get("value", "")
    [chosen] = [one for part in elements(page, "select", name=name) for one in selected(page, part.attributes["id"])]
    return chosen


def selected(page: HttpResponse, field: str) -> list[str]:
    """Return the chosen values of a select element, by its place in the page."""
    text = page.content.decode().split(f'id="{field}"')[1].split("</select>")[0]
    return [part.split('value="')[1].split('"')[0] for part in text.split("<option ")[1:] if " selected" in part]


# --- The form


def test_everybody_sees_the_form_and_the_header_leads_to_it(db: None, client: Client) -> None:
    assert "/create/" in hrefs(client.get("/"), "a")
    page = client.get("/create/")
    assert (page.status_code, page["Cache-Control"], foreign_scripts(page)) == (200, "private, no-store", [])
    assert texts(page, "button", class_="making__send") == ["Sign in and create"]


def test_a_form_asks_for_a_job(hers: Client, alice: User) -> None:
    answer = hers.post("/create/", {**TYPED, "negative_prompt": "fog", "seed": str(LARGEST)})
    job = GenerationJob.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/create/jobs/{job.pk}/")
    assert (job.user, job.prompt, job.negative_prompt, job.publishes) == (alice, "a lighthouse", "fog", False)
    assert (job.parameters["seed"], job.parameters["width"], job.parameters["height"]) == (str(LARGEST), 512, 512)


def test_variants_are_a_batch_that_counts_up_from_the_seed(hers: Client) -> None:
    answer = hers.post("/create/", {**TYPED, "count": "3", "seed": "7", "publishes": "on"})
    jobs = GenerationJob.objects.order_by("number")
    assert answer["Location"] == f"/create/jobs/batch/{jobs[0].batch}/"
    assert [(job.parameters["seed"], job.publishes) for job in jobs] == [("7", True), ("8", True), ("9", True)]
    assert len(states(hers.get(answer["Location"]))) == 3


def test_a_form_that_is_sent_twice_asks_once_and_a_changed_one_again(hers: Client) -> None:
    key = value_of(hers.get("/create/"), "key")
    first, second = (hers.post("/create/", {**TYPED, "key": key, "count": "2"}) for _ in range(2))
    assert (first["Location"], GenerationJob.objects.count()) == (second["Location"], 2)
    assert len({job.parameters["seed"] for job in GenerationJob.objects.all()}) == 2
    changed = [hers.post("/create/", {**TYPED, "key": key, "prompt": "a harbour"}) for _ in range(2)]
    assert {answer["Location"] for answer in changed} == {f"/create/jobs/{GenerationJob.objects.latest('pk').pk}/"}
    assert GenerationJob.objects.count() == 3


@pytest.mark.parametrize(
    ("sweep", "asked"),
    [
        ({"sweep": "seed", "sweep_from": "1", "sweep_to": "5", "sweep_steps": "3"}, [("1", 20), ("3", 20), ("5", 20)]),
        (
            {"sweep": "steps", "sweep_from": "10", "sweep_to": "30", "sweep_steps": "3", "seed": "4", "count": "2"},
            [("4", 10), ("4", 20), ("4", 30), ("5", 10), ("5", 20), ("5", 30)],
        ),
    ],
    ids=["seed", "steps"],
)
def test_a_sweep_asks_for_each_value(
    hers: Client, workflow: Workflow, sweep: dict[str, str], asked: list[tuple[str, int]]
) -> None:
    hers.post("/create/", {"prompt": "fog", "workflow": "dream", "count": "1", "steps": "20", **sweep})
    jobs = GenerationJob.objects.order_by("number")
    assert [(job.parameters["seed"], job.parameters["steps"]) for job in jobs] == asked


def test_a_workflow_that_takes_one_side_alone_has_it_among_its_settings(hers: Client, workflow: Workflow) -> None:
    side = {"name": "width", "kind": "whole", "node": "Size", "field": "width", "least": 64, "most": 512}
    Workflow.objects.filter(pk=workflow.pk).update(inputs=[*INPUTS, side])
    sent = {"prompt": "fog", "workflow": "dream", "count": "1"}
    hers.post("/create/", {**sent, "width": "96"})
    hers.post("/create/", {**sent, "sweep": "width", "sweep_from": "64", "sweep_to": "128", "sweep_steps": "2"})
    jobs = GenerationJob.objects.order_by("pk")
    assert [job.parameters["width"] for job in jobs] == [96, 64, 128]


def test_what_a_workflow_declares_is_asked_for(hers: Client, workflow: Workflow) -> None:
    page = hers.get("/create/?workflow=dream&prompt=fog")
    assert (value_of(page, "prompt"), value_of(page, "steps"), value_of(page, "model")) == (
        "fog",
        "20",
        "dream.safetensors",
    )
    assert elements(page, "select", name="size") == []
    more = {"steps": "30", "cfg": "5.5", "sampler": "ddim", "model": "other", "loras": "ink 0.5\nfog:-1\nplain"}
    hers.post("/create/", {"prompt": "fog", "workflow": "dream", "count": "1", "seed": "1", **more})
    job = GenerationJob.objects.get()
    loras = [{"name": "ink", "weight": 0.5}, {"name": "fog", "weight": -1.0}, {"name": "plain", "weight": 1.0}]
    expected = {"seed": "1", "steps": 30, "cfg": 5.5, "sampler": "ddim", "model": "other", "loras": loras}
    assert (job.workflow, job.parameters) == (workflow, expected)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"prompt": ""}, "This field is required."),
        ({"prompt": "x" * 10_001}, "Ensure this value has at most 10000 characters (it has 10001)."),
        ({"seed": "-1"}, "Leave it empty for a random one, or write a number"),
        ({"seed": str(LARGEST + 1)}, "Leave it empty for a random one"),
        ({"count": "17"}, "Ensure this value is less than or equal to 16."),
        ({"size": "own", "width": "512"}, "An own size has a width and a height."),
        ({"size": "own", "width": "512", "height": "99999"}, "Ensure this value is less than or equal to 2048."),
        ({"size": "1x1"}, "Select a valid choice."),
        ({"workflow": "none"}, "Select a valid choice."),
        ({"sweep": "width", "sweep_from": "64"}, "A sweep needs this."),
        ({"sweep": "width", "sweep_from": "1", "sweep_to": "64", "sweep_steps": "2"}, "greater than or equal to 64"),
        ({"sweep": "seed", "sweep_from": "-1", "sweep_to": "64", "sweep_steps": "2"}, "Seeds go from 0 to"),
        (
            {"sweep": "width", "sweep_from": "64", "sweep_to": "512", "sweep_steps": "16", "count": "16"},
            "Variants times values of the sweep may be 64 at most.",
        ),
        ({"parent": "999999999"}, "The work that this begins with is not there any more."),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_and_nothing_is_lost(hers: Client, sent: dict[str, str], said: str) -> None:
    page = hers.post("/create/", {**TYPED, "negative_prompt": "grain", **sent})
    assert (page.status_code, GenerationJob.objects.count()) == (400, 0)
    assert any(said in error for error in errors(page)), errors(page)
    assert value_of(page, "negative_prompt") == "grain"
    fragment = hers.post("/fragments/create/", {**TYPED, **sent})
    assert (fragment.status_code, any(said in error for error in errors(fragment))) == (200, True)


def test_without_room_for_its_files_nothing_is_queued(hers: Client, alice: User, settings: Settings) -> None:
    settings.UPLOAD_QUOTA_BYTES = 1
    ContentItemFactory(creator=alice, media_file=MediaFileFactory(stored_as="x", size=1))
    page = hers.post("/create/", TYPED)
    assert (page.status_code, int(page["Retry-After"]) > 0, GenerationJob.objects.count()) == (429, True, 0)
    [said] = errors(page)
    assert said.startswith("Your files may take 1 bytes; they take 1.")
    answer = hers.post("/api/v1/generation-jobs/", {"prompt": "fog"}, content_type="application/json")
    assert (answer.status_code, GenerationJob.objects.count()) == (429, 0)


def test_over_the_quota_it_says_when_to_try_again(hers: Client, settings: Settings) -> None:
    settings.GENERATION_OPEN_JOBS = 1
    page = hers.post("/create/", {**TYPED, "count": "2"})
    assert (page.status_code, int(page["Retry-After"]) > 0, GenerationJob.objects.count()) == (429, True, 0)
    assert "Try again in 1 minute." in errors(page)[0]
    assert value_of(page, "prompt") == "a lighthouse"


def test_what_was_typed_is_kept_while_one_signs_in(client: Client, alice: User) -> None:
    typed = {**TYPED, "prompt": "fog & “quotes”\nsecond line", "count": "5", "seed": "12"}
    answer = client.post("/create/", typed)
    sign_in = urlsplit(answer["Location"])
    [address] = parse_qs(sign_in.query)["next"]
    assert (answer.status_code, sign_in.path, GenerationJob.objects.count()) == (303, "/accounts/login/", 0)
    client.force_login(alice)
    page = client.get(address)
    assert [value_of(page, name) for name in ("count", "seed", "size")] == ["5", "12", "512x512"]
    assert value_of(page, "prompt").split() == typed["prompt"].split()
    assert client.post("/fragments/create/", typed).status_code == 200


def test_script_of_an_anonymous_user_is_led_to_sign_in_as_well(db: None, client: Client) -> None:
    answer = client.post("/fragments/create/", TYPED)
    assert (answer.status_code, answer["HX-Redirect"].startswith("/accounts/login/?next=/create/")) == (403, True)


def test_what_is_too_long_for_an_address_stays_in_the_form(db: None, client: Client) -> None:
    page = client.post("/create/", {**TYPED, "prompt": "霧" * 9_000})
    assert (page.status_code, value_of(page, "prompt")) == (400, "霧" * 9_000)
    assert "copy it, sign in" in errors(page)[0]


def test_script_gets_the_form_and_its_jobs_with_another_key(hers: Client) -> None:
    key = value_of(hers.get("/create/"), "key")
    page = hers.post("/fragments/create/", {**TYPED, "key": key, "count": "2"})
    assert (len(states(page)), value_of(page, "prompt")) == (2, "a lighthouse")
    assert value_of(page, "key") not in (key, "")


def test_the_fields_of_a_workflow_are_posted_for_and_ask_for_nothing(hers: Client, workflow: Workflow) -> None:
    typed = {**TYPED, "prompt": "霧" * 9_000, "workflow": "dream"}
    for address in ("/create/?fields", "/fragments/create/fields/"):
        page = hers.post(address, typed)
        assert (page.status_code, value_of(page, "prompt"), value_of(page, "steps")) == (200, "霧" * 9_000, "20")
    assert hers.get("/fragments/create/fields/").status_code == 405
    assert GenerationJob.objects.count() == 0


# --- Remix


@pytest.fixture
def work(bob: User) -> ContentItem:
    """Bob's, with all that a generator writes."""
    model = GenerativeModelFactory(name="dream")
    lora = GenerativeModelFactory(name="ink", kind="lora")
    generation = GenerationDataFactory(
        prompt="fog", negative_prompt="grain", model=model, sampler="ddim", steps=33, cfg=4.5, seed=LARGEST,
        width=512, height=512, loras=[lora.pk], lora_weights=[0.5],
    )  # fmt: skip
    return ContentItemFactory(
        creator=bob, prompt="fog", generation=generation, media_file=MediaFileFactory(), source_id=None, title="Fog"
    )


def test_a_remix_begins_with_what_the_work_was_made_with(hers: Client, workflow: Workflow, work: ContentItem) -> None:
    page = hers.get(f"/create/?from={work.pk}&workflow=dream")
    expected = {
        "prompt": "fog", "seed": str(LARGEST), "steps": "33", "cfg": "4.5", "sampler": "ddim", "model": "dream",
        "loras": "ink 0.5", "parent": str(work.pk), "count": "1",
    }  # fmt: skip
    assert {name: value_of(page, name) for name in expected} == expected
    assert value_of(hers.get(f"/create/?from={work.pk}"), "workflow") == "dream"  # which takes its model
    built_in = hers.get(f"/create/?from={work.pk}&workflow=built-in")
    assert [value_of(built_in, name) for name in ("size", "negative_prompt")] == ["512x512", "grain"]
    hers.post("/create/", {**TYPED, "parent": str(work.pk)})
    assert GenerationJob.objects.get().parent == work


@pytest.mark.parametrize(
    ("choices", "chosen", "said"),
    [
        (["ink.safetensors", "mist/Dream.safetensors"], "mist/Dream.safetensors", []),
        (["ink.safetensors", "rain.safetensors"], "rain.safetensors", ["“dream” is none of these: choose one."]),
        (
            ["a/dream.ckpt", "rain.safetensors", "b/dream.ckpt"],
            "rain.safetensors",
            ["“dream” may be several of these: choose one."],
        ),
    ],
    ids=["offered", "not offered", "two of its name"],
)
def test_a_remix_chooses_the_works_model_if_it_is_offered_else_it_says_so(
    hers: Client, workflow: Workflow, work: ContentItem, choices: list[str], chosen: str, said: list[str]
) -> None:
    model = {**INPUTS[5], "choices": choices, "default": "rain.safetensors"}
    Workflow.objects.filter(pk=workflow.pk).update(inputs=[*INPUTS[:5], model])
    page = hers.get(f"/create/?from={work.pk}&workflow=dream")
    assert (value_of(page, "model"), texts(page, "small", id="id_model_helptext")) == (chosen, said)


@pytest.mark.parametrize("pk", [7, 1_234_567])
def test_a_picture_to_start_from_is_sent_as_it_was_offered(hers: Client, alice: User, pk: int) -> None:
    ContentItemFactory(pk=pk, creator=alice, media_file=MediaFileFactory(), source_id=None)
    page = hers.get(f"/create/?image={pk}")
    [image] = elements(page, "input", name="image")
    assert (image.attributes["value"], value_of(page, "size")) == (str(pk), "832x1216")
    assert elements(page, "input", name="denoise")
    hers.post("/create/", {**TYPED, "image": image.attributes["value"], "denoise": "0.5"})
    job = GenerationJob.objects.get()
    assert (job.parameters["image"], job.parent_id) == ({"item": pk}, pk)


@pytest.mark.parametrize("has_workflow", [True, False])
def test_a_remix_begins_with_the_workflow_that_made_the_work(
    hers: Client, alice: User, workflow: Workflow, work: ContentItem, has_workflow: bool
) -> None:
    Workflow.objects.create(name="alike", title="Alike", graph={}, inputs=INPUTS)
    job = job_of(alice, "completed", workflow=workflow if has_workflow else None)
    JobOutput.objects.filter(job=job).update(item=work)
    began = ContentItemFactory(creator=alice, media_file=MediaFileFactory(), source_id=None)
    GenerationJob.objects.update(parameters={"image": {"item": began.pk}})
    found = []
    for is_private in (False, True):
        ContentItem.objects.filter(pk=began.pk).update(creator=work.creator, is_private=is_private)
        page = hers.get(f"/create/?from={work.pk}")
        found.append(
            (value_of(page, "workflow"), [one.attributes["value"] for one in elements(page, "input", id="id_image")])
        )
    expected = "dream" if has_workflow else "built-in"
    assert found == [(expected, [str(began.pk)]), (expected, [])]


def test_a_workflow_without_words_and_seed_asks_for_none(hers: Client, alice: User, workflow: Workflow) -> None:
    inputs = [{"name": "image", "kind": "picture", "node": "Picture", "field": "image"}]
    Workflow.objects.create(name="larger", title="Larger", graph={}, inputs=inputs)
    assert "Use as input" in hers.get("/create/?workflow=larger").content.decode()
    item = ContentItemFactory(creator=alice, media_file=MediaFileFactory(), source_id=None, title="A lighthouse")
    page = hers.get(f"/create/?workflow=larger&image={item.pk}&prompt=fog&count=3")
    shown = [elements(page, tag, name=name) for tag, name in (("textarea", "prompt"), ("select", "sweep"))]
    assert (shown, value_of(page, "prompt"), "Use as input" in page.content.decode()) == ([[], []], "fog", False)
    hers.post("/create/", {"workflow": "larger", "image": str(item.pk), "prompt": "fog", "count": "3"})
    job = GenerationJob.objects.get()
    assert (job.prompt, job.parameters["image"]) == ("A lighthouse", {"item": item.pk})


def test_strength_is_not_asked_for_without_a_picture_to_change(hers: Client) -> None:
    page = hers.get("/create/")
    assert elements(page, "input", name="denoise") == []
    swept = {"sweep": "denoise", "sweep_from": "0", "sweep_to": "1", "sweep_steps": "2"}
    assert "Select a valid choice." in errors(hers.post("/create/", {**TYPED, **swept}))[0]


def test_a_work_leads_those_who_see_its_job_to_it(client: Client, alice: User, bob: User, staff: User) -> None:
    job = job_of(alice, "completed")
    item = job.outputs.get().item
    ContentItem.objects.update(is_private=False)
    led = []
    for user in (None, bob, alice, staff):
        client.logout() if user is None else client.force_login(user)
        led.append(f"/create/jobs/{job.pk}/" in hrefs(client.get(item.get_absolute_url()), "a"))
    assert led == [False, False, True, True]


def test_the_same_with_other_seeds_leaves_the_seed_open(hers: Client, work: ContentItem) -> None:
    page = hers.get(f"/create/?from={work.pk}&seeds=other")
    assert [value_of(page, name) for name in ("prompt", "seed", "count")] == ["fog", "", "4"]


def test_what_was_typed_wins_over_the_work(hers: Client, work: ContentItem) -> None:
    page = hers.get(f"/create/?from={work.pk}&prompt=rain&seed=")
    assert [value_of(page, name) for name in ("prompt", "seed", "negative_prompt")] == ["rain", "", "grain"]


def test_a_hidden_prompt_is_told_to_its_owner_and_to_staff_alone(
    client: Client, alice: User, bob: User, staff: User, work: ContentItem
) -> None:
    ContentItem.objects.update(hides_prompt=True)
    told = []
    for user in (None, alice, bob, staff):
        client.logout() if user is None else client.force_login(user)
        page = client.get(f"/create/?from={work.pk}")
        leaks = [text for text in ("grain", str(LARGEST)) if text in page.content.decode()]
        told.append((value_of(page, "prompt"), value_of(page, "size"), len(leaks)))
    hidden, shown = ("", "832x1216", 0), ("fog", "512x512", 2)  # the file's own size is seen by all
    assert told == [hidden, hidden, shown, shown]


@pytest.mark.parametrize("name", ["from", "image"])
def test_a_private_work_is_not_there_for_others(
    client: Client, alice: User, bob: User, work: ContentItem, name: str
) -> None:
    ContentItem.objects.update(is_private=True)
    found = []
    for user in (None, alice, bob):
        client.logout() if user is None else client.force_login(user)
        found.append(client.get(f"/create/?{name}={work.pk}").status_code)
    assert found == [404, 404, 200]


@pytest.mark.parametrize("name", ["from", "image"])
@pytest.mark.parametrize("text", ["x", "0", "-1", "9" * 30, "²"])
def test_an_id_that_no_work_has_is_not_found(hers: Client, name: str, text: str) -> None:
    assert hers.get("/create/", {name: text}).status_code == 404


def test_a_private_work_is_no_source_of_a_form_that_is_sent(hers: Client, work: ContentItem) -> None:
    ContentItem.objects.update(is_private=True)
    for name in ("parent", "image"):
        page = hers.post("/create/", {**TYPED, name: str(work.pk)})
        assert (page.status_code, "Fog" in page.content.decode()) == (400, False)


def test_a_picture_is_used_as_input(hers: Client, work: ContentItem) -> None:
    page = hers.get(f"/create/?image={work.pk}")
    assert value_of(page, "image") == str(work.pk)
    hers.post("/create/", {**TYPED, "image": str(work.pk)})
    assert GenerationJob.objects.get().parameters["image"] == {"item": work.pk}


def test_a_work_without_a_file_is_no_input(hers: Client) -> None:
    page = hers.post("/create/", {**TYPED, "image": str(ContentItemFactory().pk)})
    assert (page.status_code, GenerationJob.objects.count()) == (400, 0)
    assert any("has no file" in error for error in errors(page))


def test_a_works_page_leads_to_create(client: Client, alice: User, work: ContentItem) -> None:
    links = [f"/create/?from={work.pk}", f"/create/?from={work.pk}&seeds=other", f"/create/?image={work.pk}"]
    client.force_login(alice)
    shown = hrefs(client.get(f"/fragments/content/{work.pk}/"), "a")
    assert [link for link in shown if link.startswith("/create/")] == links
    ContentItem.objects.update(hides_prompt=True)
    shown = hrefs(client.get(f"/fragments/content/{work.pk}/"), "a")
    assert [link for link in shown if link.startswith("/create/")] == links[2:]


def test_a_work_tells_its_parent_and_its_variants_to_those_who_see_them(
    client: Client, alice: User, bob: User, work: ContentItem
) -> None:
    job = job_of(alice, "completed", parent=work)
    made = job.outputs.get().item
    ContentItem.objects.filter(pk=made.pk).update(is_private=False, title="Rain")
    kin = {"parent": (made, "From “Fog”."), "variant": (work, "Variants of this work")}

    def shown(user: User | None) -> list[str]:
        client.logout() if user is None else client.force_login(user)
        pages = {name: client.get(item.get_absolute_url()) for name, (item, _) in kin.items()}
        return [name for name, page in pages.items() if page.status_code == 200 and kin[name][1] in texts(page, "p")]

    assert shown(None) == ["parent", "variant"]
    ContentItem.objects.filter(pk=work.pk).update(hides_prompt=True)
    assert [shown(None), shown(bob)] == [[], ["parent", "variant"]]
    ContentItem.objects.filter(pk=work.pk).update(hides_prompt=False, is_private=True)
    assert [shown(None), shown(alice), shown(bob)] == [[], [], ["parent", "variant"]]
    ContentItem.objects.update(is_private=False)
    ContentItem.objects.filter(pk=made.pk).update(is_private=True)
    assert [shown(None), shown(bob), shown(alice)] == [[], [], ["parent", "variant"]]


@pytest.mark.parametrize("variants", [1, 20])
def test_one_query_finds_a_works_kin(
    client: Client, alice: User, work: ContentItem, variants: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(variants):
        made = job_of(alice, "completed", parent=work).outputs.get().item
        ContentItem.objects.filter(pk=made.pk).update(is_private=False)
    page, loras, likes, kin = 1, 1, 1, 1
    with django_assert_num_queries(page + loras + likes + kin):
        answer = client.get(f"/fragments/content/{work.pk}/")
    assert answer.content.decode().count('alt="Work ') == min(variants, 6)


# --- Jobs


def test_each_job_says_how_far_it_is(hers: Client, alice: User, bob: User) -> None:
    GenerationJobFactory(user=bob, turn=1)
    job_of(alice, "pending", turn=2)
    job_of(alice, "pending", is_paused=True, turn=0)
    job_of(alice, "running", parameters={"seed": "5", "width": 64, "height": 32, "steps": 9})
    done = job_of(alice, "completed", left_out=1_200)
    job_of(alice, "failed")
    job_of(alice, "cancelled")
    page = hers.get("/create/jobs/")
    assert states(page) == [
        *("Cancelled", "Failed", "Done", "Running, 45 %", "Paused", "Waiting, 1 job before it"),
    ]
    assert texts(page, "p", class_="job__error") == ["No memory", "1,200 more files could not be kept."]
    assert "Seed 5 · 64 × 32 · 9 steps" in texts(page, "p", class_="label")
    assert [one.attributes["value"] for one in elements(page, "progress")] == ["45"]
    assert texts(page, "h1") == ["My jobs 6 jobs"]
    buttons = [one.text for one in elements(page, "button", class_="button--quiet") if one.attributes.get("id")]
    assert buttons == ["Try again", "Try again", "Publish", "Cancel", "Resume", "Cancel", "Pause", "Cancel"]
    assert f"/content/{done.outputs.get().item_id}/" in hrefs(page, "a")


@pytest.mark.parametrize(
    "parameters",
    [
        {"width": 10**400, "height": 1, "seed": [], "cfg": {"a": []}, "steps": "x" * 900, "image": "y"},
        {"width": True, "height": None, "loras": [{"name": 1}], "image": {"item": 10**40}, "sampler": 0.5},
    ],
)
def test_a_job_of_odd_parameters_is_shown(hers: Client, alice: User, parameters: dict[str, Any]) -> None:
    job = job_of(alice, "failed", parameters=parameters)
    for path in ("/create/jobs/", f"/create/jobs/{job.pk}/", f"/create/?again={job.pk}", "/create/"):
        assert hers.get(path).status_code == 200


def test_a_job_whose_work_was_deleted_says_so(hers: Client, alice: User) -> None:
    job_of(alice, "completed").outputs.get().item.delete()
    assert states(hers.get("/create/jobs/")) == ["Done; its work was deleted"]


def test_the_list_is_filtered_and_has_pages(hers: Client, alice: User) -> None:
    for status in ("pending", "failed", "failed"):
        job_of(alice, status)
    job_of(alice, "failed", job_type="video")
    assert states(hers.get("/create/jobs/?status=failed&job_type=image")) == ["Failed", "Failed"]
    page = hers.get("/create/jobs/?page_size=2&page=2")
    assert (texts(page, "h1"), len(states(page))) == (["My jobs 4 jobs"], 2)
    assert len(states(hers.get("/create/jobs/?status=nonsense"))) == 4


def test_ones_own_jobs_are_listed_for_staff_too(client: Client, alice: User, staff: User) -> None:
    job_of(alice, "failed")
    job_of(staff, "pending")
    client.force_login(staff)
    assert states(client.get("/create/jobs/")) == ["Waiting, next in the queue"]


def paths_of(job: GenerationJob) -> list[str]:
    return [
        *(f"/create/jobs/{job.pk}/", f"/create/jobs/batch/{job.batch}/", f"/create/jobs/{job.pk}/preview/"),
        f"/fragments/create/jobs/?open={job.pk}",
    ]


def test_a_job_is_seen_by_its_owner_and_by_staff(client: Client, alice: User, bob: User, staff: User) -> None:
    job = job_of(alice, "running", batch=uuid4(), prompt="a secret harbour")
    told = {}
    for name, user in {"anonymous": None, "alice": alice, "bob": bob, "staff": staff}.items():
        client.logout() if user is None else client.force_login(user)
        answers = [client.get(path) for path in paths_of(job)]
        leaks = [b"secret harbour" in answer.content for answer in answers]
        told[name] = ([answer.status_code for answer in answers], leaks)
        assert all("no-store" in answer["Cache-Control"] for answer in answers if answer.status_code in (200, 403))
    seen = ([200, 200, 200, 200], [True, True, False, True])
    assert told == {
        "anonymous": ([303, 303, 404, 403], [False] * 4),
        "alice": seen,
        "bob": ([404, 404, 404, 200], [False] * 4),
        "staff": seen,
    }


def test_a_preview_is_sent_as_what_it_is_and_never_kept(hers: Client, alice: User) -> None:
    job = job_of(alice, "running")
    [preview] = elements(hers.get(f"/create/jobs/{job.pk}/"), "img", class_="job__picture")
    answer = hers.get(preview.attributes["src"])
    assert (answer.content, answer["Content-Type"]) == (JPEG, "image/jpeg")
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("private, no-store", "nosniff")
    Attempt.objects.update(preview=b"<svg onload=alert(1)>")
    assert hers.get(preview.attributes["src"]).status_code == 404


def test_a_private_parent_is_not_told_to_the_jobs_owner(hers: Client, alice: User, work: ContentItem) -> None:
    job = job_of(alice, "failed", parent=work, parameters={"image": {"item": work.pk}})
    assert hrefs(hers.get(f"/create/jobs/{job.pk}/"), "a").count(f"/content/{work.pk}/") == 2
    ContentItem.objects.update(is_private=True)
    page = hers.get(f"/create/jobs/{job.pk}/")
    assert "Fog" not in page.content.decode()


def test_a_job_is_asked_for_again_without_works_that_are_private_by_now(
    hers: Client, alice: User, work: ContentItem
) -> None:
    job = job_of(alice, "failed", parent=work, parameters={"image": {"item": work.pk}})
    assert value_of(hers.get(f"/create/?again={job.pk}"), "image") == str(work.pk)
    ContentItem.objects.update(is_private=True)
    page = hers.get(f"/create/?again={job.pk}")
    assert [elements(page, "input", name=name) for name in ("parent", "image")] == [[], []]


def test_a_jobs_page_shows_all_of_it(hers: Client, alice: User) -> None:
    job = job_of(
        alice, "failed", prompt="p" * 5_000, negative_prompt="grain", attempts=3, parameters={"cfg": 7, "seed": "1"}
    )
    page = hers.get(f"/create/jobs/{job.pk}/")
    facts = dict(zip(texts(page, "dt"), texts(page, "dd"), strict=True))
    assert texts(page, "p", class_="prompt") == ["p" * 5_000, "grain"]
    assert {name: facts[name] for name in ("Workflow", "CFG", "Seed", "Attempts", "Error")} == {
        "Workflow": "Built-in renderer", "CFG": "7", "Seed": "1", "Attempts": "3", "Error": "No memory"
    }  # fmt: skip
    again = hers.get(f"/create/?again={job.pk}")
    assert (value_of(again, "prompt"), value_of(again, "seed")) == ("p" * 5_000, "1")


@pytest.mark.parametrize("path", ["/create/?again={}", "/create/?again=x", "/create/?again=" + "9" * 40])
def test_another_users_job_fills_in_nothing(hers: Client, bob: User, path: str) -> None:
    job = GenerationJobFactory(user=bob, prompt="a secret harbour")
    page = hers.get(path.format(job.pk))
    assert (page.status_code, value_of(page, "prompt")) == (200, "")


# --- What is done with jobs


@pytest.mark.parametrize("prefix", ["", "/fragments"])
@pytest.mark.parametrize(
    ("status", "action", "after"),
    [
        ("pending", "cancel", "cancelled"),
        ("running", "cancel", "cancelled"),
        ("pending", "pause", "paused"),
        ("failed", "retry", "failed"),
        ("cancelled", "retry", "cancelled"),
        ("completed", "publish", "completed"),
    ],
)
def test_buttons_do_it_for_owner_and_staff_and_for_none_else(
    client: Client, alice: User, bob: User, staff: User, prefix: str, status: str, action: str, after: str
) -> None:
    for user, may in ((None, False), (bob, False), (alice, True), (staff, True)):
        job = job_of(alice, status)
        before = GenerationJob.objects.count()
        client.logout() if user is None else client.force_login(user)
        answer = client.post(f"{prefix}/create/jobs/{job.pk}/{action}/")
        job.refresh_from_db()
        is_done = {
            "retry": GenerationJob.objects.count() > before,
            "publish": ContentItem.objects.filter(made_by__job=job, is_private=False).exists(),
            "pause": job.is_paused,
            "cancel": job.status == "cancelled",
        }[action]
        assert (is_done, job.is_paused or job.status == after) == (may, True) if may else not is_done
        refused = (403 if prefix else 303) if user is None else 404
        assert answer.status_code == ((200 if prefix else 303) if may else refused)


def test_what_cannot_be_done_is_said(hers: Client, alice: User) -> None:
    job = job_of(alice, "completed")
    page = hers.post(f"/create/jobs/{job.pk}/cancel/", {"next": "/create/jobs/"}, follow=True)
    assert texts(page, "p", class_="message") == ["This job is completed already."]
    answer = hers.post(f"/fragments/create/jobs/{job.pk}/pause/")
    assert "This job is completed: only one that waits is paused." in answer.content.decode()


def test_what_is_public_already_is_not_published(hers: Client, alice: User) -> None:
    job = job_of(alice, "completed")
    pages = [hers.post(f"/create/jobs/{job.pk}/publish/", follow=True) for _ in range(2)]
    assert [texts(page, "p", class_="message") for page in pages] == [
        ["Published: everybody sees it now."],
        ["There is no private work of this job to publish."],
    ]


def test_what_moderators_hid_is_not_published(hers: Client, alice: User) -> None:
    job = job_of(alice, "completed")
    moderated.hold(ContentItem.objects.filter(made_by__job=job))
    offered = texts(hers.get(f"/create/jobs/{job.pk}/"), "button")
    page = hers.post(f"/create/jobs/{job.pk}/publish/", follow=True)
    assert texts(page, "p", class_="message") == ["There is no private work of this job to publish."]
    assert ContentItem.objects.get(made_by__job=job).is_private
    moderated.release(ContentItem.objects.all())
    assert set(texts(hers.get(f"/create/jobs/{job.pk}/"), "button")) - set(offered) == {"Publish"}


def test_a_job_that_is_asked_for_again_has_a_card_of_its_own(hers: Client, alice: User) -> None:
    job = job_of(alice, "failed")
    page = hers.post(f"/fragments/create/jobs/{job.pk}/retry/")
    assert states(page) == ["Waiting, next in the queue", "Failed"]
    plain = hers.post(f"/create/jobs/{job.pk}/retry/")
    assert plain["Location"] == f"/create/jobs/{GenerationJob.objects.latest('pk').pk}/"


def test_a_job_is_asked_for_again_once_until_that_has_failed_too(hers: Client, alice: User) -> None:
    job = job_of(alice, "failed")
    led = [hers.post(f"/create/jobs/{job.pk}/retry/")["Location"] for _ in range(2)]
    assert GenerationJob.objects.count() == 2
    hers.post(f"{led[0]}cancel/")
    led += [hers.post(f"/create/jobs/{job.pk}/retry/")["Location"] for _ in range(2)]
    numbers = GenerationJob.objects.order_by("pk").values_list("pk", flat=True)
    assert led == [f"/create/jobs/{numbers[place]}/" for place in (1, 1, 2, 2)]


def test_all_that_wait_are_cancelled_at_once(hers: Client, alice: User, bob: User) -> None:
    batch = uuid4()
    mine = [job_of(alice, "pending"), job_of(alice, "pending", batch=batch), job_of(alice, "running")]
    GenerationJobFactory(user=bob, batch=batch)

    def cancelled() -> list[str]:
        return [GenerationJob.objects.get(pk=job.pk).status for job in mine]

    hers.post("/create/jobs/cancel/", {"batch": str(batch)})
    assert cancelled() == ["pending", "cancelled", "running"]
    page = hers.post("/create/jobs/cancel/", follow=True)
    assert (cancelled(), texts(page, "p", class_="message")) == (
        ["cancelled", "cancelled", "running"],
        ["Cancelled 1 job.", "Cancelled 1 job."],
    )
    assert GenerationJob.objects.get(user=bob).status == "pending"
    assert hers.post("/create/jobs/cancel/", {"batch": "x"}).status_code == 404


# --- Following them


def poll_of(page: HttpResponse) -> str:
    [poll] = elements(page, "div", id="jobs-poll")
    return poll.attributes["hx-trigger"]


def test_a_page_asks_again_as_long_as_something_may_change(hers: Client, alice: User) -> None:
    found = []
    cases = [("failed", {}), ("pending", {"is_paused": True}), ("pending", {}), ("running", {})]
    for status, fields in [*cases, ("pending", {"created_at": timezone.now()})]:
        job = job_of(alice, status, **fields)
        page = hers.get(f"/create/jobs/{job.pk}/")
        found.append((poll_of(page), b"http-equiv" in page.content, len(elements(page, "input", name="open"))))
    assert found == [
        *[("news", False, 1)] * 2,
        ("every 2s, news", True, 2),
        ("every 1s, news", True, 2),
        ("every 400ms, news", True, 2),
    ]


def test_the_fragment_has_the_cards_that_were_open_and_takes_away_what_is_gone(hers: Client, alice: User) -> None:
    running, done, other = job_of(alice, "running"), job_of(alice, "completed"), job_of(alice, "pending")
    gone = other.pk + 1000
    page = hers.get(f"/fragments/create/jobs/?open={running.pk}&open={done.pk}&open={gone}&open=x&open={'9' * 5_000}")
    cards = {one.attributes["id"]: one.attributes["hx-swap-oob"] for one in elements(page, "li", class_="job")}
    assert cards == {f"job-{running.pk}": "true", f"job-{done.pk}": "true"}
    assert [one.attributes["hx-swap-oob"] for one in elements(page, "li", id=f"job-{gone}")] == ["delete"]
    assert (poll_of(page), "1 still under way." in page.content.decode()) == ("every 1s, news", True)
    assert poll_of(hers.get("/fragments/create/jobs/")) == "news"
    assert hers.get("/fragments/create/jobs/?" + "&".join(f"open={n}" for n in range(501))).status_code == 404


@pytest.mark.parametrize("number", [1, 20])
def test_queries_do_not_grow_with_the_jobs(
    hers: Client, alice: User, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    batch = uuid4()
    rows = [
        job_of(alice, status, batch=batch, created_at=EPOCH + timedelta(minutes=next(places)))
        for status in ("pending", "running", "completed") * number
    ]
    jobs, works, queue, keys_and_total, last, workflows, waiting = 1, 1, 2, 3, 1, 0, 1  # queue: and workers
    opened = "&".join(f"open={job.pk}" for job in rows)
    for path, queries in {
        f"/fragments/create/jobs/?{opened}": jobs + works + queue,
        f"/create/jobs/batch/{batch}/": jobs + works + queue,
        "/create/jobs/": keys_and_total + jobs + works + queue + waiting,
        "/create/": workflows + last + jobs + works + queue,
    }.items():
        with django_assert_num_queries(SIGNING_IN + queries):
            assert hers.get(path).status_code == 200


@pytest.mark.parametrize(
    ("has_workflow", "is_sent", "state"),
    [(True, False, "Looking for a ComfyUI that answers"), (True, True, "Running"), (False, False, "Running")],
)
def test_a_job_that_no_comfyui_takes_says_so(
    hers: Client, alice: User, workflow: Workflow, has_workflow: bool, is_sent: bool, state: str
) -> None:
    job = job_of(alice, "running", workflow=workflow if has_workflow else None)
    Attempt.objects.update(fraction=None, sent_at=timezone.now() if is_sent else None)
    assert states(hers.get(f"/create/jobs/{job.pk}/")) == [state]


@pytest.mark.parametrize(
    ("status", "seconds", "is_said"),
    [("pending", None, True), ("pending", 60, True), ("pending", 5, False), ("running", None, False)],
)
def test_jobs_that_wait_for_no_worker_say_so(
    hers: Client, alice: User, status: str, seconds: int | None, is_said: bool
) -> None:
    if seconds is not None:
        with connection.cursor() as cursor:
            reported = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))"
            cursor.execute(reported, [seconds])
    job = job_of(alice, status)
    for path in ("/create/", "/create/jobs/", f"/create/jobs/{job.pk}/", f"/fragments/create/jobs/?open={job.pk}"):
        [notice] = texts(hers.get(path), "div", id="jobs-notice")
        assert notice.startswith("No worker is running") == is_said, path
        assert "manage.py" not in notice


def test_staff_are_told_how_a_worker_is_started(client: Client, staff: User) -> None:
    client.force_login(staff)
    job_of(staff, "pending")
    assert "manage.py worker" in texts(client.get("/create/"), "div", id="jobs-notice")[0]


def test_while_workers_are_paused_pages_say_so(hers: Client, alice: User) -> None:
    flags.turn(flags.Flag.GENERATION, is_on=False)
    job = job_of(alice, "pending")
    for path in ("/create/", "/create/jobs/", f"/create/jobs/{job.pk}/"):
        assert "Nothing is made at the moment" in hers.get(path).content.decode()
