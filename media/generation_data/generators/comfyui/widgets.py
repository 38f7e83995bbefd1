"""Name the values of a node's widgets, which a workflow keeps as a bare list."""

CONTROLS = frozenset({"fixed", "increment", "decrement", "randomize"})
SEEDS = ("seed", "noise_seed")
# The widgets of classes, for workflows older than the listing of widgets among the inputs.
NAMES: dict[str, tuple[str, ...]] = {
    "KSampler": ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": (
        *("add_noise", "noise_seed", "steps", "cfg", "sampler_name", "scheduler"),
        *("start_at_step", "end_at_step", "return_with_leftover_noise"),
    ),
    "SamplerCustom": ("add_noise", "noise_seed", "cfg"),
    "KSampler (Efficient)": ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "RandomNoise": ("noise_seed",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "KarrasScheduler": ("steps", "sigma_max", "sigma_min", "rho"),
    "KSamplerSelect": ("sampler_name",),
    "CFGGuider": ("cfg",),
    "FluxGuidance": ("guidance",),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "CLIPTextEncodeSDXL": (
        *("width", "height", "crop_w", "crop_h", "target_width", "target_height", "text_g", "text_l"),
    ),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "CheckpointLoader": ("config_name", "ckpt_name"),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "UnetLoaderGGUF": ("unet_name",),
    "VAELoader": ("vae_name",),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "EmptyLatentImage": ("width", "height", "batch_size"),
    "EmptySD3LatentImage": ("width", "height", "batch_size"),
    "CLIPSetLastLayer": ("stop_at_clip_layer",),
    "ControlNetLoader": ("control_net_name",),
    "UpscaleModelLoader": ("model_name",),
    "SaveImage": ("filename_prefix",),
    "PrimitiveNode": ("value",),
    "PrimitiveString": ("value",),
    "PrimitiveStringMultiline": ("value",),
    "PrimitiveInt": ("value",),
    "PrimitiveFloat": ("value",),
    "StringConcatenate": ("string_a", "string_b", "delimiter"),
    "String Literal": ("string",),
    "Text Multiline": ("text",),
    "ShowText|pysssss": ("text_0",),
    "Seed (rgthree)": ("seed",),
    "ConditioningAverage": ("conditioning_to_strength",),
}


def widget_values(node: dict[str, object], kind: str) -> dict[str, object]:
    """Return a node's literals by the names of its inputs; empty if the names cannot be told."""
    values = node.get("widgets_values")
    if isinstance(values, dict):
        return {str(name): value for name, value in values.items()}
    if not isinstance(values, list):
        return {}
    if kind.startswith("Power Lora Loader"):
        return {f"lora_{number}": value for number, value in enumerate(values) if isinstance(value, dict)}
    if kind in NAMES:
        return _named(NAMES[kind], values)
    names = _listed_names(node.get("inputs"))
    named = _named(names, values)
    # Older workflows list only the widgets that were made inputs: then nothing tells which value is which.
    return named if len(names) >= len(values) - sum(name in SEEDS for name in names) else {}


def promoted_values(node: dict[str, object]) -> dict[str, object]:
    """Return the values of a subgraph's own inputs on the node that stands for it, by their names.

    The node lists whose widgets it shows: those of an inner node hold their values themselves.
    """
    properties, values = node.get("properties"), node.get("widgets_values")
    shown = properties.get("proxyWidgets") if isinstance(properties, dict) else None
    if not isinstance(shown, list) or not isinstance(values, list) or len(shown) != len(values):
        return {}
    pairs = [(pair, value) for pair, value in zip(shown, values, strict=True) if isinstance(pair, list)]
    return {str(pair[1]): value for pair, value in pairs if len(pair) == 2 and str(pair[0]) == "-1"}


def _listed_names(inputs: object) -> tuple[str, ...]:
    entries = [entry.get("widget") for entry in inputs if isinstance(entry, dict)] if isinstance(inputs, list) else []
    return tuple(str(widget.get("name")) for widget in entries if isinstance(widget, dict))


def _named(names: tuple[str, ...], values: list[object]) -> dict[str, object]:
    """Pair names and values; behind a seed stands what the page does with it after a run."""
    named: dict[str, object] = {}
    place = 0
    for name in names:
        if place >= len(values):
            break
        named[name] = values[place]
        place += 1
        is_control = place < len(values) and isinstance(values[place], str) and values[place] in CONTROLS
        if name in SEEDS and is_control:
            place += 1
    return named
