"""Pictures made from pictures: in the colours of a prompt, with its scene shining through; or twice as large."""

from PIL import Image, ImageChops, ImageOps

from content.painting.canvas import colourise
from content.painting.prompted import Request, Watch, colours_for, paint_prompt, unwatched

LANCZOS = Image.Resampling.LANCZOS
# From this strength on, the painted scene itself takes over.
TAKES_OVER = 0.55


def recomposed(source: Image.Image, request: Request, strength: float, watch: Watch = unwatched) -> Image.Image:
    """Return an RGB picture as a prompt would have it: strength 0 leaves it, 1 is the prompt's own picture."""
    size = request.width, request.height
    picture = ImageOps.fit(source, size, LANCZOS)
    if strength <= 0:
        return picture
    painted = paint_prompt(request, watch)
    tinted = colourise(ImageOps.autocontrast(picture.convert("L"), cutoff=0.5), colours_for(request).sky)
    mixed = Image.blend(picture, tinted, min(1.0, 1.5 * strength) * 0.9)
    lit = Image.blend(mixed, ImageChops.soft_light(mixed, painted), strength)
    share = min(max((strength - TAKES_OVER) / (1 - TAKES_OVER), 0.0), 1.0)
    return Image.blend(lit, painted, share * share * (3 - 2 * share))


def enlarged(source: Image.Image, times: int) -> Image.Image:
    """Return an RGB picture so many times as wide and as high."""
    return source.resize((source.width * times, source.height * times), LANCZOS)
