"""The one error of this package, and the text that explains it."""

from pathlib import Path

from genonaut.postgres.programs import Account

LOG_LINES = 15
# What the server's log says, and what to do about it.
REMEDIES = {
    "No space left on device": "The disk is full: free some space.",
    "Read-only file system": "The file system is read-only: the folder must be writable.",
    "Permission denied": "The folder and all in it must belong to {account} and be writable.",
    "has wrong ownership": "The folder and all in it must belong to {account}.",
    "is not compatible with this version": "Dump the database with the programs of the old version first.",
    "Cannot allocate memory": "Memory is short: set a smaller shared_buffers at the end of {data}/postgresql.conf.",
}
OTHERWISE = "Or set DATABASE_URL to a server of your own."


class PostgresDidNotStartError(RuntimeError):
    """The embedded server could not be started; the message says what was seen and what to do."""


def explain(data: Path, account: Account | None, error: Exception, *, log: str, seen: str) -> str:
    """Return the message of a failed start: its cause, what `seen` says of postmaster.pid, and the end of its log."""
    lines = [f"The embedded PostgreSQL in {data} did not start: {error}"]
    if seen:
        lines.append(seen)
    if log:
        lines += ["The end of its log:", *log.splitlines()[-LOG_LINES:]]
    texts, name = f"{error}\n{log}", account.name if account else "the account that runs it"
    remedies = [remedy for sign, remedy in REMEDIES.items() if sign in texts]
    lines += [remedy.format(data=data, account=name) for remedy in remedies]
    return "\n".join([*lines, OTHERWISE])
