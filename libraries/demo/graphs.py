"""ComfyUI graphs of the demo: what ran (`prompt`) and what its editor opens (`workflow`), from one description."""

from dataclasses import dataclass

from libraries.demo.scenes import Work

COLUMN, TOP, WIDTH, ROW, BASE = 340, 120, 300, 24, 60


@dataclass(frozen=True)
class Kind:
    """A class of nodes: inputs that are links, by name and type, widgets in order, and types of outputs."""

    links: tuple[tuple[str, str], ...] = ()
    widgets: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


MODEL, CLIP, LATENT, CONDITIONING = ("model", "MODEL"), ("clip", "CLIP"), "LATENT", "CONDITIONING"
SIZES = Kind(widgets=("width", "height", "batch_size"), outputs=(LATENT,))
KINDS = {
    "CheckpointLoaderSimple": Kind(widgets=("ckpt_name",), outputs=("MODEL", "CLIP", "VAE")),
    "LoraLoader": Kind((MODEL, CLIP), ("lora_name", "strength_model", "strength_clip"), ("MODEL", "CLIP")),
    "CLIPTextEncode": Kind((CLIP,), ("text",), (CONDITIONING,)),
    "EmptyLatentImage": SIZES,
    "EmptySD3LatentImage": SIZES,
    "KSampler": Kind(
        (MODEL, ("positive", CONDITIONING), ("negative", CONDITIONING), ("latent_image", LATENT)),
        ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
        (LATENT,),
    ),
    "VAEDecode": Kind((("samples", LATENT), ("vae", "VAE")), outputs=("IMAGE",)),
    "SaveImage": Kind((("images", "IMAGE"),), ("filename_prefix",)),
    "SaveAnimatedWEBP": Kind(
        (("images", "IMAGE"),), ("filename_prefix", "fps", "lossless", "quality", "method"), outputs=()
    ),
    "UNETLoader": Kind(widgets=("unet_name", "weight_dtype"), outputs=("MODEL",)),
    "DualCLIPLoader": Kind(widgets=("clip_name1", "clip_name2", "type"), outputs=("CLIP",)),
    "VAELoader": Kind(widgets=("vae_name",), outputs=("VAE",)),
    "LoraLoaderModelOnly": Kind((MODEL,), ("lora_name", "strength_model"), ("MODEL",)),
    "FluxGuidance": Kind((("conditioning", CONDITIONING),), ("guidance",), (CONDITIONING,)),
    "BasicGuider": Kind((MODEL, ("conditioning", CONDITIONING)), outputs=("GUIDER",)),
    "RandomNoise": Kind(widgets=("noise_seed",), outputs=("NOISE",)),
    "KSamplerSelect": Kind(widgets=("sampler_name",), outputs=("SAMPLER",)),
    "BasicScheduler": Kind((MODEL,), ("scheduler", "steps", "denoise"), ("SIGMAS",)),
    "SamplerCustomAdvanced": Kind(
        (
            *(("noise", "NOISE"), ("guider", "GUIDER"), ("sampler", "SAMPLER"), ("sigmas", "SIGMAS")),
            ("latent_image", LATENT),
        ),
        outputs=(LATENT, LATENT),
    ),
}
# The editor keeps beside a seed what becomes of it after each run.
SEEDS = ("seed", "noise_seed")


class Graph:
    """Nodes in the order in which they run; `values` are links (a node before and its output) or what widgets hold."""

    def __init__(self) -> None:
        self.nodes: list[tuple[str, dict[str, object]]] = []

    def add(self, kind: str, **values: object) -> int:
        """Add a node; return its id."""
        self.nodes.append((kind, values))
        return len(self.nodes)

    def prompt(self) -> dict[str, object]:
        """Return what is sent to run."""
        return {
            str(number): {
                "inputs": {
                    name: [str(value[0]), value[1]] if isinstance(value, tuple) else value
                    for name, value in values.items()
                },
                "class_type": kind,
                "_meta": {"title": kind},
            }
            for number, (kind, values) in enumerate(self.nodes, 1)
        }

    def workflow(self) -> dict[str, object]:
        """Return what the editor saves and opens."""
        links = self._links()
        nodes = [self._node(number, links) for number in range(1, len(self.nodes) + 1)]
        return {
            "last_node_id": len(nodes),
            "last_link_id": len(links),
            "nodes": nodes,
            "links": links,
            "groups": [],
            "config": {},
            "extra": {},
            "version": 0.4,
        }

    def _links(self) -> list[list[object]]:
        """Return each link as id, node and output that it comes from, node and input that it goes to, and type."""
        links: list[list[object]] = []
        for target, (kind, values) in enumerate(self.nodes, 1):
            for place, (name, data_type) in enumerate(KINDS[kind].links):
                source, output = values[name]
                links.append([len(links) + 1, source, output, target, place, data_type])
        return links

    def _node(self, number: int, links: list[list[object]]) -> dict[str, object]:
        kind, values = self.nodes[number - 1]
        known = KINDS[kind]
        incoming = {link[4]: link[0] for link in links if link[3] == number}
        widgets: list[object] = []
        for name in known.widgets:
            widgets += [values[name], "fixed"] if name in SEEDS else [values[name]]
        return {
            "id": number,
            "type": kind,
            "pos": [(number - 1) // 2 * COLUMN, TOP + (number - 1) % 2 * COLUMN],
            "size": [WIDTH, BASE + ROW * (len(known.links) + len(known.widgets))],
            "flags": {},
            "order": number - 1,
            "mode": 0,
            "inputs": [
                {"name": name, "type": data_type, "link": incoming[place]}
                for place, (name, data_type) in enumerate(known.links)
            ],
            "outputs": [
                {
                    "name": data_type,
                    "type": data_type,
                    "links": [link[0] for link in links if (link[1], link[2]) == (number, output)],
                    "slot_index": output,
                }
                for output, data_type in enumerate(known.outputs)
            ],
            "properties": {"Node name for S&R": kind},
            "widgets_values": widgets,
        }


def checkpoint_graph(work: Work, *, frames: int = 1, fps: float = 0) -> Graph:
    """Return a graph with one KSampler, and a LoRA if the work has one; of several frames it saves an animation."""
    graph = Graph()
    loader = graph.add("CheckpointLoaderSimple", ckpt_name=f"{work.model}.safetensors")
    model = clip = loader
    if work.lora:
        model = clip = graph.add(
            "LoraLoader",
            model=(loader, 0),
            clip=(loader, 1),
            lora_name=f"{work.lora}.safetensors",
            strength_model=work.lora_weight,
            strength_clip=1.0,
        )
    positive = graph.add("CLIPTextEncode", clip=(clip, 1), text=work.prompt)
    negative = graph.add("CLIPTextEncode", clip=(clip, 1), text=work.negative)
    latent = graph.add("EmptyLatentImage", width=work.width, height=work.height, batch_size=frames)
    sampler = graph.add(
        "KSampler",
        model=(model, 0),
        positive=(positive, 0),
        negative=(negative, 0),
        latent_image=(latent, 0),
        seed=work.seed,
        steps=work.steps,
        cfg=work.cfg,
        sampler_name=work.sampler[0],
        scheduler=work.scheduler[0],
        denoise=1.0,
    )
    images = graph.add("VAEDecode", samples=(sampler, 0), vae=(loader, 2))
    saved = {"images": (images, 0), "filename_prefix": "ComfyUI"}
    if frames == 1:
        graph.add("SaveImage", **saved)
    else:
        graph.add("SaveAnimatedWEBP", **saved, fps=fps, lossless=False, quality=80, method="default")
    return graph


def flux_graph(work: Work) -> Graph:
    """Return a graph of Flux, whose settings lie in nodes of their own."""
    graph = Graph()
    loader = graph.add("UNETLoader", unet_name="flux1-dev.safetensors", weight_dtype="default")
    clip = graph.add(
        "DualCLIPLoader", clip_name1="t5xxl_fp16.safetensors", clip_name2="clip_l.safetensors", type="flux"
    )
    vae = graph.add("VAELoader", vae_name="ae.safetensors")
    model = loader
    if work.lora:
        name = f"{work.lora}.safetensors"
        model = graph.add("LoraLoaderModelOnly", model=(loader, 0), lora_name=name, strength_model=work.lora_weight)
    text = graph.add("CLIPTextEncode", clip=(clip, 0), text=work.prompt)
    guidance = graph.add("FluxGuidance", conditioning=(text, 0), guidance=3.5)
    guider = graph.add("BasicGuider", model=(model, 0), conditioning=(guidance, 0))
    noise = graph.add("RandomNoise", noise_seed=work.seed)
    sampler = graph.add("KSamplerSelect", sampler_name=work.sampler[0])
    sigmas = graph.add("BasicScheduler", model=(model, 0), scheduler="simple", steps=work.steps, denoise=1.0)
    latent = graph.add("EmptySD3LatentImage", width=work.width, height=work.height, batch_size=1)
    samples = graph.add(
        "SamplerCustomAdvanced",
        noise=(noise, 0),
        guider=(guider, 0),
        sampler=(sampler, 0),
        sigmas=(sigmas, 0),
        latent_image=(latent, 0),
    )
    images = graph.add("VAEDecode", samples=(samples, 0), vae=(vae, 0))
    graph.add("SaveImage", images=(images, 0), filename_prefix="ComfyUI")
    return graph
