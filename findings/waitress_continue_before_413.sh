#!/usr/bin/env bash
# waitress: `Expect: 100-continue` makes it ask for a body that it has already decided to refuse.
#
# One would guess that a client which announces 5,000 bytes and asks first is told 413 at once if the limit is
# 1,000: that is the purpose of the header.
# Without the header, waitress does answer 413 on the headers alone. With it, the first answer is
# `100 Continue`; the 413 comes only once the client has sent as many bytes as the limit allows.
# Seen on 2026-11-28 with waitress 3.0.2.
# It matters because curl adds the header to large uploads by itself, and because a client that takes a closed
# connection during an upload for a network fault retries it. Put the limit on the proxy in front as well.

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

LENGTH, MAX_BODY = 5000, 1000


def app(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


server = create_server(app, host="127.0.0.1", port=0, max_request_body_size=MAX_BODY)
threading.Thread(target=server.run, daemon=True).start()


def statuses(*headers):
    """Send the headers, and MAX_BODY bytes of the body if the server asks for it."""
    lines = ["POST / HTTP/1.1", "Host: localhost", f"Content-Length: {LENGTH}", *headers, "", ""]
    with socket.create_connection(("127.0.0.1", server.effective_port), timeout=5) as client:
        client.sendall("\r\n".join(lines).encode())
        codes = [client.recv(4096).split()[1].decode()]
        if codes == ["100"]:
            client.sendall(b"x" * MAX_BODY)
            codes.append(client.recv(4096).split()[1].decode())
        return codes


plain, expect = statuses(), statuses("Expect: 100-continue")
print("waitress", version("waitress"))
print("expected: 413 as the first answer to both requests")
print(f"seen: without Expect {plain}, with Expect {expect}")
if (plain, expect) != (["413"], ["100", "413"]):
    sys.exit("CHANGED: other answers than 413 and 100, 413")
PY
python check.py
