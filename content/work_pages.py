"""All that the page of one work shows beside the item's own columns, loaded for one viewer."""

from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.template.defaultfilters import filesizeformat

from content.blurring import Veil, veil_of
from content.generation_panels import (
    Fact,
    PromptPart,
    Related,
    as_text,
    facts_of,
    lora_facts,
    prompt_parts,
    related_to,
)
from content.models import ContentItem
from content.owners import may_change
from content.stages import Stage, stage_of
from media.generation import generation_of
from media.generation_data.blocks import Generation
from media.generation_data.generators import as_json, to_infotext
from media.models import GenerationData, LibraryFile, MediaFile
from media.places import places_known_to
from users.models import User


@dataclass(frozen=True)
class GenerationPanel:
    """What a generator said, as the page shows and copies it."""

    facts: list[Fact]
    loras: list[Fact]
    negative_prompt: str
    # The prompt of the file, if the work's is another by now.
    file_prompt: str
    more: dict[str, object]
    warnings: list[str]
    has_workflow: bool
    infotext: str
    json_text: str


@dataclass(frozen=True)
class WorkPage:
    """What templates/content/_work.html shows beside the item."""

    stage: Stage
    # Why it is blurred; None if it is not, or its viewer asked to see it.
    veil: Veil | None = None
    # From this viewer, with all that the work was made with.
    is_prompt_hidden: bool = False
    prompt: list[PromptPart] = field(default_factory=list)
    is_long: bool = False
    panel: GenerationPanel | None = None
    related: list[Related] = field(default_factory=list)
    file_facts: list[Fact] = field(default_factory=list)
    places: list[LibraryFile] = field(default_factory=list)


# Characters from which on a prompt scrolls in a box of its own.
LONG_PROMPT = 1_200
# That of the original, which tells it from other files.
FILE_SIZE = "File size"


def work_page(item: ContentItem, viewer: User | AnonymousUser, *, is_revealed: bool = False) -> WorkPage:
    """Return what the page of an item shows to a viewer who may see it; one who asked to see it, without a veil.

    One query for the names of LoRAs, if it has any; one for the places of its file, if the viewer may change the work.
    """
    veil = None if is_revealed else veil_of(item, viewer)
    if not item.shows_prompt_to(viewer):
        return _page_without_prompt(item, veil)
    row = item.generation
    generation = None if row is None else generation_of(row)
    return WorkPage(
        stage=stage_of(item, is_original=True),
        veil=veil,
        prompt=prompt_parts(item.prompt, generation.loras if generation else ()),
        is_long=len(item.prompt) > LONG_PROMPT,
        panel=None if row is None or generation in (None, Generation()) else _panel(item, row, generation),
        related=related_to(item, generation),
        file_facts=[] if item.media_file is None else file_facts(item.media_file),
        places=_places(item, viewer),
    )


def _page_without_prompt(item: ContentItem, veil: Veil | None) -> WorkPage:
    """Return what the page shows to a viewer from whom the prompt is hidden: such a viewer may not change the work."""
    media_file = item.media_file
    facts = [] if media_file is None else [fact for fact in file_facts(media_file) if fact.label != FILE_SIZE]
    return WorkPage(stage_of(item, is_original=False), veil, is_prompt_hidden=True, file_facts=facts)


def _panel(item: ContentItem, row: GenerationData, generation: Generation) -> GenerationPanel:
    return GenerationPanel(
        facts=facts_of(generation, width=row.width, height=row.height),
        loras=lora_facts(generation.loras),
        negative_prompt=row.negative_prompt,
        file_prompt=row.prompt if row.prompt != item.prompt else "",
        more={name: value for name, value in row.more.items() if name != "size"},
        warnings=row.warnings,
        has_workflow=row.has_workflow,
        infotext=to_infotext(generation),
        json_text=as_text(as_json(generation)),
    )


def _places(item: ContentItem, viewer: User | AnonymousUser) -> list[LibraryFile]:
    return places_known_to(viewer, item.media_file) if may_change(viewer, item) else []


def file_facts(media_file: MediaFile) -> list[Fact]:
    """Return what a file is; nothing of where it lies."""
    known = [
        ("Format", media_file.format.upper()),
        (FILE_SIZE, filesizeformat(media_file.size).replace("\xa0", " ")),
        ("Pixels", f"{media_file.width} × {media_file.height}" if media_file.width else ""),
        ("Duration", "" if media_file.duration is None else duration_text(media_file.duration)),
        ("Frames", f"{media_file.frames:,}" if (media_file.frames or 0) > 1 else ""),
    ]
    return [Fact(label, value) for label, value in known if value]


def duration_text(seconds: float) -> str:
    """Return a duration in seconds below ten, else in minutes and seconds, and hours if there are any."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
