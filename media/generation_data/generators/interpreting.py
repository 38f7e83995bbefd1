"""Choose the generator by marks in the blocks, and join what several blocks say."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace

from media.generation_data.blocks import Block, Carrier, Facts, Generation, ModelUse
from media.generation_data.generators.a1111 import read_a1111
from media.generation_data.generators.comfyui import read_comfyui, workflow_entry
from media.generation_data.generators.drawthings import read_drawthings
from media.generation_data.generators.easydiffusion import read_easydiffusion
from media.generation_data.generators.entries import Entries
from media.generation_data.generators.fooocus import has_fooocus_scheme, read_fooocus
from media.generation_data.generators.genonaut import read_genonaut
from media.generation_data.generators.invokeai import read_invokeai
from media.generation_data.generators.midjourney import read_midjourney
from media.generation_data.generators.novelai import read_novelai
from media.generation_data.generators.provenance import read_provenance
from media.generation_data.generators.swarmui import read_swarmui
from media.generation_data.generators.values import as_text, clean, clean_text, put
from media.generation_data.generators.xmp import xmp_properties

Reader = Callable[[Entries, dict[str, str]], Generation | None]
CAPTION_LENGTH_MAX = 20_000


def interpret(blocks: Sequence[Block], facts: Facts | None = None) -> Generation:
    """Read what a generator wrote, by marks in the blocks alone; an empty Generation if there is nothing.

    `facts` may settle what blocks leave open; no reader needs them yet. No exception escapes: a fault in a reader
    becomes a warning, and the next reader is asked.
    """
    entries, xmp = Entries(blocks), xmp_properties(blocks)
    warnings: list[str] = []
    provenance = _first((("provenance", lambda *_: read_provenance(blocks, entries, xmp)),), entries, xmp, warnings)
    generation = _first(READERS, entries, xmp, warnings) or provenance or _caption(entries)
    if provenance is not None:
        put(generation.more, "digital_source_type", provenance.more.get("digital_source_type"))
        put(generation.more, "software", provenance.more.get("software"))
    generation.has_workflow = workflow_entry(entries) is not None
    generation.warnings += warnings
    return _cleaned(generation)


def _first(
    readers: Iterable[tuple[str, Reader]], entries: Entries, xmp: dict[str, str], warnings: list[str]
) -> Generation | None:
    """Return what the first reader says that says something; one that fails says nothing."""
    for name, read in readers:
        try:
            generation = read(entries, xmp)
        except Exception as error:  # A file from outside must not end a scan of a million.
            warnings.append(f"The reader for {name} failed: {type(error).__name__}.")
        else:
            if generation is not None:
                return generation
    return None


def _text_and_graph(entries: Entries) -> Generation | None:
    """Join A1111's text and a graph: the text wins, the graph fills what it does not say."""
    text, graph = read_a1111(entries), read_comfyui(entries)
    text = text or graph if text is None or graph is None else _joined(text, graph)
    if text is not None and text.generator == "a1111" and has_fooocus_scheme(entries):
        text.generator = "fooocus"
    return text


def _joined(text: Generation, graph: Generation) -> Generation:
    values = {field.name: getattr(text, field.name) for field in fields(Generation)}
    empty = [name for name, value in values.items() if value is None or value == []]
    joined = replace(text, **{name: getattr(graph, name) for name in empty})
    # The picture came out of the graph; the text is a save node's account of it.
    joined.generator = text.generator if text.generator == "civitai" else graph.generator
    graph.more.pop("unknown_nodes", None)
    joined.more = graph.more | text.more
    return joined


def _caption(entries: Entries) -> Generation:
    """Keep a text beside the picture that says nothing of how it was made: it is no prompt."""
    texts = [entry for entry in entries.all if entry.carrier is Carrier.SIDECAR and entry.name == ".txt"]
    caption = as_text(texts[-1].text[:CAPTION_LENGTH_MAX]) if texts else None
    return Generation(more={"caption": caption} if caption else {})


def _cleaned(generation: Generation) -> Generation:
    """Make all values ones that JSON and PostgreSQL take."""
    generation.prompt = _text(generation.prompt)
    generation.negative_prompt = _text(generation.negative_prompt)
    generation.sampler = _text(generation.sampler)
    generation.scheduler = _text(generation.scheduler)
    generation.model = _model(generation.model) if generation.model else None
    generation.loras = [_model(lora) for lora in generation.loras]
    more = clean(generation.more) if generation.more else {}
    generation.more = more if isinstance(more, dict) else {}
    generation.warnings = list(dict.fromkeys(generation.warnings))
    return generation


def _text(value: str | None) -> str | None:
    return clean_text(value) or None if value else None


def _model(model: ModelUse) -> ModelUse:
    return ModelUse(clean_text(model.name), _text(model.hash), model.weight)


# Those whose marks leave no doubt come first.
READERS: tuple[tuple[str, Reader], ...] = (
    ("Genonaut", lambda entries, _xmp: read_genonaut(entries)),
    ("SwarmUI", lambda entries, _xmp: read_swarmui(entries)),
    ("InvokeAI", lambda entries, _xmp: read_invokeai(entries)),
    ("NovelAI", lambda entries, _xmp: read_novelai(entries)),
    ("Fooocus", lambda entries, _xmp: read_fooocus(entries)),
    ("Draw Things", read_drawthings),
    ("Easy Diffusion", lambda entries, _xmp: read_easydiffusion(entries)),
    ("A1111 and ComfyUI", lambda entries, _xmp: _text_and_graph(entries)),
    ("Midjourney", read_midjourney),
)
