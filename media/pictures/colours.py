"""Any mode, transparency and colour profile as plain sRGB."""

from functools import lru_cache
from io import BytesIO

import numpy
from PIL import Image, ImageCms

# What shines through transparent pixels. Pages may be dark or light; drawings on nothing are mostly dark on white.
GROUND = (255, 255, 255)
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ORIENTATION = 0x0112
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
PLAIN = ("L", "RGB", "CMYK")


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 where there is none or none that can be read."""
    try:
        turn = image.getexif().get(ORIENTATION, 1)
    except MemoryError:
        raise
    except Exception:  # Pillow raises many kinds on damaged EXIF, which does not make the picture less good.
        return 1
    return turn if turn in TURNS else 1


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """Return the picture as its EXIF orientation wants it seen."""
    return image.transpose(TURNS[orientation]) if orientation in TURNS else image


def eight_bit(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey to 8 bits: Pillow would clip it to white."""
    grey = numpy.asarray(image).clip(0, 65_535).astype(numpy.uint32)
    return Image.fromarray(((grey * 255 + 32_767) // 65_535).astype(numpy.uint8))


def is_transparent(image: Image.Image) -> bool:
    """Whether pixels of this picture may let the ground shine through."""
    return image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info


def as_plain(image: Image.Image) -> Image.Image:
    """Return the picture in a mode that has 8 bits and no palette: L, RGB, CMYK or, if it is transparent, RGBA."""
    if image.mode.startswith("I") or image.mode == "F":
        return eight_bit(image)
    if is_transparent(image):
        return image if image.mode == "RGBA" else image.convert("RGBA")
    if image.mode in PLAIN:
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def flattened(image: Image.Image) -> Image.Image:
    """Return the picture in L, RGB or CMYK, on a white ground where it is transparent."""
    plain = as_plain(image)
    if plain.mode != "RGBA":
        return plain
    ground = Image.new("RGB", plain.size, GROUND)
    ground.paste(plain.convert("RGB"), mask=plain.getchannel("A"))
    return ground


@lru_cache(maxsize=16)
def transform_from(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the way from a profile to sRGB; None if it is sRGB already, damaged or meant for another mode."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if ImageCms.getProfileDescription(source).startswith("sRGB"):
            return None
        return ImageCms.buildTransform(source, SRGB, mode, "RGBA" if mode == "RGBA" else "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return an L, RGB, RGBA or CMYK picture in sRGB: RGB or RGBA. A profile that is damaged is passed over."""
    colours = {"RGBA": "RGBA"}.get(image.mode, "RGB")
    if profile:
        transform = transform_from(profile, image.mode)
        if transform is not None:
            return ImageCms.applyTransform(image, transform)
        transform = transform_from(profile, colours)
        if transform is not None:
            return ImageCms.applyTransform(image.convert(colours), transform)
    return image if image.mode == colours else image.convert(colours)
