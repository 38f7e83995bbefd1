"""Node classes: what /object_info says of them, and what they do."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from PIL import Image, PngImagePlugin

Images = list[Image.Image]


class Job(Protocol):
    """What a node may ask of the job that it runs in."""

    graph: dict[str, Any]
    extra_pnginfo: dict[str, Any]

    def folder(self, kind: str) -> Path: ...
    def progress(self, value: int, most: int, preview: Image.Image | None = None) -> None: ...
    def kill_worker(self) -> None: ...
    def kill_server(self) -> None: ...
    def interrupt(self) -> None: ...


@dataclass(frozen=True)
class NodeKind:
    inputs: Mapping[str, list]
    outputs: tuple[str, ...]
    run: Callable[..., Any]
    is_output: bool = False
    hidden: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Shown:
    """What an output node returns: the entry of its outputs in the history."""

    ui: dict[str, list]


SIZE = ["INT", {"default": 512, "min": 1, "max": 16384, "step": 1}]
BATCH = ["INT", {"default": 1, "min": 1, "max": 4096}]
PNG_INFO = {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"}
SAMPLERS = ["euler", "euler_ancestral", "heun", "dpmpp_2m", "dpmpp_2m_sde", "ddim"]
SCHEDULERS = ["normal", "karras", "simple"]


def colour(*parts: object) -> tuple[int, int, int]:
    return tuple(hashlib.sha256(repr(parts).encode()).digest()[:3])


def empty_image(job: Job, width: int, height: int, batch_size: int, color: int) -> tuple[Images]:
    return (
        [Image.new("RGB", (width, height), (color >> 16, color >> 8 & 255, color & 255)) for _ in range(batch_size)],
    )


def load_image(job: Job, image: str) -> tuple[Images, None]:
    with Image.open(annotated(job.folder, image)) as picture:
        return [picture.convert("RGB")], None


def annotated(folder: Callable[[str], Path], name: str) -> Path:
    """Return the path of "u.png", "sub/u.png" or "u.png [temp]"."""
    match = re.fullmatch(r"(.*) \[(input|output|temp)\]", name)
    return folder(match[2]) / match[1] if match else folder("input") / name


def scale(job: Job, image: Images, width: int, height: int, **_: object) -> tuple[Images]:
    return ([each.resize((width or 1, height or 1)) for each in image],)


def scale_by(job: Job, image: Images, scale_by: float, **_: object) -> tuple[Images]:
    return ([each.resize((round(each.width * scale_by), round(each.height * scale_by))) for each in image],)


def upscale(job: Job, upscale_model: str, image: Images) -> tuple[Images]:
    return ([each.resize((each.width * 4, each.height * 4)) for each in image],)


def sample(job: Job, seed: int, steps: int, latent_image: Images, positive: str, **inputs: Any) -> tuple[Images]:
    made = colour(seed, steps, positive, sorted(inputs.items()))
    for step in range(1, steps + 1):
        job.progress(step, steps, Image.new("RGB", (16, 16), made))
    return ([Image.blend(each, Image.new("RGB", each.size, made), 0.9) for each in latent_image],)


def wait(job: Job, images: Images, seconds: float, ticks: int) -> tuple[Images]:
    for tick in range(1, max(ticks, 1) + 1):
        time.sleep(seconds / max(ticks, 1))
        if ticks:
            job.progress(tick, ticks)
    return (images,)


def fail(job: Job, images: Images, message: str) -> tuple[Images]:
    raise RuntimeError(f"{message} in /srv/comfyui/models/secret.safetensors")


def kill_worker(job: Job, images: Images) -> tuple[Images]:
    job.kill_worker()
    return (images,)


def kill_server(job: Job, images: Images) -> tuple[Images]:
    job.kill_server()
    return (images,)


def interrupt(job: Job, images: Images) -> tuple[Images]:
    job.interrupt()
    return (images,)


def save_bytes(job: Job, name: str, content: str) -> Shown:
    """Save a file of any content, of which each character is a byte."""
    (job.folder("output") / name).write_bytes(content.encode("latin-1"))
    return Shown({"files": [{"filename": name, "subfolder": "", "type": "output"}]})


def save_image(job: Job, images: Images, filename_prefix: str) -> Shown:
    return saved(job, images, filename_prefix, "output")


def preview_image(job: Job, images: Images) -> Shown:
    return saved(job, images, "ComfyUI_temp_abcde", "temp")


def saved(job: Job, images: Images, prefix: str, kind: str) -> Shown:
    folder, subfolder, name = place(job.folder(kind), prefix)
    files = []
    for image in images:
        filename = f"{name}_{counter(folder, name):05}_.png"
        image.save(folder / filename, pnginfo=chunks(job), compress_level=1)
        files.append({"filename": filename, "subfolder": subfolder, "type": kind})
    return Shown({"images": files})


def save_animation(job: Job, images: Images, filename_prefix: str, fps: float, **_: object) -> Shown:
    folder, subfolder, name = place(job.folder("output"), filename_prefix)
    filename = f"{name}_{counter(folder, name):05}_.webp"
    exif = images[0].getexif()
    exif[0x0110] = f"prompt:{json.dumps(job.graph)}"
    duration = round(1000 / fps)
    images[0].save(folder / filename, save_all=True, append_images=images[1:], exif=exif, duration=duration)
    entry = {"filename": filename, "subfolder": subfolder, "type": "output"}
    return Shown({"images": [entry], "animated": [len(images) != 1]})


def place(root: Path, prefix: str) -> tuple[Path, str, str]:
    """Return the folder, its name as the history has it, and the first part of file names."""
    path = root / prefix
    folder = path.parent.resolve()
    if root.resolve() not in (folder, *folder.parents):
        raise ValueError(f"Saving image outside the output folder is not allowed. full_output_folder: {folder}")
    folder.mkdir(parents=True, exist_ok=True)
    subfolder = str(folder.relative_to(root.resolve()))
    return folder, "" if subfolder == "." else subfolder, path.name


def counter(folder: Path, name: str) -> int:
    """Return the highest counter on disk, and one more: a deleted file's name is used again."""
    numbers = [re.fullmatch(rf"{re.escape(name)}_(\d+)_\.\w+", each.name) for each in folder.iterdir()]
    return max((int(match[1]) for match in numbers if match), default=0) + 1


def chunks(job: Job) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("prompt", json.dumps(job.graph))
    for key, value in job.extra_pnginfo.items():
        info.add_text(key, json.dumps(value))
    return info


def kinds(models: Mapping[str, list[str]]) -> dict[str, NodeKind]:
    """Return the node classes of a server that has these models."""
    image = {"images": ["IMAGE"]}
    prefix = {"filename_prefix": ["STRING", {"default": "ComfyUI"}]}
    return {
        **sampling_kinds(models),
        "EmptyImage": NodeKind(
            {"width": SIZE, "height": SIZE, "batch_size": BATCH, "color": ["INT", {"min": 0, "max": 0xFFFFFF}]},
            ("IMAGE",),
            empty_image,
        ),
        "LoadImage": NodeKind({"image": [["example.png"], {"image_upload": True}]}, ("IMAGE", "MASK"), load_image),
        "ImageScale": NodeKind(
            {
                "image": ["IMAGE"],
                "upscale_method": [["nearest-exact", "bilinear", "area", "bicubic", "lanczos"]],
                "width": ["INT", {"min": 0, "max": 16384}],
                "height": ["INT", {"min": 0, "max": 16384}],
                "crop": [["disabled", "center"]],
            },
            ("IMAGE",),
            scale,
        ),
        "ImageScaleBy": NodeKind(
            {
                "image": ["IMAGE"],
                "upscale_method": [["nearest-exact", "bilinear", "area", "bicubic", "lanczos"]],
                "scale_by": ["FLOAT", {"min": 0.01, "max": 8.0}],
            },
            ("IMAGE",),
            scale_by,
        ),
        "UpscaleModelLoader": NodeKind(
            {"model_name": ["COMBO", {"multiselect": False, "options": models.get("upscale_models", [])}]},
            ("UPSCALE_MODEL",),
            lambda job, model_name: (model_name,),
        ),
        "ImageUpscaleWithModel": NodeKind(
            {"upscale_model": ["UPSCALE_MODEL"], "image": ["IMAGE"]}, ("IMAGE",), upscale
        ),
        "SaveImage": NodeKind({**image, **prefix}, (), save_image, is_output=True, hidden=PNG_INFO),
        "PreviewImage": NodeKind(image, (), preview_image, is_output=True, hidden=PNG_INFO),
        "SaveAnimatedWEBP": NodeKind(
            {
                **image,
                **prefix,
                "fps": ["FLOAT", {"default": 6.0, "min": 0.01, "max": 1000.0}],
                "lossless": ["BOOLEAN", {"default": True}],
                "quality": ["INT", {"default": 80, "min": 0, "max": 100}],
                "method": [["default", "fastest", "slowest"]],
            },
            (),
            save_animation,
            is_output=True,
            hidden=PNG_INFO,
        ),
        "PreviewAny": NodeKind(
            {"source": ["*"]}, (), lambda job, source: Shown({"text": [str(source)]}), is_output=True
        ),
        # Of our own, to bring about what a custom node may.
        "Wait": NodeKind({**image, "seconds": ["FLOAT", {}], "ticks": ["INT", {}]}, ("IMAGE",), wait),
        "Fail": NodeKind({**image, "message": ["STRING", {}]}, ("IMAGE",), fail),
        "KillWorker": NodeKind(image, ("IMAGE",), kill_worker),
        "KillServer": NodeKind(image, ("IMAGE",), kill_server),
        "Interrupt": NodeKind(image, ("IMAGE",), interrupt),
        "SaveBytes": NodeKind({"name": ["STRING", {}], "content": ["STRING", {}]}, (), save_bytes, is_output=True),
    }


def sampling_kinds(models: Mapping[str, list[str]]) -> dict[str, NodeKind]:
    strength = ["FLOAT", {"default": 1.0, "min": -100.0, "max": 100.0}]
    return {
        "CheckpointLoaderSimple": NodeKind(
            {"ckpt_name": [models.get("checkpoints", []), {"tooltip": "The checkpoint to load."}]},
            ("MODEL", "CLIP", "VAE"),
            lambda job, ckpt_name: (ckpt_name, ckpt_name, ckpt_name),
        ),
        "LoraLoader": NodeKind(
            {
                "model": ["MODEL"],
                "clip": ["CLIP"],
                "lora_name": [models.get("loras", []), {}],
                "strength_model": strength,
                "strength_clip": strength,
            },
            ("MODEL", "CLIP"),
            lambda job, model, clip, lora_name, **weights: (f"{model}+{lora_name}", clip),
        ),
        "CLIPTextEncode": NodeKind(
            {"text": ["STRING", {"multiline": True}], "clip": ["CLIP"]},
            ("CONDITIONING",),
            lambda job, text, clip: (text,),
        ),
        "EmptyLatentImage": NodeKind(
            {"width": SIZE, "height": SIZE, "batch_size": BATCH},
            ("LATENT",),
            lambda job, **size: empty_image(job, color=0x808080, **size),
        ),
        "VAEEncode": NodeKind({"pixels": ["IMAGE"], "vae": ["VAE"]}, ("LATENT",), lambda job, pixels, vae: (pixels,)),
        "VAEDecode": NodeKind(
            {"samples": ["LATENT"], "vae": ["VAE"]}, ("IMAGE",), lambda job, samples, vae: (samples,)
        ),
        "KSampler": NodeKind(
            {
                "model": ["MODEL"],
                "seed": ["INT", {"default": 0, "min": 0, "max": 2**64 - 1, "control_after_generate": True}],
                "steps": ["INT", {"default": 20, "min": 1, "max": 10000}],
                "cfg": ["FLOAT", {"default": 8.0, "min": 0.0, "max": 100.0}],
                "sampler_name": [SAMPLERS],
                "scheduler": [SCHEDULERS],
                "positive": ["CONDITIONING"],
                "negative": ["CONDITIONING"],
                "latent_image": ["LATENT"],
                "denoise": ["FLOAT", {"default": 1.0, "min": 0.0, "max": 1.0}],
            },
            ("LATENT",),
            sample,
        ),
    }


def object_info(kinds: Mapping[str, NodeKind]) -> dict[str, dict]:
    return {
        name: {
            "input": {"required": kind.inputs, **({"hidden": kind.hidden} if kind.hidden else {})},
            "input_order": {"required": list(kind.inputs)},
            "output": kind.outputs,
            "output_node": kind.is_output,
            "name": name,
            "display_name": name,
            "description": "",
            "python_module": "nodes",
            "category": "image",
        }
        for name, kind in kinds.items()
    }
