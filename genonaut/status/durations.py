"""How long ago something was, for people."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.timesince import timesince


def ago(moment: datetime | None) -> str:
    """Return how long ago a time is, or how long until it is; "never" without one."""
    if moment is None:
        return "never"
    past = timezone.now() - moment
    return f"{length(past)} ago" if past >= timedelta() else f"in {length(-past)}"


def length(duration: timedelta) -> str:
    """Return a duration in its two largest units; below a minute in seconds."""
    if duration < timedelta(minutes=1):
        return f"{round(duration.total_seconds())} s"
    now = timezone.now()
    return timesince(now - duration, now).replace("\xa0", " ")
