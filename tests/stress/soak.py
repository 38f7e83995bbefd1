"""Runs what only long runs can show, one after the other, as `make soak` does: about 25 minutes.

    .venv/bin/python -m tests.stress.soak

Exit status 1: at least one of them failed; its output says what it found.
"""

import sys
from time import monotonic

from tests.stress.databases import run_to_its_end

STEPS = {
    "what Schemathesis asks, for 5 minutes": ["tests.stress.contract", "--seconds", "300"],
    "1,440 requests behind PgBouncer": ["tests.stress.pooler"],
    "PostgreSQL killed and stopped under load": ["tests.stress.outage", "--rounds", "3"],
    "50 slow connections": ["tests.stress.slow_connections"],
    "1,000 connections, and the memory of 100,000 requests": ["tests.stress.connections", "--rows", "100000"],
}


def main() -> None:
    """Run all steps, whatever becomes of each."""
    failed = []
    for name, arguments in STEPS.items():
        begin = monotonic()
        print(f"\n--- {name}", flush=True)
        code = run_to_its_end([sys.executable, "-m", *arguments])
        print(f"--- {name}: {monotonic() - begin:.0f} s" + (f", FAILED ({code})" if code else ""), flush=True)
        failed += [name] if code else []
    if failed:
        sys.exit(f"Failed: {'; '.join(failed)}")


if __name__ == "__main__":
    main()
