"""Choose the save node, and the sampler that counts; build what is said of the picture."""

from collections.abc import Sequence

from media.generation_data.blocks import Block, Generation
from media.generation_data.generators.civitai import put_civitai
from media.generation_data.generators.comfyui.graphs import Graph, Link, Node, api_graph
from media.generation_data.generators.comfyui.samplers import (
    Sampling,
    is_detailer,
    is_prompted,
    is_sampler,
    is_save,
    sampling_of,
)
from media.generation_data.generators.comfyui.shown import put_shown
from media.generation_data.generators.comfyui.workflows import workflow_graph
from media.generation_data.generators.entries import Entries, Entry
from media.generation_data.generators.values import as_count, bare_name, put

WALK_MAX = 400_000
SAVES_MAX = 32
SAMPLERS_MAX = 20
UNKNOWN_MAX = 20
LISTED_MAX = 50
# Where a node names a file that is no model: the name of the input, and ours.
FILES = {"vae_name": "vae", "control_net_name": "controlnets", "upscale_model": "upscale_models"}


def read_comfyui(entries: Entries) -> Generation | None:
    """Read the last API graph of a file, else its last workflow."""
    prompt, workflow = _object(_last(entries, "prompt")), _object(_last(entries, "workflow"))
    graph = api_graph(prompt)
    if graph is not None and workflow is not None:
        put_shown(graph, workflow)
    graph = graph or workflow_graph(workflow)
    if graph is None:
        return None
    generation = _generation(graph)
    for value in (workflow, prompt):
        put_civitai(generation, value or {})
    return generation


def workflow_text(blocks: Sequence[Block]) -> str | None:
    """Return the text of the workflow as the file has it, else that of the API graph, else None."""
    entry = workflow_entry(Entries(blocks))
    return entry.plain if entry else None


def workflow_entry(entries: Entries) -> Entry | None:
    """Return the entry of the workflow, else that of the API graph, else None."""
    names = ("workflow", "invokeai_workflow", "prompt")
    return next((entry for entry in (_last(entries, name) for name in names) if entry), None)


def api_graph_text(blocks: Sequence[Block]) -> str | None:
    """Return the text of the API graph as the file has it, None if there is none."""
    entry = _last(Entries(blocks), "prompt")
    return entry.plain if entry else None


def _last(entries: Entries, name: str) -> Entry | None:
    """Return the last entry of a name that holds a graph, else a comment or sidecar that is one as a whole."""
    if not entries.has_objects:
        return None
    candidates = [*entries.objects_of_generation(), *entries.named(name)]
    return next((entry for entry in reversed(candidates) if _is_graph(entry.object, name)), None)


def _is_graph(value: object, name: str) -> bool:
    if not isinstance(value, dict):
        return False
    if name == "prompt":
        return any(isinstance(node, dict) and isinstance(node.get("class_type"), str) for node in value.values())
    return isinstance(value.get("nodes"), list)


def _object(entry: Entry | None) -> dict[str, object] | None:
    return entry.object if entry else None


def _generation(graph: Graph) -> Generation:
    nodes = _path(graph)
    samplers = [node for node in nodes if is_sampler(node)] or [node for node in nodes if is_prompted(node)][:1]
    if not samplers:
        return Generation(generator="comfyui", more=_unknown(nodes))
    # A detailer says what a face looks like; the picture is what the sampler before it was asked for.
    samplers.sort(key=is_detailer)
    last, *others = [sampling_of(graph, node) for node in samplers[:SAMPLERS_MAX]]
    generation = _from_sampling(last)
    put(generation.more, "samplers", [other.summary() for other in others])
    _put_files(graph, nodes, generation.more)
    if generation.prompt is None:
        generation.more.update(_unknown(nodes))
    return generation


def _from_sampling(sampling: Sampling) -> Generation:
    return Generation(
        generator="comfyui",
        prompt=sampling.prompt,
        negative_prompt=sampling.negative_prompt,
        model=sampling.models.model,
        loras=sampling.models.loras,
        sampler=sampling.sampler,
        scheduler=sampling.scheduler,
        steps=sampling.steps,
        cfg=sampling.cfg,
        seed=sampling.seed,
        more=sampling.more,
        warnings=sampling.warnings,
    )


def _path(graph: Graph) -> list[Node]:
    """Return the nodes behind the save node that counts, the nearest first.

    Nothing says which save node wrote the file: the one with the most samplers behind it counts, of equals the last.
    Without a save node all ends of the graph are walked from; with one, samplers that hang loose never ran.
    """
    best: tuple[int, int] = (-1, 0)
    chosen: list[Node] = []
    budget = WALK_MAX
    saves = [node for node in graph.nodes.values() if is_save(node)]
    if len(saves) == 1:
        return [saves[0], *graph.behind(*saves[0].links(), limit=budget)]
    for number, save in enumerate(saves[:SAVES_MAX]):
        if budget <= 0:
            break
        nodes = [save, *graph.behind(*save.links(), limit=budget)]
        budget -= len(nodes)
        rank = (sum(map(is_sampler, nodes)) * 2 + any(map(is_prompted, nodes)), number)
        if rank >= best:
            best, chosen = rank, nodes
    return chosen or _behind_all_ends(graph)


def _behind_all_ends(graph: Graph) -> list[Node]:
    fed = {link.node for node in graph.nodes.values() for link in node.links()}
    ends = [node for node in graph.nodes.values() if node.id not in fed] or list(graph.nodes.values())[:1]
    return list(graph.behind(*[Link(node.id, 0) for node in ends]))


def _unknown(nodes: list[Node]) -> dict[str, object]:
    """Name the classes on the path, if nothing could be read from them."""
    kinds = list(dict.fromkeys(node.kind for node in nodes if node.kind and not is_save(node)))
    return {"unknown_nodes": kinds[:UNKNOWN_MAX]} if kinds else {}


def _put_files(graph: Graph, nodes: list[Node], more: dict[str, object]) -> None:
    """Add the VAE, clip skip, ControlNets and upscalers on the path."""
    found: dict[str, list[str]] = {}
    for node in nodes:
        for name, value in node.inputs.items():
            key = FILES.get("upscale_model" if _is_upscaler(node, name) else name)
            bare = bare_name(graph.literal(value, name)) if key else None
            if key and bare and bare not in found.setdefault(key, []) and len(found[key]) < LISTED_MAX:
                found[key].append(bare)
        layer = node.inputs.get("stop_at_clip_layer")
        put(more, "clip_skip", as_count(-layer) if isinstance(layer, int) and layer < 0 else None)
    for key, names in found.items():
        put(more, key, names[0] if key == "vae" else names)


def _is_upscaler(node: Node, name: str) -> bool:
    return name == "model_name" and "upscale" in node.kind.lower()
