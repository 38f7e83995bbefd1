"""Answers requests of one build in this process and tells what each cost in CPU, for tests/stress/gallery_cost.py.

It is run by its path in the directory of a build, maybe an older one, and imports nothing but that build and Django.
Each line that it reads is an address and how many requests to make; it writes the mean in milliseconds.
"""

import os
import sys
import time

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

# The build's own, in place of this file's folder.
sys.path[0] = os.getcwd()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")


def main() -> None:
    """Read addresses until there are no more."""
    settings.SECURE_SSL_REDIRECT = False
    settings.ALLOWED_HOSTS = ["testserver"]
    if len(sys.argv) > 1:
        settings.ROOT_URLCONF = sys.argv[1]
    django.setup()
    client, desk = Client(), Client()
    for line in sys.stdin:
        path, times = line.split()
        if path.startswith("/admin/") and not desk.cookies:
            desk.force_login(superuser())
        print(milliseconds(desk if path.startswith("/admin/") else client, path, int(times)), flush=True)


def superuser() -> object:
    """Return a superuser."""
    users = get_user_model().objects
    return users.filter(is_superuser=True, is_active=True).first() or users.create_superuser("measures")


def milliseconds(client: Client, path: str, times: int) -> float:
    """Return the CPU milliseconds of one request, the mean of some in a row. Raises ValueError unless all are 200."""
    begin = time.process_time()
    for _ in range(times):
        status = client.get(path).status_code
        if status != 200:
            raise ValueError(f"{path}: {status}")
    return (time.process_time() - begin) * 1000 / times


if __name__ == "__main__":
    main()
