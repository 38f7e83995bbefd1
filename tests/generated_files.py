"""Files as generators write them, of every kind and as many as wanted: small pixels, no two of one content.

python -m tests.generated_files FOLDER 1000
"""

import argparse
import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

SUBJECTS = ("lighthouse in fog", "red fox in snow", "paper city at dusk", "glass whale", "orchard in the rain")
MODELS = ("sdxl_base", "dreamshaper_8", "flux1-dev", "pony_v6")
SIDE = 96
PER_FOLDER = 500
# EXIF: the user comment's IFD and tag, and the tags that ComfyUI writes.
EXIF_IFD, USER_COMMENT, MAKE, MODEL = 0x8769, 0x9286, 0x010F, 0x0110
UNICODE = b"UNICODE\0"


def infotext(number: int) -> str:
    """Return what A1111 writes about picture `number`."""
    chance = random.Random(number)
    return (
        f"{chance.choice(SUBJECTS)}, study {number}, (dramatic:1.2) <lora:add_detail:0.8>\nNegative prompt: blurry\n"
        f"Steps: {chance.randrange(10, 50)}, Sampler: Euler a, CFG scale: 7, Seed: {number}, Size: {SIDE}x{SIDE}, "
        f"Model hash: 0123456789, Model: {chance.choice(MODELS)}"
    )


def graph(number: int) -> dict[str, object]:
    """Return the graph that ComfyUI writes about picture `number`."""
    chance = random.Random(number)
    return {
        "3": {
            "class_type": "KSampler",
            "inputs": {
                "seed": number,
                "steps": chance.randrange(10, 50),
                "cfg": 8.0,
                "sampler_name": "euler",
                "scheduler": "normal",
                "denoise": 1.0,
                "model": ["4", 0],
                "positive": ["6", 0],
                "negative": ["7", 0],
                "latent_image": ["5", 0],
            },
        },
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": f"{chance.choice(MODELS)}.safetensors"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": SIDE, "height": SIDE, "batch_size": 1}},
        "6": {
            "class_type": "CLIPTextEncode",
            "inputs": {"text": f"{chance.choice(SUBJECTS)}, study {number}", "clip": ["4", 1]},
        },
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}},
    }


def picture(number: int, shade: int = 0) -> Image.Image:
    """Return the pixels of picture `number`: circles of its own colours."""
    chance = random.Random(number)
    image = Image.new("RGB", (SIDE, SIDE), tuple(chance.randrange(256) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(6):
        x, y, r = chance.randrange(SIDE), chance.randrange(SIDE), chance.randrange(5, 40)
        colour = tuple((chance.randrange(256) + shade) % 256 for _ in range(3))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
    return image


def a1111_png(number: int, path: Path) -> None:
    """Write a PNG with the text `parameters`."""
    texts = PngInfo()
    texts.add_text("parameters", infotext(number))
    picture(number).save(path, pnginfo=texts)


def comfy_png(number: int, path: Path) -> None:
    """Write a PNG with the text `prompt`."""
    texts = PngInfo()
    texts.add_text("prompt", json.dumps(graph(number)))
    picture(number).save(path, pnginfo=texts)


def comfy_webp(number: int, path: Path) -> None:
    """Write a WebP with the graph in EXIF."""
    exif = Image.Exif()
    exif[MODEL] = f"prompt:{json.dumps(graph(number))}"
    picture(number).save(path, exif=exif)


def commented(number: int, path: Path) -> None:
    """Write a JPEG or AVIF with A1111's text in the EXIF user comment."""
    exif = Image.Exif()
    exif.get_ifd(EXIF_IFD)[USER_COMMENT] = UNICODE + infotext(number).encode("utf-16-be")
    # As bytes: to AVIF's writer EXIF without a tag of its first level is none.
    picture(number).save(path, exif=exif.tobytes())


def gif(number: int, path: Path) -> None:
    """Write an animated GIF with A1111's text as its comment."""
    frames = [picture(number, shade) for shade in (60, 120)]
    picture(number).save(path, save_all=True, append_images=frames, duration=100, comment=infotext(number).encode())


def animated_png(number: int, path: Path) -> None:
    """Write an animated PNG with A1111's text."""
    texts = PngInfo()
    texts.add_text("parameters", infotext(number))
    picture(number).save(path, save_all=True, append_images=[picture(number, 60)], duration=100, pnginfo=texts)


def settings(number: int) -> tuple[str, str, int]:
    """Return prompt, model and steps of picture `number`, for generators that write fields and no text."""
    return f"{SUBJECTS[number % len(SUBJECTS)]}, study {number}", MODELS[number % len(MODELS)], 10 + number % 40


def invokeai_png(number: int, path: Path) -> None:
    """Write a PNG with InvokeAI's metadata."""
    prompt, model, steps = settings(number)
    written = {"positive_prompt": prompt, "negative_prompt": "blurry", "seed": number, "steps": steps, "cfg_scale": 7.5}
    written |= {"scheduler": "euler", "model": {"name": model, "hash": "blake3:00", "base": "sdxl"}, "loras": []}
    texts = PngInfo()
    texts.add_text("invokeai_metadata", json.dumps(written))
    picture(number).save(path, pnginfo=texts)


def novelai_png(number: int, path: Path) -> None:
    """Write a PNG with NovelAI's texts."""
    prompt, model, steps = settings(number)
    comment = {"prompt": prompt, "uc": "blurry", "steps": steps, "scale": 5.0, "seed": number, "sampler": "k_euler"}
    texts = PngInfo()
    for key, text in (("Description", prompt), ("Software", "NovelAI"), ("Source", model)):
        texts.add_text(key, text)
    texts.add_text("Comment", json.dumps(comment | {"request_type": "PromptGenerateRequest"}))
    picture(number).save(path, pnginfo=texts)


def swarmui_jpeg(number: int, path: Path) -> None:
    """Write a JPEG with SwarmUI's JSON, in UTF-16LE, in the EXIF user comment."""
    prompt, model, steps = settings(number)
    written = {"prompt": prompt, "model": model, "seed": number, "steps": steps, "cfgscale": 7.0, "sampler": "euler"}
    exif = Image.Exif()
    exif.get_ifd(EXIF_IFD)[USER_COMMENT] = UNICODE + json.dumps({"sui_image_params": written}).encode("utf-16-le")
    picture(number).save(path, exif=exif.tobytes())


def fooocus_png(number: int, path: Path) -> None:
    """Write a PNG with Fooocus's JSON."""
    prompt, model, steps = settings(number)
    written = {"prompt": prompt, "base_model": model, "seed": str(number), "steps": steps, "guidance_scale": 4}
    texts = PngInfo()
    texts.add_text("parameters", json.dumps(written | {"metadata_scheme": "fooocus", "sampler": "dpmpp_2m"}))
    texts.add_text("fooocus_scheme", "fooocus")
    picture(number).save(path, pnginfo=texts)


def drawthings_png(number: int, path: Path) -> None:
    """Write a PNG with Draw Things's texts."""
    prompt, model, steps = settings(number)
    written = {"c": prompt, "uc": "blurry", "model": model, "seed": number, "steps": steps, "scale": 7.0}
    texts = PngInfo()
    texts.add_text("Software", "Draw Things")
    texts.add_text("Comment", json.dumps(written))
    picture(number).save(path, pnginfo=texts)


def stealth_png(number: int, path: Path) -> None:
    """Write a PNG with A1111's text in the lowest bits of alpha, column by column."""
    packed = gzip.compress(infotext(number).encode(), mtime=0)
    content = b"stealth_pngcomp" + (len(packed) * 8).to_bytes(4, "big") + packed
    bits = numpy.unpackbits(numpy.frombuffer(content, numpy.uint8))
    alpha = numpy.full((SIDE, SIDE), 255, numpy.uint8)
    alpha.T.flat[: len(bits)] = 254 + bits
    image = picture(number)
    image.putalpha(Image.fromarray(alpha))
    image.save(path)


KINDS: tuple[tuple[str, Callable[[int, Path], None]], ...] = (
    ("a1111.png", a1111_png),
    ("comfy.png", comfy_png),
    ("a1111.jpg", commented),
    ("comfy.webp", comfy_webp),
    ("a1111.avif", commented),
    ("a1111.gif", gif),
    ("animated.png", animated_png),
    ("invokeai.png", invokeai_png),
    ("novelai.png", novelai_png),
    ("swarmui.jpg", swarmui_jpeg),
    ("fooocus.png", fooocus_png),
    ("drawthings.png", drawthings_png),
    ("stealth.png", stealth_png),
)


def make(folder: Path, number: int) -> Path:
    """Write file `number` and return its path; numbers go through all kinds."""
    ending, write = KINDS[number % len(KINDS)]
    path = folder / f"{number // PER_FOLDER:04}" / f"{number:07}_{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    write(number, path)
    return path


def main() -> None:
    """Write files into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("files", type=int)
    arguments = parser.parse_args()
    for number in range(arguments.files):
        make(arguments.folder, number)


if __name__ == "__main__":
    main()
