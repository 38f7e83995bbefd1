"""Which folders are libraries: registering one, and taking one away with the works that lie nowhere else."""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from content.models import ContentItem
from genonaut.database.removal import Batch, remove
from libraries.belonging import places_with_creator
from libraries.locking import REGISTER, lock_transaction
from media.archives import export_below
from media.models import DismissedPair, GenerationData, LeftOut, Library, LibraryFile, MediaFile, MetadataBlocks
from media.thumbnails import drop_thumbnails
from media.walking import is_text
from users.models import User
from users.preferences import keeps_private

BATCH_ROWS = 1_000
# Of so many files of a library the half at least must lie in the folder that it moves to.
SAMPLE_FILES = 50


class FolderError(Exception):
    """A folder cannot become a library; the text says why and what to do."""


@transaction.atomic
def register(
    folder: Path,
    *,
    name: str = "",
    owner: User | None = None,
    is_private: bool | None = None,
    hides_prompts: bool = False,
) -> Library:
    """Make a folder a library; nothing of it is read. Its works are private if that is said, or, if nothing is, if its
    owner wants new works private. Raises FolderError.
    """
    is_private = keeps_private(owner) if is_private is None else is_private
    root = _real(folder)
    name = name.strip() or root.name or "root"
    if is_private and owner is None:
        raise FolderError("The works of a private library are seen by its owner alone: name one with --owner.")
    if len(name) > Library._meta.get_field("name").max_length:
        raise FolderError(f"The name has {len(name)} characters, more than the allowed 100: choose one with --name.")
    if export := export_below(root):
        raise FolderError(
            f"{export} is an export, whose private works would be public: manage.py import_export {export}"
        )
    lock_transaction(REGISTER)
    _check_overlap(root)
    if Library.objects.filter(name=name).exists():
        raise FolderError(f"There is a library {name!r} already: choose another name with --name.")
    return Library.objects.create(
        name=name, folder=str(root), owner=owner, is_private=is_private, hides_prompts=hides_prompts
    )


@transaction.atomic
def move(library: Library, folder: Path, *, is_forced: bool = False) -> None:
    """Let a library read another folder, to which its files were moved or copied: works stay what they are.

    Some of its files are looked for there, by path and size, unless it is forced. Raises FolderError.
    """
    root = _real(folder)
    lock_transaction(REGISTER)
    _check_overlap(root, besides=library)
    if not is_forced:
        _check_files(library, root)
    Library.objects.filter(pk=library.pk).update(folder=str(root), offline_since=None)


def _check_files(library: Library, root: Path) -> None:
    places = LibraryFile.objects.filter(library=library, missing_since=None).exclude(media_file=None)
    # From its whole length: one folder of it may have stayed behind.
    files = list(places.order_by("?").values_list("path", "size")[:SAMPLE_FILES])
    found = sum(_has(root / path, size) for path, size in files)
    if 2 * found < len(files):
        raise FolderError(
            f"Of {len(files):,} files of {library.name!r} {found:,} lie in {root}: is it the folder that "
            f"{library.folder} became? Works whose files are not there would be missing; --force moves it nonetheless."
        )


def _has(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def _real(folder: Path) -> Path:
    try:
        root = folder.expanduser().resolve()
    except (OSError, RuntimeError) as error:
        raise FolderError(f"{folder} cannot be found: {error}") from None
    if not root.exists():
        raise FolderError(f"There is no folder {root}.")
    if not root.is_dir():
        raise FolderError(f"{root} is a file: name the folder that it lies in.")
    if not is_text(str(root)):
        raise FolderError("The path of the folder is not UTF-8: rename it.")
    if root == Path(settings.DEMO_DIR).resolve():
        return root  # among the site's own files, and a library nonetheless
    for ours in (settings.VAR_DIR, Path(settings.MEDIA_ROOT), Path(settings.THUMBNAILS_DIR)):
        if _overlaps(root, Path(ours).resolve()):
            raise FolderError(f"{root} holds files of the site itself ({ours}): choose another folder.")
    return root


def _overlaps(one: Path, other: Path) -> bool:
    return one == other or one in other.parents or other in one.parents


def _check_overlap(root: Path, besides: Library | None = None) -> None:
    for library in Library.objects.exclude(pk=besides and besides.pk):
        if library.root == root:
            raise FolderError(f"{root} is the library {library.name!r} already: manage.py library scan {library.name}")
        if library.root in root.parents:
            raise FolderError(f"{root} lies in the library {library.name!r} ({library.folder}), which reads it.")
        if root in library.root.parents:
            raise FolderError(
                f"{root} contains the library {library.name!r} ({library.folder}): remove that one first, "
                f"or choose a folder that does not contain it."
            )


def only_here(library: Library) -> QuerySet[ContentItem]:
    """Return the works of a library whose content is neither stored nor seen in another library."""
    works = ContentItem.objects.filter(library=library, media_file__stored_as="")
    places = LibraryFile.objects.exclude(library=library).filter(missing_since=None)
    return works.exclude(Exists(places.filter(media_file=OuterRef("media_file"))))


def unregister(library: Library, advance: Callable[[int], object]) -> None:
    """Take a library away with the works that lie nowhere else, in batches; no file is touched.

    The other works go to another library of their creator in which they lie, or to none.
    What it did is kept if it is interrupted; the next run goes on. `advance` is told how many works and places went.
    """
    _remove_works(library, advance)
    while places := list(LibraryFile.objects.filter(library=library).values_list("pk", "media_file")[:BATCH_ROWS]):
        with transaction.atomic():
            LibraryFile.objects.filter(pk__in=[pk for pk, _file in places]).delete()
            gone = _remove_contents({file for _pk, file in places if file})
        _drop(gone)
        advance(len(places))
    while pks := list(ContentItem.objects.filter(library=library).values_list("pk", flat=True)[:BATCH_ROWS]):
        ContentItem.objects.filter(pk__in=pks).update(library=places_with_creator().values("library")[:1])
    library.delete()


def _remove_works(library: Library, advance: Callable[[int], object]) -> None:
    while works := list(only_here(library).values_list("pk", "media_file")[:BATCH_ROWS]):
        with transaction.atomic():
            batch = Batch(10 * BATCH_ROWS)
            remove(ContentItem.objects.filter(pk__in=[pk for pk, _file in works]), batch)
            gone = _remove_contents({file for _pk, file in works})
        _drop(gone)
        advance(batch.deleted[ContentItem])


def _remove_contents(pks: set[int]) -> list[str]:
    """Delete contents of some that lie nowhere and are no work's; return their hashes."""
    files = MediaFile.objects.filter(pk__in=pks, stored_as="")
    files = files.exclude(Exists(ContentItem.objects.filter(media_file=OuterRef("pk"))))
    files = files.exclude(Exists(LibraryFile.objects.filter(media_file=OuterRef("pk")))).select_for_update()
    hashes = {file.pk: file.hex for file in files.only("sha256")}
    for model in (MetadataBlocks, GenerationData, LeftOut):
        model.objects.filter(media_file__in=hashes).delete()
    DismissedPair.objects.filter(Q(first__in=hashes) | Q(second__in=hashes)).delete()
    MediaFile.objects.filter(pk__in=hashes)._raw_delete("default")
    return list(hashes.values())


def _drop(hashes: list[str]) -> None:
    for sha256 in hashes:
        drop_thumbnails(sha256)
