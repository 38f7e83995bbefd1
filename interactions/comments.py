"""Comments on works: threads of one level, which are edited by their authors and removed by them, by the work's
creator and by staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from content.models import ContentItem
from genonaut.counted import count_up_to, things_text
from genonaut.http.limits import Rate, check_rate
from interactions.likes import UnknownItemError
from interactions.listings import COMMENT
from interactions.models import REMOVED_TEXT, Interaction, Kind
from interactions.signals import commented
from users.models import User
from users.querysets import is_staff

MOST_CHARACTERS = 10_000
RATE = Rate(60, timedelta(hours=1))
# Answers below a thread in the list of threads; its own page has all of them.
SHOWN_ANSWERS = 3
# Newest answers of a thread among which the viewer's own is looked for: who just wrote one sees it.
NEWEST_ANSWERS = 20
# Comments are counted exactly up to here: so many entries of an index are walked.
COUNT_LIMIT = 9_999


class UnknownCommentError(LookupError):
    """No comment of this id is there to be answered, edited or removed."""


@dataclass(frozen=True)
class Comment:
    """A comment as its viewer sees it, with the answers that are shown below it."""

    row: Interaction
    may_edit: bool
    may_remove: bool
    is_own: bool
    answers: Sequence["Comment"] = ()
    has_more: bool = False

    @property
    def author(self) -> User | None:
        """Who wrote it; None once the account is closed, or while it is deactivated."""
        user = self.row.user
        return user if user is not None and user.is_active else None


def path_of_new(row: Interaction) -> str:
    """Return where a comment is shown that was just written: first among those of its item, or of its thread."""
    if row.parent_id is None:
        return f"{reverse('interactions:comments', args=[row.content_id])}#comment-{row.pk}"
    return f"{reverse('interactions:comment', args=[row.parent_id])}#comment-{row.pk}"


def path_of(row: Interaction) -> str:
    """Return where a comment of any age is shown: its own page, which has its thread if it is an answer."""
    return f"{reverse('interactions:comment', args=[row.pk])}#comment-{row.pk}"


def comments_of(item_id: int) -> QuerySet[Interaction]:
    """Return the comments on an item, those that are shown as removed included."""
    return Interaction.objects.filter(content_id=item_id, kind=Kind.COMMENT)


def count_of(item_id: int) -> str:
    """Return how many comments an item has, in words. One query."""
    count = count_up_to(comments_of(item_id).filter(removed_at=None), COUNT_LIMIT)
    return things_text(count, "comment", most=COUNT_LIMIT)


def for_threads(rows: QuerySet[Interaction]) -> QuerySet[Interaction]:
    """Load what a comment shows."""
    return rows.select_related("user").only(*COMMENT)


def shown(rows: Sequence[Interaction], item: ContentItem, viewer: User | AnonymousUser) -> list[Comment]:
    """Return comments on an item as a viewer sees them, each with its first answers and the viewer's own newest.

    One query for all answers.
    """
    answers = _first_answers([row.pk for row in rows if row.parent_id is None], viewer)
    return [_shown(row, item, viewer, answers.get(row.pk, [])) for row in rows]


def shown_alone(rows: Sequence[Interaction], item: ContentItem, viewer: User | AnonymousUser) -> list[Comment]:
    """Return comments on an item as a viewer sees them, without their answers. No query."""
    return [_shown(row, item, viewer) for row in rows]


def _shown(
    row: Interaction, item: ContentItem, viewer: User | AnonymousUser, answers: Sequence[Interaction] = ()
) -> Comment:
    is_own = row.user_id is not None and row.user_id == viewer.pk
    own = [answer for answer in answers[SHOWN_ANSWERS:] if answer.user_id is not None and answer.user_id == viewer.pk]
    below = [*answers[:SHOWN_ANSWERS], *own[-1:]]
    return Comment(
        row=row,
        may_edit=may_edit(viewer, row),
        may_remove=may_remove(viewer, row, item),
        is_own=is_own,
        answers=[_shown(answer, item, viewer) for answer in below],
        has_more=len(answers) > len(below),
    )


def _first_answers(parents: Sequence[int], viewer: User | AnonymousUser) -> dict[int, list[Interaction]]:
    """Return the oldest answers of threads, and the viewer's own newest among the newest of each.

    Two more than are shown at most: one is the viewer's, another says that there are more. Each thread's are read along
    the index.
    """
    if not parents:
        return {}
    first, *others = [
        *(
            Interaction.objects.filter(parent_id=pk).order_by("created_at", "id").values("pk")[: SHOWN_ANSWERS + 2]
            for pk in parents
        ),
        *([_own_newest(parents, viewer)] if viewer.is_authenticated else []),
    ]
    keys = first.union(*others, all=True) if others else first
    found: dict[int, list[Interaction]] = {}
    for row in for_threads(Interaction.objects.filter(pk__in=keys)).order_by("created_at", "id"):
        found.setdefault(row.parent_id, []).append(row)
    return found


def _own_newest(parents: Sequence[int], viewer: User) -> QuerySet:
    """Return of each thread the id of the viewer's newest answer, if it is among the newest answers."""
    newest = Interaction.objects.filter(parent=OuterRef(OuterRef("pk"))).order_by("-created_at", "-id")
    among = Interaction.objects.filter(user=viewer, pk__in=newest.values("pk")[:NEWEST_ANSWERS])
    own = Subquery(among.order_by("-created_at", "-id").values("pk")[:1])
    return Interaction.objects.filter(pk__in=parents).order_by().annotate(own=own).values("own")


def may_edit(viewer: User | AnonymousUser, comment: Interaction) -> bool:
    """Return whether the viewer wrote the comment and it is still there. No query."""
    return comment.user_id is not None and comment.user_id == viewer.pk and comment.removed_at is None


def may_remove(viewer: User | AnonymousUser, comment: Interaction, item: ContentItem) -> bool:
    """Return whether the viewer wrote the comment, made the item that it is on, or is staff. No query."""
    is_own = comment.user_id is not None and comment.user_id == viewer.pk
    return comment.removed_at is None and (is_own or item.is_of(viewer) or is_staff(viewer))


def check_comment_rate(user: User) -> None:
    """Count a comment that an account is about to write. Raises TooManyTriesError."""
    check_rate(RATE, "comment", user.pk)


def add(user: User, item_id: int, text: str, *, parent_id: int | None = None, key: str | None = None) -> Interaction:
    """Write a comment, or an answer to a comment on the same item; the answer to an answer goes to its thread.

    What was written with a key is not written again. Raises UnknownItemError if the user sees no such item,
    UnknownCommentError if there is no such comment on it.
    """
    if key is not None and (written := _written(user, key)):
        return written
    try:
        with transaction.atomic():
            if not ContentItem.objects.visible_to(user).filter(pk=item_id).exists():
                raise UnknownItemError(item_id)
            row = Interaction(user=user, content_id=item_id, kind=Kind.COMMENT, comment=text, idempotency_key=key)
            row.parent_id = _thread_of(item_id, parent_id)
            row.save(force_insert=True)
            announce(row)
    except IntegrityError as error:
        if key is not None and (written := _written(user, key)):  # by a request that came at the same time
            return written
        raise UnknownItemError(item_id) from error  # the item or the thread went before this transaction ended
    return row


def _written(user: User, key: str) -> Interaction | None:
    return Interaction.objects.filter(user=user, idempotency_key=key).first()


def announce(row: Interaction) -> None:
    """Tell the apps above of a comment that was just written, in its transaction; of any other deed nothing."""
    if row.kind == Kind.COMMENT:
        commented.send(Interaction, comment=row)


def _thread_of(item_id: int, parent_id: int | None) -> int | None:
    if parent_id is None:
        return None
    row = comments_of(item_id).filter(pk=parent_id).values_list("pk", "parent_id", "removed_at").first()
    if row is None or row[2] is not None:
        raise UnknownCommentError(parent_id)
    return row[1] or row[0]


def edit(comment: Interaction, text: str) -> None:
    """Change the text of a comment; the same text changes nothing. Raises UnknownCommentError if it was removed."""
    if text == comment.comment:
        return
    rows = Interaction.objects.filter(pk=comment.pk, kind=Kind.COMMENT, removed_at=None)
    if not rows.update(comment=text, edited_at=timezone.now()):
        raise UnknownCommentError(comment.pk)


def lock(comment: Interaction) -> bool:
    """Keep a comment from being removed until the transaction ends; return whether it is there. One query."""
    rows = Interaction.objects.filter(pk=comment.pk, kind=Kind.COMMENT, removed_at=None)
    return rows.select_for_update(of=("self",)).first() is not None


@transaction.atomic
def remove(comment: Interaction) -> None:
    """Delete a comment; one that has answers loses its text and stays as their heading. Done twice it is done once."""
    rows = Interaction.objects.filter(pk=comment.pk, kind=Kind.COMMENT)
    # Locked: no answer comes meanwhile, for its reference needs the row as well.
    row = rows.select_for_update(of=("self",)).first()
    if row is None:
        return
    if row.answers.exists():
        rows.filter(removed_at=None).update(comment=REMOVED_TEXT, removed_at=timezone.now())
        return
    rows.delete()
    if row.parent_id is not None:
        _delete_empty_thread(row.parent_id)


def _delete_empty_thread(pk: int) -> None:
    """Delete a removed comment whose last answer went."""
    thread = Interaction.objects.filter(pk=pk, removed_at__isnull=False)
    if thread.select_for_update(of=("self",)).first() and not Interaction.objects.filter(parent_id=pk).exists():
        thread.delete()
