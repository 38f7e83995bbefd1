#!/usr/bin/env bash
# openapi-python-client: an optional query parameter that the caller leaves out is sent with its default.
#
# One would guess that an optional parameter is left out of the URL unless the caller passes it: in OpenAPI
# `default` describes the value that the server assumes for an absent parameter.
# The default is compiled into the signature and sent with every call. Only an explicit UNSET leaves it out.
# Seen on 2026-11-28 with openapi-python-client 0.29.1.
# It matters for three reasons: clients in the field keep the old default after the server changes it, their
# URLs differ from those of other clients and so miss a cache, and a server that reads the presence of a
# parameter as a choice takes every call as one.

set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
export PATH="$dir/venv/bin:$PATH"
pip install -qq openapi-python-client==0.29.1 ruff==0.17.6

cat > spec.json <<'JSON'
{
  "openapi": "3.1.1",
  "info": {"title": "Notes", "version": "1"},
  "paths": {"/notes": {"get": {
    "operationId": "list_notes",
    "parameters": [
      {"name": "size", "in": "query", "required": false, "schema": {"type": "integer", "default": 20}},
      {"name": "q", "in": "query", "required": false, "schema": {"type": "string"}}
    ],
    "responses": {"204": {"description": "Empty"}}
  }}}
}
JSON
openapi-python-client generate --path spec.json --output-path client --meta none --fail-on-warning > /dev/null

cat > check.py <<'PY'
import sys
from importlib.metadata import version

import httpx
from client import Client
from client.api.default import list_notes
from client.types import UNSET

queries = []


def answer(request):
    queries.append(request.url.query.decode())
    return httpx.Response(204)


client = Client(base_url="http://testserver", httpx_args={"transport": httpx.MockTransport(answer)})
list_notes.sync_detailed(client=client)
list_notes.sync_detailed(client=client, size=UNSET)
print("openapi-python-client", version("openapi-python-client"))
print("expected: no query in either request")
print(f"seen: without an argument {queries[0]!r}, with UNSET {queries[1]!r}")
if queries != ["size=20", ""]:
    sys.exit("CHANGED: the default of an absent parameter is not sent, or UNSET does not leave it out")
PY
python check.py
