#!/usr/bin/env bash
# openapi-python-client: a required body with two media types gives a module that cannot be imported.
#
# One would guess that a required body becomes a required argument, and that a generator which exits 0
# under --fail-on-warning has written code that at least imports.
# The argument becomes `body: A | Unset = UNSET`, as if the body were optional, and `Unset` is not imported:
# NameError on import. The exit code is 0; with a single media type the same operation is fine.
# Seen on 2026-11-28 with openapi-python-client 0.29.1.
# It matters because Django REST framework accepts JSON, form and multipart by default, so each POST of its
# schema has several media types. A job that generates a client has to import every module as well.

set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
export PATH="$dir/venv/bin:$PATH"
pip install -qq openapi-python-client==0.29.1 ruff==0.17.6

cat > spec.py <<'PY'
import json
import sys

content = {media_type: {"schema": {"$ref": "#/components/schemas/Note"}} for media_type in sys.argv[1:]}
operation = {
    "operationId": "create_note",
    "requestBody": {"required": True, "content": content},
    "responses": {"204": {"description": "Created"}},
}
schemas = {"Note": {"type": "object", "properties": {"text": {"type": "string"}}}}
spec = {
    "openapi": "3.1.1",
    "info": {"title": "Notes", "version": "1"},
    "paths": {"/notes": {"post": operation}},
    "components": {"schemas": schemas},
}
print(json.dumps(spec))
PY
python spec.py application/json > one.json
python spec.py application/json multipart/form-data > two.json
for name in one two; do
    openapi-python-client generate --path $name.json --output-path $name --meta none --fail-on-warning > /dev/null
done

cat > check.py <<'PY'
import importlib
import sys
from importlib.metadata import version

print("openapi-python-client", version("openapi-python-client"))
print("expected: both modules import")
importlib.import_module("one.api.default.create_note")
print("seen: one media type imports")
try:
    importlib.import_module("two.api.default.create_note")
except NameError as error:
    print(f"seen: two media types raise NameError: {error}")
    if error.name == "Unset":
        sys.exit(0)
sys.exit("CHANGED: the module with two media types no longer raises NameError for Unset")
PY
python check.py
