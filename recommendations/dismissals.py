"""Works that a user is not interested in."""

from django.db import IntegrityError, transaction

from content.models import ContentItem
from recommendations.models import Dismissal, Recommendation, Refresh
from users.models import User


class UnknownWorkError(LookupError):
    """No work of this id is there for the user to see."""


def dismiss(user: User, work: int) -> None:
    """Recommend a work to a user no more; done twice it is done once. It waits while theirs are being written.

    Raises **UnknownWorkError** if the user sees no such work, or it is deleted meanwhile.
    """
    try:
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).filter(pk=user.pk).values_list("pk").first()
            if not ContentItem.objects.visible_to(user).filter(pk=work).exists():
                raise UnknownWorkError(work)
            Dismissal.objects.bulk_create([Dismissal(user=user, content_id=work)], ignore_conflicts=True)
            Recommendation.objects.filter(user=user, content=work).delete()
    except IntegrityError as error:
        raise UnknownWorkError(work) from error


def forget(user: User) -> int:
    """Let all that a user dismissed be recommended again, at the next look; return how many works that are."""
    Refresh.objects.filter(user=user).delete()
    return Dismissal.objects.filter(user=user).delete()[0]
