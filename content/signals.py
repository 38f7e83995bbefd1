"""What happens to works, for apps above this one. Each is sent inside the transaction that does it."""

from django.dispatch import Signal

# With `arrivals` and `works`, of which each Taken stands where its arrival does.
taken_in = Signal()

# With `kept`, the work that others were merged into, and `others`, which are deleted then.
merged = Signal()
