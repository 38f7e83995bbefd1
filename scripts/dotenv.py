"""Write .env, or the SECRET_KEY that it lacks: `python3 scripts/dotenv.py FILE`.

The key is this checkout's own, and plain http for this machine only: a file that is there already keeps its HTTPS.
"""

import os
import re
import secrets
import sys
from pathlib import Path

HAS_KEY = re.compile(r"""^(export )?SECRET_KEY=["']?[^"'\s]""", re.MULTILINE)


def main(name: str) -> None:
    """Write the file, for our account alone. One that others wrote for themselves is left to the site to refuse."""
    path = Path(name)
    key = f"SECRET_KEY={secrets.token_urlsafe(50)}\n"
    if not path.exists():
        os.umask(0o077)
        path.write_text(f"{key}HTTPS=off\n")
    elif os.access(path, os.R_OK | os.W_OK) and not HAS_KEY.search(text := path.read_text(errors="replace")):
        with path.open("a") as file:
            file.write(key if not text or text.endswith("\n") else f"\n{key}")


if __name__ == "__main__":
    main(sys.argv[1])
