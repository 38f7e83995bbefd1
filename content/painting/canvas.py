"""What every style of painting is made of: colour ramps, gradients, noise, warping and light, in Pillow's C code.

Drawings are made larger than asked for and scaled down at the end, which smooths their edges. All lengths are fractions
of the canvas, and random numbers are drawn in the same order whatever its size: a card and a detail show one picture.
"""

from collections.abc import Callable, Sequence
from math import cos, pi, sin
from random import Random

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Point = tuple[float, float]
MESH_COLUMNS, MESH_ROWS = 16, 12


def rgb(colour: str) -> Colour:
    """Return "#rrggbb" as three numbers."""
    return ImageColor.getrgb(colour)[:3]


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour between two: `share` 0 is the one, 1 the other."""
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))


def ramp(colours: Sequence[Colour], position: float) -> Colour:
    """Return the colour at a position, 0 to 1, of a smooth run through all the colours."""
    place = min(max(position, 0.0), 1.0) * (len(colours) - 1)
    first = min(int(place), len(colours) - 2)
    return mix(colours[first], colours[first + 1], place - first)


def colourise(gray: Image.Image, colours: Sequence[Colour]) -> Image.Image:
    """Return a gray picture with black as the first colour, white as the last, and the others between."""
    steps = gradient(1, 256, colours)
    return Image.merge("RGB", [gray.point(list(band.tobytes())) for band in steps.split()])


def shade(width: int, height: int, angle: float = 0.0) -> Image.Image:
    """Return a gray gradient, black at the top to white at the bottom, turned by an angle in radians."""
    across, down = sin(angle) * 256 / 1.5 / width, cos(angle) * 256 / 1.5 / height
    middle = 128 - across * width / 2 - down * height / 2
    source = Image.linear_gradient("L")
    return source.transform(
        (width, height), Image.Transform.AFFINE, (0, 0, 128, across, down, middle), Image.Resampling.BILINEAR
    )


def gradient(width: int, height: int, colours: Sequence[Colour], angle: float = 0.0) -> Image.Image:
    """Return a canvas filled with a gradient from the top down, turned by an angle in radians."""
    if angle:
        coarse = colourise(shade(width // 4, height // 4, angle), colours)
        return coarse.resize((width, height), Image.Resampling.BILINEAR)
    strip = Image.new("RGB", (1, len(colours)))
    strip.putdata(list(colours))
    tall = strip.resize((1, height), Image.Resampling.BILINEAR, (0, 0.5, 1, len(colours) - 0.5))
    return tall.resize((width, height), Image.Resampling.NEAREST)


def noise(random: Random, width: int, height: int, cells: int, octaves: int = 4) -> Image.Image:
    """Return smooth gray noise: `cells` bumps across, and finer ones upon them, each octave half as strong."""
    total = None
    for octave in range(octaves):
        columns = cells * 2**octave
        rows = max(2, columns * 3 // 4)
        grains = Image.frombytes("L", (columns, rows), random.randbytes(columns * rows))
        layer = grains.resize((width, height), Image.Resampling.BICUBIC)
        total = layer if total is None else Image.blend(total, layer, 0.5**octave / (2 - 0.5**octave))
    return total


def curve(gray: Image.Image, function: Callable[[float], float]) -> Image.Image:
    """Return a gray picture with each level, 0 to 1, replaced by the function's, clipped to 0 to 1."""
    return gray.point([round(255 * min(max(function(level / 255), 0.0), 1.0)) for level in range(256)])


def swirl_field(random: Random, strength: float) -> Callable[[float, float], Point]:
    """Return a smooth random displacement of the unit square: where the point (x, y) is taken from."""
    waves = [
        (random.uniform(1, 5), random.uniform(1, 5), random.uniform(0, 2 * pi), random.uniform(0, 2 * pi))
        for _ in range(4)
    ]

    def displaced(x: float, y: float) -> Point:
        for across, down, first, second in waves:
            x, y = (
                x + strength * sin(across * y * pi + first) / across,
                y + strength * sin(down * x * pi + second) / down,
            )
        return x, y

    return displaced


def folded(place: float) -> float:
    """Return a place reflected into 0 to 1, as between two mirrors, so that no warp looks past the canvas's edge."""
    return 1 - abs(1 - place % 2)


def warp(image: Image.Image, field: Callable[[float, float], Point]) -> Image.Image:
    """Return the picture with every point taken from where the field says; both are in the unit square."""
    width, height = image.size

    def corner(column: int, row: int) -> Point:
        x, y = field(column / MESH_COLUMNS, row / MESH_ROWS)
        return folded(x) * width, folded(y) * height

    corners = {(c, r): corner(c, r) for c in range(MESH_COLUMNS + 1) for r in range(MESH_ROWS + 1)}
    mesh = []
    for column in range(MESH_COLUMNS):
        for row in range(MESH_ROWS):
            left, right = column * width // MESH_COLUMNS, (column + 1) * width // MESH_COLUMNS
            top, bottom = row * height // MESH_ROWS, (row + 1) * height // MESH_ROWS
            ring = [corners[column + c, row + r] for c, r in ((0, 0), (0, 1), (1, 1), (1, 0))]
            mesh.append(((left, top, right, bottom), [value for point in ring for value in point]))
    return image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


def glow(canvas: Image.Image, centre: Point, radius: float, colour: Colour, strength: float = 1.0) -> None:
    """Add a soft light around a point; the radius is a fraction of the height."""
    reach = max(2, round(radius * canvas.height))
    left, top = round(centre[0] * canvas.width) - reach, round(centre[1] * canvas.height) - reach
    halo = Image.radial_gradient("L").resize((2 * reach, 2 * reach))
    halo = curve(halo, lambda level: strength * max(0.0, 1 - level * 1.42) ** 2)
    light = Image.composite(Image.new("RGB", halo.size, colour), Image.new("RGB", halo.size), halo)
    box = (left, top, left + 2 * reach, top + 2 * reach)
    canvas.paste(ImageChops.screen(canvas.crop(box), light), box)


def disc(draw: ImageDraw.ImageDraw, centre: Point, radius: float, fill: Colour) -> None:
    """Draw a filled circle; all in pixels."""
    x, y = centre
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def stars(random: Random, canvas: Image.Image, count: int, colour: Colour, lowest: float = 1.0) -> None:
    """Scatter stars over the upper part of the canvas, few bright ones among many faint."""
    draw = ImageDraw.Draw(canvas)
    for _ in range(count):
        x, y, power = random.random() * canvas.width, random.random() * lowest * canvas.height, random.random() ** 6
        under = canvas.getpixel((min(int(x), canvas.width - 1), min(int(y), canvas.height - 1)))
        disc(draw, (x, y), (0.0012 + 0.0035 * power) * canvas.height, mix(under, colour, 0.35 + 0.65 * power))


def ridge(random: Random, roughness: float = 0.5, points: int = 129) -> list[float]:
    """Return the heights, about -1 to 1, of a mountain range by midpoint displacement; `points` is 2**n + 1."""
    heights = [0.0] * points
    heights[0], heights[-1] = random.uniform(-0.5, 0.5), random.uniform(-0.5, 0.5)
    step, force = points - 1, 1.0
    while step > 1:
        half = step // 2
        for middle in range(half, points, step):
            mean = (heights[middle - half] + heights[middle + half]) / 2
            heights[middle] = mean + random.uniform(-force, force)
        step, force = half, force * roughness
    return heights


def swell(random: Random, points: int = 129) -> list[float]:
    """Return the heights, about -1 to 1, of rolling hills: a sum of a few long waves."""
    waves = [(random.uniform(0.4, 3.2), random.uniform(0, 2 * pi)) for _ in range(4)]
    scale = sum(1 / (0.6 + length) for length, _ in waves)
    return [
        sum(sin(length * 2 * pi * i / (points - 1) + start) / (0.6 + length) for length, start in waves) / scale
        for i in range(points)
    ]


def below(canvas: Image.Image, level: float, height: float, heights: Sequence[float]) -> list[Point]:
    """Return, in pixels, the outline of the ground under a skyline around `level`, up to `height` away from it."""
    last = len(heights) - 1
    line = [(i / last * canvas.width, (level - height * h) * canvas.height) for i, h in enumerate(heights)]
    return [(0, canvas.height), *line, (canvas.width, canvas.height)]


def lay(canvas: Image.Image, outline: Sequence[Point], paint: Image.Image) -> None:
    """Paint the inside of an outline with another picture of the same size."""
    top = max(0, int(min(y for _, y in outline)))
    height = max(1, canvas.height - top)
    # Four times as many pixels for the mask alone: its edge is smooth on a canvas that is not scaled down.
    mask = Image.new("L", (canvas.width * 2, height * 2))
    ImageDraw.Draw(mask).polygon([(x * 2, (y - top) * 2) for x, y in outline], fill=255)
    canvas.paste(paint.crop((0, top, canvas.width, top + height)), (0, top), mask.reduce(2))


def soften(image: Image.Image, radius: float) -> Image.Image:
    """Return the picture blurred; the radius is a fraction of the height."""
    return image.filter(ImageFilter.GaussianBlur(radius * image.height))
