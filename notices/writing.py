"""Writing notices: never of one's own deeds, of what the receiver may not see, or of a kind that they muted.

What follows others (the app `people`) calls `notify_followed`; comments and jobs announce themselves by signals, which
receivers.py connects.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet

from content.models import ContentItem
from generation.models import OPEN, GenerationJob, Status
from interactions.models import Interaction
from notices.models import Kind, Muted, Notice
from users.models import User

# Answers whose authors are told of another one: a thread of thousands tells no thousands.
TOLD_ANSWERS = 50
# Of a job that ended.
JOB = ("user__is_active", "batch", "status", "number")


def notify_commented(comment: Interaction) -> None:
    """Tell the creator of the work of a comment; of an answer, all who wrote in its thread lately. Each is told once.

    In the comment's transaction. Three queries, of an answer four.
    """
    works = ContentItem.objects.select_related("creator")
    item = works.only("is_private", "trashed_at", "creator__is_active", "creator__is_staff").get(pk=comment.content_id)
    told = {} if item.creator is None else {item.creator: Kind.COMMENT}
    if comment.parent_id is not None:
        told |= dict.fromkeys(_authors_in(comment.parent_id), Kind.ANSWER)
    wanted = {user: kind for user, kind in told.items() if user.pk != comment.user_id and item.is_visible_to(user)}
    _write(
        Notice(user=user, kind=kind, actor_id=comment.user_id, content=item, comment=comment)
        for user, kind in wanted.items()
    )


def _authors_in(thread_id: int) -> QuerySet[User]:
    """Return who wrote a thread and its newest answers, each once."""
    thread = Interaction.objects.filter(pk=thread_id).values("user")
    answers = Interaction.objects.filter(parent=thread_id).order_by("-created_at", "-pk").values("user")
    return User.objects.filter(Q(pk__in=thread) | Q(pk__in=answers[:TOLD_ANSWERS])).order_by("pk")


def notify_followed(user: User, follower: User) -> None:
    """Tell a user of a new follower; once, as long as that notice is kept. Two queries."""
    if user.pk != follower.pk:
        _write([Notice(user=user, kind=Kind.FOLLOW, actor=follower)])


@transaction.atomic
def notify_ended(job_id: int) -> None:
    """Tell who asked for a job that it ended; of a batch once, when the last of it did. Two queries to four.

    After the commit of the job's end: of two jobs that end at once the later one then sees the other.
    """
    job = GenerationJob.objects.filter(pk=job_id, is_automatic=False).select_related("user").only(*JOB).first()
    if job is None:
        return
    kin = [job] if job.batch is None else list(GenerationJob.objects.filter(batch=job.batch).only("status", "number"))
    statuses = [each.status for each in kin]
    if any(status in OPEN for status in statuses):
        return
    first = min(kin, key=lambda each: (each.number, each.pk))
    notice = Notice(user=job.user, kind=Kind.JOB, job=first)
    notice.completed, notice.failed = statuses.count(Status.COMPLETED), statuses.count(Status.FAILED)
    _write([notice])


def _write(notices: Iterable[Notice]) -> None:
    """Write those notices that their receivers want; one that was written before is left as it is."""
    rows = [notice for notice in notices if notice.user.is_active]
    if not rows:
        return
    muted = set(Muted.objects.filter(user__in=[row.user_id for row in rows]).values_list("user_id", "kind"))
    wanted = [row for row in rows if (row.user_id, str(row.kind)) not in muted]
    Notice.objects.bulk_create(wanted, ignore_conflicts=True)
