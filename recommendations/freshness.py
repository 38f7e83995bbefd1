"""Whether a user's recommendations are to be made once more: what each visit of For you asks, without numpy."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.module_loading import import_string

from interactions.models import Interaction
from recommendations.clocks import latest_date
from recommendations.models import Refresh, Watermark, Withdrawal
from recommendations.turns import LEARNED
from users.models import User

# Then they are made again for a user who comes back: works came, and others did things.
LASTING = timedelta(days=1)


def refresh_if_needed(user: User) -> bool:
    """Make a user's recommendations if they did something, took something back or chose another level since the last
    time, or that is long ago; return whether. Those of a user who did nothing are what is popular: they are made again
    once that is learned.

    One query if not.
    """
    deeds = Interaction.objects.filter(user=user, created_at__lte=latest_date())
    newest = deeds.order_by("-created_at", "-id").values("id")[:1]
    lasting = Refresh.objects.filter(user=user, made_at__gt=timezone.now() - LASTING, level=user.shown_level)
    learned = Watermark.objects.filter(pk=LEARNED, moved_at__gt=OuterRef("made_at"))
    lasting = lasting.filter(
        ~Exists(Withdrawal.objects.filter(user_id=user.pk)), Q(newest_interaction__isnull=False) | ~Exists(learned)
    )
    if any(then == now for then, now in lasting.values_list("newest_interaction", Subquery(newest))):
        return False
    # A process of the site loads numpy once it is needed.
    refresh = import_string("recommendations.refreshing.refresh")
    # Once more if they did something meanwhile.
    refresh([user.pk]) or refresh([user.pk])
    return True
