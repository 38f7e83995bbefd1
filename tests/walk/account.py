"""The account that a walk signs in as."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAKE_TOKEN = """
from django.contrib.auth import get_user_model
from rest_framework.authtoken.models import Token
account, _ = get_user_model().objects.get_or_create(username="walker", defaults={"is_staff": True})
print(Token.objects.get_or_create(user=account)[0].key)
"""


def staff_token(url: str) -> str:
    """Return the token of a database's account `walker`, a member of staff that is made if it is not there.

    Raises CalledProcessError.
    """
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "--verbosity", "0", "--command", MAKE_TOKEN]
    environment = {**os.environ, "DATABASE_URL": url, "DATABASE_DIRECT_URL": ""}
    said = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    return said.split()[-1]
