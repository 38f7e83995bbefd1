"""The libraries of an account that is closed."""

from django.db.models import Exists, OuterRef

from content.models import ContentItem
from media.models import Library
from users.models import User


def keep_files_of_public_works(account: User) -> None:
    """Let libraries in which public works of an account lie stay, as the site's, read no more; the account is about to
    go, and the others with it. One query.

    Public works stay without a creator (docs/decisions/0004): without their library they would have no files.
    """
    public = ContentItem.objects.filter(library=OuterRef("pk"), creator=account, is_private=False)
    kept = Library.objects.filter(Exists(public), owner=account)
    kept.update(owner=None, is_private=False, is_closed=True)
