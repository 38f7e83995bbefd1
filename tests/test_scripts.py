"""The import map: it leads to every module, the policy allows it by digest, and nothing without files breaks."""

import json
import re
from base64 import b64decode
from graphlib import TopologicalSorter
from hashlib import sha256

import pytest
from django.test import Client

from genonaut.assets import import_map
from tests.pages.html import elements

IMPORT = re.compile(r'from "([^"]+)"')
# Imports of types and those that load later as well.
REFERENCE = re.compile(r'(?:from |import\()"genonaut/([^"]+)"')


def test_every_module_has_an_address_with_its_digest(db: None, client: Client) -> None:
    [script] = elements(client.get("/"), "script", type="importmap")
    found = json.loads(script.text)["imports"]
    names = {f"genonaut/{name}" for name in import_map.names()} - {"genonaut/main"}
    assert found.keys() == names
    assert all(re.fullmatch(rf"/static/js/{name[9:]}\.[0-9a-f]{{12}}\.js", found[name]) for name in names)


def test_the_policy_allows_the_map_and_no_other_text(db: None, client: Client) -> None:
    response = client.get("/")
    [script] = elements(response, "script", type="importmap")
    [digest] = re.findall(r"'sha256-([^']+)'", response["Content-Security-Policy"])
    assert b64decode(digest) == sha256(script.text.encode()).digest()
    assert "unsafe-inline" not in response["Content-Security-Policy"]


@pytest.mark.parametrize("name", import_map.names())
def test_modules_import_what_is_there_and_only_by_the_map(name: str) -> None:
    imported = set(IMPORT.findall((import_map.FOLDER / f"{name}.js").read_text()))
    assert imported <= {f"genonaut/{other}" for other in import_map.names() if other not in (name, import_map.ENTRY)}


def test_neither_modules_nor_their_folders_import_one_another_in_circles() -> None:
    texts = {name: (import_map.FOLDER / f"{name}.js").read_text() for name in import_map.names()}
    modules = {name: set(REFERENCE.findall(text)) for name, text in texts.items()}
    folders: dict[str, set[str]] = {}
    for name, others in modules.items():
        folder = name.split("/")[0]
        folders.setdefault(folder, set()).update({other.split("/")[0] for other in others} - {folder})
    for graph in (modules, folders):
        TopologicalSorter(graph).prepare()  # raises CycleError
    assert folders["site"] == set()


def test_without_collected_files_the_policy_names_no_map(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_name: str) -> str:
        raise ValueError("Missing staticfiles manifest entry")

    monkeypatch.setattr(import_map, "static", missing)
    kept = (import_map._modules, import_map._import_map)
    for function in kept:
        function.cache_clear()
    try:
        assert import_map.import_map_source() == ""
    finally:
        for function in kept:
            function.cache_clear()
