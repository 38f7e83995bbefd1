"""Find the model and the LoRAs that a sampler's model was loaded with."""

from dataclasses import dataclass, field

from media.generation_data.blocks import ModelUse
from media.generation_data.generators.comfyui.graphs import CONTEXT_NAMES, Graph, Link, Node
from media.generation_data.generators.comfyui.texts import text_of
from media.generation_data.generators.lora_tags import lora_tags
from media.generation_data.generators.values import as_float, as_text, bare_name

MODEL_NAMES = (
    "ckpt_name",
    "unet_name",
    "base_ckpt_name",
    "gguf_name",
    "diffusion_model",
    "unet",
    "model_path",
    "model_name",
    "model",
)
# Names that mean a generative model in a loader alone.
FOR_LOADERS = ("model_path", "model_name")
# Where the way to a loader goes on, best first. Of two models that are merged the first counts.
MODEL_LINKS = (
    *("model", "MODEL", "model1", "model_a", "base_model", "unet", "model_opt", "opt_model", "guider"),
    *CONTEXT_NAMES,
)
STACK_LINKS = ("lora_stack", "optional_lora_stack", "lora", "prev_lora", "loras")
STRENGTHS = (
    "strength_model",
    "lora_model_strength",
    "model_strength",
    "lora_strength",
    "strength",
    "weight",
    "lora_weight",
)
ROW_NAMES = ("lora_name_{}", "lora_{}", "lora_0{}", "lora_{}_name")
ROW_STRENGTHS = (
    *("model_weight_{}", "model_str_{}", "lora_wt_{}", "strength_{}", "strength_0{}", "lora_{}_model_strength"),
    *("lora_{}_strength", "weight_{}", "strength_model_{}"),
)
# A stack in its simple mode has these strengths, and keeps the others all the same.
SIMPLE_STRENGTHS = ("lora_wt_{}", "lora_{}_strength")
LORA_NAMES = ("lora_name", "lora")
ROWS_MAX = 50
LORAS_MAX = 200
# Of the nodes on one way whose text with tags is another's, so many are read: each may lead through the whole graph.
TAG_LINKS_MAX = 8
AIR = "urn:air:"
# A switch of a whole stack.
OFF = (False, "False")


@dataclass
class Models:
    """The loaded model, and LoRAs in the order in which they were applied."""

    model: ModelUse | None = None
    loras: list[ModelUse] = field(default_factory=list)
    # Civitai's names of models and LoRAs that have no file's name.
    air: str | None = None
    airs: list[str] = field(default_factory=list)


def models_of(graph: Graph, value: object) -> Models:
    """Walk from a link to a model back to its loader, and collect LoRAs on the way."""
    models = Models()
    stack, seen, loras = [value], set[str](), list[ModelUse]()
    tag_links = 0
    while stack:
        node = graph.node_of(stack.pop())
        if node is None or node.id in seen:
            continue
        seen.add(node.id)
        used = _loras(graph, node)
        if not used and tag_links < TAG_LINKS_MAX and (links := _tag_links(node)):
            tag_links += 1
            used = [lora for link in links for lora in lora_tags(text_of(graph, link, "positive"))]
        loras += reversed(used)
        if models.model is None and models.air is None:
            _load(graph, node, models)
        is_loaded = models.model is not None or models.air is not None
        stack += _onward(node, with_model=not is_loaded)
    applied = _distinct(reversed(loras))[:LORAS_MAX]
    models.loras = [lora for lora in applied if not lora.name.startswith(AIR)]
    models.airs = [*filter(None, [models.air]), *(lora.name for lora in applied if lora.name.startswith(AIR))]
    return models


def _onward(node: Node, *, with_model: bool) -> list[object]:
    """Return the links to follow, the last one first: stacks of LoRAs were applied before the node's own model link."""
    names = () if node.inputs.get("toggle") in OFF else STACK_LINKS
    stacks = [node.inputs[name] for name in names if isinstance(node.inputs.get(name), Link)]
    if not with_model:
        return stacks
    names = [name for name in MODEL_LINKS if isinstance(node.inputs.get(name), Link)]
    others = [name for name in node.inputs if name.startswith("model") and isinstance(node.inputs[name], Link)]
    return [*(node.inputs[name] for name in (names or others)[:1]), *stacks]


def _load(graph: Graph, node: Node, models: Models) -> None:
    """Take the name of the model that a node loads, if it loads one."""
    for name in MODEL_NAMES:
        if name not in node.inputs or (name in FOR_LOADERS and "load" not in node.kind.lower()):
            continue
        text = as_text(_file_name(graph, node.inputs[name], name))
        if text and text.startswith(AIR):
            models.air = text
        elif text and (bare := bare_name(text)):
            models.model = ModelUse(bare)
        if text:
            return


def _file_name(graph: Graph, value: object, name: str) -> object:
    """Return a name that is literal, linked, or, as some loaders have it, in an object."""
    if isinstance(value, Link) and name in ("model", "unet"):
        return None
    value = graph.literal(value, name)
    if isinstance(value, dict):
        return value.get("content") or value.get("name") or value.get("__value__")
    return value


def _loras(graph: Graph, node: Node) -> list[ModelUse]:
    """Return the LoRAs of one node."""
    inputs = node.inputs
    if inputs.get("toggle") in OFF:
        return []
    kind = node.kind.lower()
    name = next((name for name in LORA_NAMES if _names_lora(kind, name, inputs.get(name))), None)
    if name:
        return _used([(_file_name(graph, inputs[name], name), graph.input(node, *STRENGTHS))])
    rows = _rows(graph, node)
    rows += [row for value in inputs.values() if isinstance(value, dict) for row in _listed(value)]
    return _used(rows) or [lora for text in _tagged(node) if isinstance(text, str) for lora in lora_tags(text)]


def _tagged(node: Node) -> list[object]:
    """Return the texts from which a node takes `<lora:name:weight>`, literals or links."""
    kind = node.kind.lower()
    if "power prompt" in kind:
        names = () if node.inputs.get("insert_lora") == "DISABLE LORAS" else ("prompt", "prompt_g", "prompt_l")
    elif "wildcard" in kind:
        names = ("populated_text",)
    else:
        names = ("text",) if "lora" in kind else ()
    return [node.inputs[name] for name in names if name in node.inputs]


def _tag_links(node: Node) -> list[object]:
    return [text for text in _tagged(node) if isinstance(text, Link)]


def _names_lora(kind: str, name: str, value: object) -> bool:
    """Tell if an input names a LoRA: `lora` does so in a selector of LoRAs, elsewhere it may be a stack of them."""
    if name == "lora":
        return "lora" in kind and isinstance(value, str)
    return isinstance(value, str | Link) or (isinstance(value, dict) and isinstance(value.get("content"), str))


def _rows(graph: Graph, node: Node) -> list[tuple[object, object]]:
    """Read stacks: lora_name_1 with model_weight_1 and switch_1, or names of the same sense."""
    count = node.inputs.get("lora_count", node.inputs.get("num_loras"))
    last = min(count, ROWS_MAX) if isinstance(count, int) else ROWS_MAX
    rows: list[tuple[object, object]] = []
    if not any(name.startswith("lora") for name in node.inputs):
        return rows
    is_simple = "simple" in (node.inputs.get("input_mode"), node.inputs.get("mode"))
    strengths = (*SIMPLE_STRENGTHS, *ROW_STRENGTHS) if is_simple else ROW_STRENGTHS
    for number in range(last + 1):
        names = [pattern.format(number) for pattern in ROW_NAMES]
        name = next((node.inputs[key] for key in names if isinstance(node.inputs.get(key), str)), None)
        is_off = node.inputs.get(f"switch_{number}") in ("Off", False)
        if name and not is_off:
            rows.append((name, graph.input(node, *[pattern.format(number) for pattern in strengths])))
    return rows


def _listed(value: dict[str, object]) -> list[tuple[object, object]]:
    """Read {on, lora, strength} of rgthree's Power Lora Loader, and lists of {active, name, strength}."""
    entries = value.get("__value__", value)
    rows: list[tuple[object, object]] = []
    for entry in entries[:LORAS_MAX] if isinstance(entries, list) else [entries]:
        if isinstance(entry, dict) and entry.get("on", entry.get("active", True)) is not False:
            name = entry.get("lora") or (entry.get("name") if isinstance(entries, list) else None)
            rows.append((name, entry.get("strength", entry.get("strengthModel"))))
    return rows


def _used(rows: list[tuple[object, object]]) -> list[ModelUse]:
    """Drop rows without a LoRA, and those of strength 0, which change nothing."""
    named = [(bare_name(name), as_float(strength)) for name, strength in rows]
    return [ModelUse(name, None, weight) for name, weight in named if name and weight != 0]


def _distinct(loras: object) -> list[ModelUse]:
    distinct: dict[str, ModelUse] = {}
    for lora in loras:
        distinct.setdefault(lora.name, lora)
    return list(distinct.values())
