#!/usr/bin/env bash
# schemathesis: a 413 answer to a body that breaks the schema is reported as "request accepted".
#
# One would guess that the check negative_data_rejection takes any 4xx as a rejection, 413 above all for a
# string that is longer than maxLength. Its default is a list of statuses that has 409, 415, 429 and all of
# 5xx, but not 413: a server that answers 500 passes the check, one that answers 413 fails it, even if
# the operation declares 413 among its responses.
# Seen on 2026-11-28 with schemathesis 4.32.5.
# It matters for services that limit the body size before they parse it, and the headline hides the cause:
# "accepted" stands above a response that says the opposite. Set expected-statuses of the check.

set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
export PATH="$dir/venv/bin:$PATH"
pip install -qq schemathesis==4.32.5

cat > check.py <<'PY'
import json
import subprocess
import sys
import threading
from importlib.metadata import version
from wsgiref.simple_server import WSGIRequestHandler, make_server

MAX_BODY = 100


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *args):
        pass


def make_app(too_large):
    def app(environ, start_response):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"].read(length)
        status = too_large if length > MAX_BODY else "400 Bad Request"
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", "2")])
        return [b"{}"]

    return app


note = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "maxLength": 95}}}
operation = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": note}}},
    "responses": {status: {"description": status} for status in ("204", "400", "413", "500")},
}
spec = {
    "openapi": "3.1.0",
    "info": {"title": "Notes", "version": "1"},
    "paths": {"/notes": {"post": operation}},
}
with open("spec.json", "w") as file:
    json.dump(spec, file)


def report(too_large):
    """Send only requests that break the schema, each of which the server rejects."""
    with make_server("127.0.0.1", 0, make_app(too_large), handler_class=QuietHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        command = ["schemathesis", "run", "spec.json", "--url", f"http://127.0.0.1:{server.server_port}"]
        command += ["--phases", "coverage", "--mode", "negative", "--seed", "1", "--no-color"]
        command += ["--checks", "negative_data_rejection"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=120)
        server.shutdown()
    accepted = "Schema-violating request accepted" in result.stdout
    return result.returncode, accepted, f"[{too_large[:3]}]" in result.stdout


print("schemathesis", version("schemathesis"))
print("expected: no failure, as the server rejects every request")
reports = {status[:3]: report(status) for status in ("413 Content Too Large", "400 Bad Request", "500 Oops")}
for status, (code, accepted, shown) in reports.items():
    print(f"seen: {status} for large bodies: exit code {code}, reported as accepted {accepted}")
if reports != {"413": (1, True, True), "400": (0, False, False), "500": (0, False, False)}:
    sys.exit("CHANGED: 413 is a rejection now, or 400 or 500 is not")
PY
python check.py
