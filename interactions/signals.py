"""What happens to comments, for apps above this one. Each is sent inside the transaction that does it."""

from django.dispatch import Signal

# With `comment`, an Interaction that was just written.
commented = Signal()
