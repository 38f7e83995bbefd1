#!/usr/bin/env bash
# django-storages (S3): to read one byte of an open file fetches the whole object, into memory.
#
# One would guess that a file that can be sought in is read by ranges, as S3 offers them, or that at least a
# temporary file on disk holds it: its buffer is a SpooledTemporaryFile.
# The first read downloads all of the object, wherever it was sought to; the buffer's limit is 0 by default
# (AWS_S3_MAX_MEMORY_SIZE), which SpooledTemporaryFile takes for no limit, so that nothing is ever on disk.
# Seen on 2026-11-29 with django-storages 1.14.6 and boto3 1.44.8.
# It matters for two reasons: a view that answers byte ranges (players of videos ask for the end first) fetches
# the whole video for each of them, and a worker's memory grows by the size of each file that is open.

set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
export PATH="$dir/venv/bin:$PATH"
pip install -qq django==5.2.19 'django-storages[s3]==1.14.6' boto3==1.44.8

cat > check.py <<'PY'
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from threading import Thread

from django.conf import settings

SIZE = 32 * 2**20
sent = []


class Bucket(BaseHTTPRequestHandler):
    """One object of zeros, in whole or by ranges."""

    def do_HEAD(self):
        self.answer(200, SIZE)

    def do_GET(self):
        start, last = 0, SIZE - 1
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked:
            start, last = int(asked[1]), int(asked[2] or last)
        size = last - start + 1
        self.answer(206 if asked else 200, size, start)
        sent.append(size)
        self.wfile.write(bytes(size))

    def answer(self, status, size, start=0):
        self.send_response(status)
        self.send_header("Content-Length", str(size))
        self.send_header("ETag", '"zeros"')
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{start + size - 1}/{SIZE}")
        self.end_headers()

    def log_message(self, *_arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
Thread(target=server.serve_forever, daemon=True).start()
settings.configure()

from storages.backends.s3 import S3Storage

storage = S3Storage(
    bucket_name="works",
    endpoint_url=f"http://127.0.0.1:{server.server_port}",
    region_name="us-east-1",
    access_key="a",
    secret_key="b",
)
file = storage.open("video.mp4")
file.seek(SIZE - 1)
byte = file.read(1)
print(f"django-storages {version('django-storages')}, boto3 {version('boto3')}")
print(f"read {len(byte)} byte of an object of {SIZE:,}: {sum(sent):,} bytes were fetched")
print(f"they are on disk: {file.file._rolled}")
sys.exit(not (len(byte) == 1 and sum(sent) == SIZE and not file.file._rolled))
PY
python check.py
