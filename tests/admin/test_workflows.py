"""Workflows in the admin: uploaded or pasted, checked with all faults at once, and never deleted under their jobs."""

import json
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from generation.models import AutomaticWorks, Workflow
from generation.workflow_forms import WorkflowForm
from generation.workflows.graphs import PAGE_FORMAT
from tests.factories import GenerationJobFactory
from tests.generation.graphs import CHECKPOINTS, NODE_CLASSES, text_to_picture
from users.models import User

pytestmark = pytest.mark.django_db
LIST = "/admin/generation/workflow/"
ADD = f"{LIST}add/"
FIELDS = {"name": "fog", "title": "Fog", "output_type": "image", "is_active": "on"}
NAMES = ["prompt", "negative_prompt", "model", "loras", "width", "height", "seed", "steps", "cfg", "sampler"]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """A ComfyUI whose node classes are known."""
    settings.COMFYUI_URLS = ["http://127.0.0.1:8188"]
    monkeypatch.setattr(WorkflowForm, "node_classes", staticmethod(lambda: NODE_CLASSES))


def a_file(content: object) -> SimpleUploadedFile:
    """Return a file to upload."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return SimpleUploadedFile("graph.json", data, content_type="application/json")


def sent(desk: Client, address: str = ADD, **fields: Any) -> tuple[dict[str, list[str]], list[str]]:
    """Send the form; return its errors and the messages of the next page."""
    response = desk.post(address, {**FIELDS, **fields})
    assert response.status_code in (200, 302), response.content[:500]
    errors = dict(response.context["adminform"].form.errors) if response.status_code == 200 else {}
    return errors, [str(message) for message in get_messages(response.wsgi_request)]


@pytest.mark.parametrize("by", ["file", "text"])
def test_a_graph_is_uploaded_or_pasted_and_its_inputs_are_proposed(desk: Client, served: None, by: str) -> None:
    graph = text_to_picture()["graph"]
    errors, said = sent(desk, **{by: a_file(graph) if by == "file" else json.dumps(graph)})
    assert errors == {}
    workflow = Workflow.objects.get(name="fog")
    assert workflow.graph == graph
    assert [each["name"] for each in workflow.inputs][: len(NAMES)] == NAMES
    assert said[0].startswith("These inputs were proposed from the graph: prompt, negative_prompt, model, ")
    assert len(said) == 2


def test_a_workflow_is_changed_without_its_graph_being_sent_again(desk: Client, served: None) -> None:
    sent(desk, text=json.dumps(text_to_picture()["graph"]))
    workflow = Workflow.objects.get(name="fog")
    page = desk.get(f"{LIST}{workflow.pk}/change/").content.decode()
    assert "{&quot;name&quot;: &quot;prompt&quot;, &quot;kind&quot;: &quot;text&quot;" in page
    assert "&quot;EmptyLatentImage&quot;" in page

    inputs = json.dumps(workflow.inputs[:2])
    assert sent(desk, f"{LIST}{workflow.pk}/change/", title="Fog 2", inputs=inputs)[0] == {}

    changed = Workflow.objects.get(name="fog")
    assert (changed.title, changed.inputs, changed.graph) == ("Fog 2", workflow.inputs[:2], workflow.graph)


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({}, {"file": ["Upload a graph, or paste it."]}),
        ({"name": "built-in", "text": "{}"}, {"name": ["The built-in renderer has this name."], "text": [...]}),
        ({"name": "a b", "text": "{}"}, {"name": [...], "text": [...]}),
        ({"file": a_file({"nodes": [], "links": []})}, {"file": [PAGE_FORMAT]}),
        ({"file": a_file({}), "text": "{}"}, {"text": ["Give the graph once: as a file or as text."]}),
        ({"file": a_file(b"\xff")}, {"file": ["This is no text in UTF-8."]}),
        ({"file": a_file(b" " * 2_000_001)}, {"file": ["This is larger than 2 MB."]}),
        ({"text": '{"1": NaN}'}, {"text": ["This is no JSON: NaN is no number."]}),
        ({"text": '{"1": 1, "1": 2}'}, {"text": ["This is no JSON: one object has the same name twice."]}),
        ({"text": "[" * 100_000}, {"text": ["This is nested too deep."]}),
        ({"text": '{"1": ' + "9" * 5_000 + "}"}, {"text": [...]}),
        ({"text": "{}", "inputs": "x"}, {"inputs": ["This is no JSON: Expecting value: line 1 column 1 (char 0)."]}),
        (
            {"text": json.dumps({"1": {"class_type": "A"}, "2": {"inputs": {}}})},
            {"text": ["Node 1 has no inputs.", "Node 2 has no class_type."]},
        ),
        (
            {
                "text": json.dumps(text_to_picture()["graph"]),
                "inputs": json.dumps(
                    [
                        {"name": "x", "kind": "text", "node": "<script>alert(1)</script>", "field": "text"},
                        {"name": "cfg", "kind": "number", "node": "Sampler", "field": "model"},
                    ]
                ),
            },
            {
                "inputs": [
                    "Input x: the graph has no node of the title or id “<script>alert(1)</script>”.",
                    "Input cfg: its field is a link: declare the input at the node that it leads to.",
                ]
            },
        ),
    ],
)
def test_every_fault_is_said_beside_its_field(
    desk: Client, fields: dict[str, Any], errors: dict[str, list[Any]]
) -> None:
    before = Workflow.objects.count()
    for field in fields.values():
        if isinstance(field, SimpleUploadedFile):
            field.seek(0)
    response = desk.post(ADD, {**FIELDS, **fields})
    found = dict(response.context["adminform"].form.errors)
    assert found.keys() == errors.keys()
    assert [list(found[name]) for name, said in errors.items() if ... not in said] == [
        said for said in errors.values() if ... not in said
    ]
    assert b"<script>alert" not in response.content
    assert Workflow.objects.count() == before


def test_names_that_the_server_does_not_have_are_faults_that_a_default_mends(desk: Client, served: None) -> None:
    graph = text_to_picture()["graph"]
    graph["1"]["inputs"]["ckpt_name"] = "gone.ckpt"
    fault = "Input model: its default “gone.ckpt” is nothing that this ComfyUI has; give it another default."
    assert sent(desk, file=a_file(graph))[0] == {"inputs": [fault]}

    declared = {"name": "model", "kind": "model", "node": "Model", "field": "ckpt_name", "default": CHECKPOINTS[0]}
    assert sent(desk, file=a_file(graph), inputs=json.dumps([declared]))[0] == {}

    other = {"name": "cfg", "kind": "number", "node": "Sampler", "field": "cfg"}
    errors, _ = sent(desk, name="other", file=a_file(graph), inputs=json.dumps([other]))
    assert errors == {"file": ["In node 1 (Model), ckpt_name is “gone.ckpt”, which this ComfyUI does not have."]}


def test_a_workflow_that_no_server_looked_at_is_saved_with_a_warning(desk: Client, settings: Settings) -> None:
    values = text_to_picture()
    fields = {"text": json.dumps(values["graph"]), "inputs": json.dumps(values["inputs"])}
    settings.COMFYUI_URLS = []
    assert sent(desk, **fields)[1][-2].startswith("It is offered once COMFYUI_URLS names a ComfyUI;")
    Workflow.objects.filter(name="fog").delete()
    settings.COMFYUI_URLS = ["http://127.0.0.1:1"]
    assert sent(desk, **fields)[1][-2].startswith("No ComfyUI answered:")


def test_markup_in_a_graph_is_shown_as_text(desk: Client) -> None:
    graph = text_to_picture()["graph"]
    graph["2"]["inputs"]["text"] = "</pre><script>alert(1)</script>"
    sent(desk, title="<script>alert(2)</script>", text=json.dumps(graph))
    pages = [desk.get(LIST), desk.get(f"{LIST}{Workflow.objects.get(name='fog').pk}/change/")]
    assert [b"<script>alert" in page.content for page in pages] == [False, False]
    assert b"&lt;script&gt;alert(1)" in pages[1].content


def test_a_workflow_with_jobs_is_switched_off_and_not_deleted(desk: Client, alice: User) -> None:
    sent(desk, text=json.dumps(text_to_picture()["graph"]))
    workflow = Workflow.objects.get(name="fog")
    job = GenerationJobFactory(user=alice, workflow=workflow)
    assert desk.post(f"{LIST}{workflow.pk}/delete/", {"post": "yes"}).status_code == 403

    for action, is_active in (("withdraw", False), ("offer", True)):
        assert desk.post(LIST, {"action": action, "_selected_action": [workflow.pk]}).status_code == 302
        assert Workflow.objects.get(pk=workflow.pk).is_active is is_active
    assert b"delete_selected" not in desk.get(LIST).content

    job.delete()
    AutomaticWorks.objects.create(workflow=workflow)
    assert desk.post(f"{LIST}{workflow.pk}/delete/", {"post": "yes"}).status_code == 403
    AutomaticWorks.objects.all().delete()
    assert desk.post(f"{LIST}{workflow.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Workflow.objects.filter(name="fog").exists()


@pytest.mark.parametrize("query", ["q=%00", "q=fog", "o=99", "p=x", "is_active__exact=1", "nothing=1"])
def test_the_list_is_shown_whatever_its_address_says(desk: Client, query: str) -> None:
    assert desk.get(f"{LIST}?{query}", follow=True).status_code == 200


def test_only_staff_with_the_permission_enter(client: Client, alice: User) -> None:
    client.force_login(alice)
    for path in (LIST, ADD):
        assert client.get(path).status_code == 302
    assert client.post(ADD, {**FIELDS, "file": a_file(text_to_picture()["graph"])}).status_code == 302
    assert not Workflow.objects.filter(name="fog").exists()


def test_a_form_larger_than_any_graph_is_refused(desk: Client) -> None:
    assert desk.post(ADD, {**FIELDS, "file": a_file(b" " * 6_300_000)}).status_code == 413
