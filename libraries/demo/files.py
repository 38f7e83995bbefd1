"""Files of the demo: pixels that are painted from the seed, written as each generator writes them."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from content.painting.pictures import paint
from libraries.demo.graphs import checkpoint_graph, flux_graph
from libraries.demo.scenes import Work, work
from libraries.demo.texts import (
    comfyui_texts,
    fooocus_texts,
    infotext,
    invokeai_texts,
    novelai_texts,
    swarmui_texts,
)

# Drawn a little larger: twice as large is smoother still, and takes three times as long.
SUPERSAMPLING = 1.1
# The fastest: files half as large again take a third of the time.
PNG_LEVEL = 1
QUALITY = 88
A1111, FORGE = "v1.10.1", "f2.0.1v1.10.1-previous-636-gb835f24a"
EXIF_IFD, USER_COMMENT, MAKE, MODEL = 0x8769, 0x9286, 0x010F, 0x0110
UNICODE = b"UNICODE\0"
FRAMES, FPS, LONG_SIDE = 12, 8, 512
# How far back the works go: some 16 for each month.
SPAN = timedelta(days=218)
NEWEST = timedelta(minutes=10)


def picture(work: Work) -> Image.Image:
    """Return the pixels of a work."""
    return paint(work.seed, work.width, work.height, SUPERSAMPLING)


def write_png(work: Work, path: Path, texts: dict[str, str]) -> None:
    """Write a PNG with texts before the pixels."""
    info = PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    picture(work).save(path, "PNG", pnginfo=info, compress_level=PNG_LEVEL)


def comfyui_exif(texts: dict[str, str]) -> Image.Exif:
    """Return texts of ComfyUI as it writes them into WebP."""
    exif = Image.Exif()
    for tag, name in ((MODEL, "prompt"), (MAKE, "workflow")):
        exif[tag] = f"{name}:{texts[name]}"
    return exif


def commented(text: str) -> bytes:
    """Return EXIF with a user comment, as A1111 writes it into JPEG and WebP."""
    exif = Image.Exif()
    exif.get_ifd(EXIF_IFD)[USER_COMMENT] = UNICODE + text.encode("utf-16-be")
    return exif.tobytes()


def a1111_png(work: Work, path: Path) -> None:
    """Write a PNG of A1111."""
    write_png(work, path, {"parameters": infotext(work, version=A1111)})


def forge_png(work: Work, path: Path) -> None:
    """Write a PNG of Forge."""
    write_png(work, path, {"parameters": infotext(work, version=FORGE)})


def forge_jpeg(work: Work, path: Path) -> None:
    """Write a JPEG of Forge."""
    picture(work).save(path, "JPEG", quality=QUALITY, exif=commented(infotext(work, version=FORGE)))


def a1111_webp(work: Work, path: Path) -> None:
    """Write a WebP of A1111."""
    picture(work).save(path, "WEBP", quality=QUALITY, method=1, exif=commented(infotext(work, version=A1111)))


def comfyui_png(work: Work, path: Path) -> None:
    """Write a PNG of ComfyUI."""
    write_png(work, path, comfyui_texts(checkpoint_graph(work)))


def flux_png(work: Work, path: Path) -> None:
    """Write a PNG of ComfyUI that Flux made."""
    write_png(work, path, comfyui_texts(flux_graph(work)))


def comfyui_webp(work: Work, path: Path) -> None:
    """Write a WebP of ComfyUI."""
    exif = comfyui_exif(comfyui_texts(checkpoint_graph(work)))
    picture(work).save(path, "WEBP", quality=QUALITY, method=1, exif=exif)


def comfyui_animation(work: Work, path: Path) -> None:
    """Write an animated WebP of ComfyUI: a slow move over the picture and back."""
    scale = LONG_SIDE / max(work.width, work.height)
    small = replace(work, width=round(work.width * scale), height=round(work.height * scale))
    wide = paint(small.seed, small.width * 5 // 4, small.height * 5 // 4, SUPERSAMPLING)
    size, frames = (small.width, small.height), []
    for number in range(FRAMES):
        share = 1 - abs(1 - 2 * number / FRAMES)
        left, top = (round(share * (whole - part)) for whole, part in zip(wide.size, size, strict=True))
        frames.append(wide.crop((left, top, left + small.width, top + small.height)))
    exif = comfyui_exif(comfyui_texts(checkpoint_graph(small, frames=FRAMES, fps=FPS)))
    first, *others = frames
    milliseconds = 1000 // FPS
    first.save(
        path,
        "WEBP",
        save_all=True,
        append_images=others,
        duration=milliseconds,
        loop=0,
        quality=80,
        method=0,
        exif=exif,
    )


def invokeai_png(work: Work, path: Path) -> None:
    """Write a PNG of InvokeAI."""
    write_png(work, path, invokeai_texts(work))


def novelai_png(work: Work, path: Path) -> None:
    """Write a PNG of NovelAI."""
    write_png(work, path, novelai_texts(work))


def swarmui_png(work: Work, path: Path) -> None:
    """Write a PNG of SwarmUI."""
    write_png(work, path, swarmui_texts(work))


def fooocus_png(work: Work, path: Path) -> None:
    """Write a PNG of Fooocus."""
    write_png(work, path, fooocus_texts(work))


def poem(work: Work, path: Path) -> None:
    """Write a text."""
    first, second = work.details
    path.write_text(
        f"{work.title}\n\n"
        f"We came for {first},\nstayed for {second},\nand left the lamp on\nfor the next to come.\n\n"
        f"What the night had drawn\nthe morning kept:\na line, a colour,\nand a place to sit.\n",
        encoding="utf-8",
    )


@dataclass(frozen=True)
class Kind:
    """A kind of file: where its generator puts it, by `n`, `seed` and `title` of the work, and what writes it."""

    path: str
    write: Callable[[Work, Path], None]


COMFYUI_PNG = Kind("ComfyUI/ComfyUI_{n:05}_.png", comfyui_png)
FLUX_PNG = Kind("ComfyUI/flux/flux_{n:05}_.png", flux_png)
COMFYUI_WEBP = Kind("ComfyUI/webp/ComfyUI_{n:05}_.webp", comfyui_webp)
FORGE_JPEG = Kind("forge/txt2img-images/{n:05}-{seed}.jpg", forge_jpeg)
FORGE_PNG = Kind("forge/txt2img-images/{n:05}-{seed}.png", forge_png)
A1111_PNG = Kind("a1111/txt2img-images/{n:05}-{seed}.png", a1111_png)
A1111_WEBP = Kind("a1111/txt2img-images/{n:05}-{seed}.webp", a1111_webp)
# In turn: every 23rd work is of one kind, so that no kind always has one shape or style.
KINDS = (
    *(COMFYUI_PNG, FORGE_JPEG, FLUX_PNG, COMFYUI_WEBP, A1111_PNG, Kind("InvokeAI/{seed:08x}-{n:04}.png", invokeai_png)),
    *(FORGE_JPEG, COMFYUI_WEBP, Kind("ComfyUI/video/ComfyUI_{n:05}_.webp", comfyui_animation), FORGE_PNG),
    *(Kind("NovelAI/{n:05} s-{seed}.png", novelai_png), COMFYUI_WEBP, FORGE_JPEG, COMFYUI_PNG, A1111_WEBP, FLUX_PNG),
    *(Kind("SwarmUI/{n:05}-{seed}.png", swarmui_png), FORGE_JPEG, COMFYUI_WEBP, Kind("texts/{title}.txt", poem)),
    *(COMFYUI_PNG, Kind("Fooocus/{n:05}_{seed}.png", fooocus_png), A1111_WEBP),
)


def path_of(number: int) -> str:
    """Return where file `number` lies below the demo's folder."""
    made = work(number)
    return KINDS[number % len(KINDS)].path.format(n=number, seed=made.seed, title=made.title)


def made_at(number: int, count: int, now: datetime) -> datetime:
    """Return when file `number` of `count` was made; 0 is the newest."""
    return now - NEWEST - SPAN * (number / count)


def write_file(folder: str, number: int, timestamp: float) -> None:
    """Write a file of the demo under its time, whole or not at all; one that is there is left as it is."""
    path = Path(folder) / path_of(number)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # Hidden: no scan reads it.
    part = path.with_name(f".{path.name}.part")
    KINDS[number % len(KINDS)].write(work(number), part)
    os.utime(part, (timestamp, timestamp))
    part.replace(path)
