"""Uploads as the schema names them: what a zip is answered with leads to what became of it."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.api.contract import Contract
from tests.uploads.files import picture
from tests.uploads.test_tus import Tus
from tests.uploads.test_zips import zipped
from uploads.finishing import tidy
from users.models import User

pytestmark = pytest.mark.usefixtures("own_folders")
CONTENT = "/api/v1/content/"


def test_a_zip_and_its_upload_hold_to_the_schema(schema: dict[str, Any], alice: User, bob: User) -> None:
    contract, hers, faults = Contract(schema), Tus(alice), []
    content = zipped(("a.png", picture()), ("b.png", picture()), ("c.png", b"no picture"))
    posted = hers.api.post(CONTENT, {"file": SimpleUploadedFile("x.zip", content)}, format="multipart")
    url = posted.headers["Location"]
    answers = [hers.api.get(url)]
    tidy()
    answers += [hers.api.get(url), hers.api.get(f"{url}?after=0"), Tus(bob).api.get(url)]
    answers += [hers.api.get(f"{url}?after=x")]
    assert [answer.status_code for answer in (posted, *answers)] == [202, 200, 200, 200, 404, 400]
    assert [answer.json()["state"] for answer in answers[:2]] == ["unpacking", "done"]
    faults += contract.faults("content_create", posted)
    for answer in answers:
        faults += contract.faults("uploads_retrieve", answer)
    for answer in (hers.api.delete(url), hers.send("DELETE", url), hers.send("DELETE", url)):
        faults += contract.faults("uploads_destroy", answer)
    assert faults == []


def test_a_file_in_pieces_and_the_item_of_a_form_hold_to_the_schema(schema: dict[str, Any], alice: User) -> None:
    contract, hers, faults = Contract(schema), Tus(alice), []
    for content in (picture(), b"<html>"):
        url = hers.create(content, filename="a")
        faults += contract.faults("uploads_retrieve", hers.api.get(url))
        hers.piece(url, 0, content)
        faults += contract.faults("uploads_retrieve", hers.api.get(url))
    for status in (200, 201):
        file = SimpleUploadedFile("a.png", picture(status - 200))
        answer = hers.api.post(CONTENT, {"file": file}, format="multipart")
        faults += contract.faults("content_create", answer)
        described = contract.operations["content_create"][2]["responses"][str(answer.status_code)]
        assert (answer.status_code, "Content-Location" in described["headers"]) == (status, True)
    assert faults == []
