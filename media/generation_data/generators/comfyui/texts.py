"""Find the text that a conditioning was made of.

The walk is a stack of generators, each for one node: one that needs another's text yields a request and is sent the
answer. So graphs of any depth need no recursion, and each node is read once.
"""

from collections.abc import Callable, Generator, Iterable
from functools import lru_cache

from media.generation_data.generators.comfyui.graphs import CONTEXT_NAMES, Graph, Link, Node
from media.generation_data.generators.comfyui.shown import SHOWN
from media.generation_data.generators.comfyui.switches import KIND_LENGTH_MAX, natural_order

TEXT_LENGTH_MAX = 200_000
NODES_MAX = 200_000
NAME_LENGTH_MAX = 100
POSITIVE = ("positive", "positive_prompt", "text_positive", "prompt_positive", "positive_text", "pos")
NEGATIVE = ("negative", "negative_prompt", "text_negative", "prompt_negative", "negative_text", "neg")
ROLES = {"positive": POSITIVE, "negative": NEGATIVE}
# Texts for the encoders of one model; equal ones are one.
ENCODERS = (
    ("text_g", "text_l"),
    ("prompt_g", "prompt_l"),
    ("clip_l", "clip_g", "t5xxl", "llama", "qwen25_7b"),
    ("bert", "mt5xl"),
)
SINGLE = (
    *("populated_text", "text", "string", "String", "prompt", "value", "Text", "STRING", "text1", "text_a", "string_a"),
    *("wildcard_text", "multiline_text", "tags", "anything", "input", "source", "any", "text_0"),
    *("user_prompt", "clip_l", "t5xxl"),
)
PART_NAMES = ("text", "string", "str", "prompt", "input", "part", "any", "value")
DELIMITERS = ("delimiter", "separator", "delim", "sep")
JOINING = ("concat", "join", "combine", "append", "merge", "stringfunction")
CONDITIONINGS = ("conditioning", "cond", "text_embeds", "embeds")
# Their text is a question or a pattern: what they make of it was not written down.
UNREADABLE = (
    "llm",
    "ollama",
    "gemini",
    "gpt",
    "claude",
    "florence",
    "caption",
    "interrogat",
    "tagger",
    "regex",
    "substring",
    "chatnode",
    "vqa",
    "qwenvl",
    "textgenerate",
    "llava",
    "minicpm",
    "superprompt",
    "prompt_enhance",
    "promptenhance",
    "deepseek",
    "dprandom",
    "dpcombinatorial",
    "dpfeelinglucky",
    "dpmagicprompt",
    "dpjinja",
)
# What ComfyUI's own nodes do to a text, by class and mode.
CHANGES: dict[str, dict[object, Callable[[str], str]]] = {
    "caseconverter": {
        **{"UPPERCASE": str.upper, "lowercase": str.lower, "Capitalize": str.capitalize, "Title Case": str.title}
    },
    "stringtrim": {"Both": str.strip, "Left": str.lstrip, "Right": str.rstrip},
}
# Classes whose outputs give out one input each, in this order.
BY_SLOT = dict.fromkeys(("text string", "text string truncate"), ("text", "text_b", "text_c", "text_d"))
NOT_TEXT = frozenset(
    {"clip", "vae", "model", "image", "images", "pixels", "mask", "control_net", "latent", "latent_image", "samples"}
    | {"style_model", "clip_vision", "clip_vision_output", "start_image", "end_image", "seed", "noise"}
)

# Parts of the names of inputs that belong to one side, such as base_positive and negative_2.
SIDED = {"positive": "positive", "pos": "positive", "negative": "negative", "neg": "negative"}
# Classes whose first outputs are others than positive and negative: their slots do not tell the sides.
OTHER_OUTPUTS = ("load", "pipe", "context", "ctx", "sampler", "instantid", "detailer", "embed")
# Their own text is what they showed the time before.
SHOWING = ("show", "display", "preview")
# Their text may be a template, of which one branch was drawn.
WILDCARDS = "easy wildcards"

Request = tuple[object, str]
Frame = Generator[Request, str | None, str | None]


def text_of(graph: Graph, value: object, role: str) -> str | None:
    """Return the text behind an input, None if it cannot be told. `role` is "positive" or "negative"."""
    return _Evaluation(graph).run(value, role)


class _Evaluation:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.answers: dict[tuple[Link, str], str | None] = {}

    def run(self, value: object, role: str) -> str | None:
        """Answer a request, and those that it needs, on a stack of our own."""
        frames: list[tuple[Frame, tuple[Link, str]]] = []
        answer = self._begin(value, role, frames)
        while frames:
            frame, key = frames[-1]
            try:
                request = frame.send(answer)
            except StopIteration as stop:
                frames.pop()
                answer = self.answers[key] = stop.value
            else:
                answer = self._begin(*request, frames)
        return answer

    def _begin(self, value: object, role: str, frames: list[tuple[Frame, tuple[Link, str]]]) -> str | None:
        """Return an answer that is known, or push the frame of the node that gives it."""
        value = self.graph.resolve(value)
        if not isinstance(value, Link):
            return value if isinstance(value, str) and len(value) <= TEXT_LENGTH_MAX else None
        key = (value, role)
        if key in self.answers or len(self.answers) >= NODES_MAX:
            return self.answers.get(key)
        # A circle comes back to this None.
        self.answers[key] = None
        frames.append((_text_of_node(self.graph.nodes[value.node], value.slot, role), key))
        return None


def _text_of_node(node: Node, slot: int, role: str) -> Frame:
    kind = node.kind.lower()
    if _says_nothing(kind[:KIND_LENGTH_MAX]):
        return None
    if isinstance(node.inputs.get("positive"), Link) and isinstance(node.inputs.get("negative"), Link):
        return (yield node.inputs[_side(node, kind, slot, role)], role)
    conditionings = [value for name, value in node.inputs.items() if _is_conditioning(name, value)]
    if conditionings:
        return (yield from _joined([(value, role) for value in conditionings], ", ", distinct=True))
    if kind in BY_SLOT:
        names = BY_SLOT[kind]
        return (yield node.inputs.get(names[slot]) if 0 <= slot < len(names) else None, role)
    return (yield from _text_of_text_node(node, kind, role))


@lru_cache(maxsize=1_000)
def _says_nothing(kind: str) -> bool:
    """Tell a class whose text is not written down; a zeroed conditioning has none, whatever it was made of."""
    return "zeroout" in kind or (any(word in kind for word in UNREADABLE) and "encode" not in kind)


def _side(node: Node, kind: str, slot: int, role: str) -> str:
    """Tell which side leaves by a slot; a node that gives out a model or a pipe first is asked for the role's."""
    if isinstance(node.inputs.get("model"), Link) or any(word in kind for word in OTHER_OUTPUTS):
        return role
    return {0: "positive", 1: "negative"}.get(slot, role)


def _is_conditioning(name: str, value: object) -> bool:
    return isinstance(value, Link) and name.lower().startswith(CONDITIONINGS)


def _text_of_text_node(node: Node, kind: str, role: str) -> Frame:
    if kind.startswith(WILDCARDS):
        text = yield from _first_text(node, kind, role)
        return None if text and _is_template(text) else text
    if _is_replacing(node, kind):
        return (yield from _replaced(node, role))
    if kind in CHANGES:
        return (yield from _changed(node, role, CHANGES[kind]))
    parts = _parts(node, kind)
    if parts:
        is_stripped = node.inputs.get("clean_whitespace") in ("true", True)
        requests = [(part, role) for part in parts]
        return (yield from _joined(requests, _delimiter(node), distinct=False, is_stripped=is_stripped))
    for names in ENCODERS:
        values = [(node.inputs[name], role) for name in names if name in node.inputs]
        if len(values) > 1:
            text = yield from _joined(values, ", ", distinct=True)
            if text:
                return text
    return (yield from _first_text(node, kind, role))


def _first_text(node: Node, kind: str, role: str) -> Frame:
    """Return the text of the first input that has one, by what the inputs are called."""
    linked = [name for name in node.inputs if name not in NOT_TEXT and isinstance(node.inputs[name], Link)][:20]
    if linked and _is_called_showing(kind[:KIND_LENGTH_MAX]):
        return (yield from _first_of(node, (SHOWN, *linked), role))
    text = yield from _first_of(node, ROLES.get(role, ()), role)
    if text:
        return text
    sides = {name: _side_of_name(name[:NAME_LENGTH_MAX]) for name in node.inputs}
    own = [value for name, value in node.inputs.items() if sides[name] == role and not name.startswith("refiner")]
    text = yield from _joined([(value, role) for value in own[:20]], ", ", distinct=True)
    if text:
        return text
    rest = [name for name in linked if sides[name] is None]
    return (yield from _first_of(node, (*SINGLE, *CONTEXT_NAMES, *rest), role))


def _first_of(node: Node, names: Iterable[str], role: str) -> Frame:
    for name in dict.fromkeys(names):
        if name in node.inputs:
            text = yield node.inputs[name], role
            if text:
                return text
    return None


@lru_cache(maxsize=1_000)
def _side_of_name(name: str) -> str | None:
    """Return the side that an input belongs to by a part of its name, None if by none."""
    parts = (part.rstrip("0123456789") for part in name.lower().split("_"))
    return next((SIDED[part] for part in parts if part in SIDED), None)


def _is_template(text: str) -> bool:
    return text.count("__") > 1 or ("{" in text and "|" in text)


@lru_cache(maxsize=1_000)
def _is_called_showing(kind: str) -> bool:
    return any(word in kind for word in SHOWING)


def _parts(node: Node, kind: str) -> list[object]:
    """Return the texts that a node joins, in the order of their names; empty if it joins none."""
    is_joining = _is_called_joining(kind[:KIND_LENGTH_MAX]) or not node.inputs.keys().isdisjoint(DELIMITERS)
    names = [name for name in node.inputs if _is_part(name)] if is_joining else []
    return [node.inputs[name] for name in sorted(names, key=natural_order)] if len(names) > 1 else []


@lru_cache(maxsize=1_000)
def _is_called_joining(kind: str) -> bool:
    return any(word in kind for word in JOINING)


def _is_part(name: str) -> bool:
    """Tell if a name is one of a row, such as text_a, text2 or string_b."""
    stem = next((stem for stem in PART_NAMES if name.lower().startswith(stem)), None)
    if stem is None:
        return False
    rest = name[len(stem) :].lower().lstrip("_")
    return rest.isdigit() or (len(rest) == 1 and rest.isalpha())


def _delimiter(node: Node) -> str:
    for name in DELIMITERS:
        value = node.inputs.get(name)
        if isinstance(value, str):
            return value[:100].replace("\\n", "\n").replace("\\t", "\t")
    return ", " if node.inputs.get("tidy_tags") in ("yes", True) else ""


def _joined(requests: list[Request], delimiter: str, *, distinct: bool, is_stripped: bool = False) -> Frame:
    texts: list[str] = []
    for value, role in requests:
        text = yield value, role
        text = text.strip() if text and is_stripped else text
        if text and not (distinct and text in texts):
            texts.append(text)
    length = sum(len(text) + len(delimiter) for text in texts)
    return delimiter.join(texts) if texts and length <= TEXT_LENGTH_MAX else None


def _is_replacing(node: Node, kind: str) -> bool:
    return "replace" in kind or (kind.startswith("stringfunction") and node.inputs.get("action") == "replace")


def _replaced(node: Node, role: str) -> Frame:
    """Return a text with one string in place of another; ComfyUI's own node and pysssss's name them differently."""
    value = next((node.inputs[name] for name in ("string", "text", "prompt", "text_a") if name in node.inputs), None)
    find, replace = ("find", "replace") if "find" in node.inputs else ("text_b", "text_c")
    text = yield value, role
    old = yield node.inputs.get(find), role
    new = yield node.inputs.get(replace, ""), role
    # The second takes what stands between slashes for a pattern.
    is_pattern = find == "text_b" and bool(old) and len(old) > 1 and old[0] == old[-1] == "/"
    if not text or not old or new is None or is_pattern:
        return None
    if len(text) + text.count(old) * len(new) > TEXT_LENGTH_MAX:
        return None
    return text.replace(old, new)


def _changed(node: Node, role: str, changes: dict[object, Callable[[str], str]]) -> Frame:
    text = yield node.inputs.get("string"), role
    change = changes.get(node.inputs.get("mode"))
    return change(text) if text and change else None
