#!/usr/bin/env bash
# waitress: every 204 and 304 response closes an HTTP/1.1 connection that would otherwise persist.
#
# One would guess that a response without a body is the simplest one to keep alive: HTTP/1.1 ends a 204 or
# 304 at the blank line, and neither needs a Content-Length.
# waitress keeps a connection only if the response has a Content-Length, and strips one from these two. So it
# adds `Connection: close` and hangs up, although it adds no body and knows where the response ends.
# Seen on 2026-11-28 with waitress 3.0.2.
# It matters for conditional requests and for APIs that answer 204: each revalidated asset costs the client a
# new TCP connection, and a proxy's pool of upstream connections does not fill. A benchmark of 304s then
# measures connects.

set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
export PATH="$dir/venv/bin:$PATH"
pip install -qq waitress==3.0.2

cat > check.py <<'PY'
import socket
import sys
import threading
from importlib.metadata import version

from waitress.server import create_server


def app(environ, start_response):
    if environ["PATH_INFO"] == "/200":
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]
    if environ["PATH_INFO"] == "/204":
        start_response("204 No Content", [])
    else:
        start_response("304 Not Modified", [("ETag", '"1"')])
    return []


server = create_server(app, host="127.0.0.1", port=0)
threading.Thread(target=server.run, daemon=True).start()


def persists(path):
    """Send two requests over one connection; tell whether the second is answered."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.effective_port), timeout=5) as client:
        client.sendall(request)
        response, end = b"", b"\r\n\r\nok" if path == "/200" else b"\r\n\r\n"
        while not response.endswith(end) and (data := client.recv(4096)):
            response += data
        if not response.startswith(f"HTTP/1.1 {path[1:]} ".encode()):
            sys.exit(f"CHANGED: {path} gives another status")
        try:
            client.sendall(request)
            return client.recv(4096) != b""
        except ConnectionError:
            return False


print("waitress", version("waitress"))
print("expected: the connection persists after 200, 204 and 304")
verdicts = {path: persists(path) for path in ("/200", "/204", "/304")}
for path, verdict in verdicts.items():
    print(f"seen: {path[1:]} {'persists' if verdict else 'closes'}")
if verdicts != {"/200": True, "/204": False, "/304": False}:
    sys.exit("CHANGED: other responses keep the connection")
PY
python check.py
