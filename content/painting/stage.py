"""The stage of a scene: its canvas, its light and its ground, which every layer shares."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from content.painting.canvas import Colour, Point, mix, ramp
from content.painting.moods import Run


@dataclass
class Stage:
    """What layers paint upon, one after the other, the farthest first."""

    canvas: Image.Image  # RGB
    sky: Run
    land: Run
    hour: str
    # The middle and the radius of sun or moon; the radius in heights of the canvas.
    light: Point
    light_radius: float
    # Where sky and ground meet, as a share of the height.
    horizon: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.canvas.size

    @property
    def aspect(self) -> float:
        """Width by height."""
        return self.canvas.width / self.canvas.height

    @property
    def is_dark(self) -> bool:
        """Whether it is night."""
        return self.hour == "night"

    def air(self) -> Colour:
        """Return the colour of the air far away: that of the sky at the horizon."""
        return ramp(self.sky, SKY_STOPS[self.hour][-1])

    def ground(self, near: float, level: float) -> Colour:
        """Return the colour of ground: `near` 0 lies far away, 1 in front; `level` 0 is in shadow, 1 lit."""
        floor, top = GROUND_LEVELS[self.hour]
        own = ramp(self.land, floor + (top - floor) * level)
        return mix(self.air(), own, 0.25 + 0.75 * near)


# Of a run, from the zenith down to the horizon.
SKY_STOPS: dict[str, Sequence[float]] = {
    "day": (0.42, 0.55, 0.7, 0.84, 0.93),
    "dawn": (0.38, 0.55, 0.74, 0.88, 0.97),
    "sunset": (0.14, 0.32, 0.52, 0.72, 0.9),
    "night": (0.01, 0.06, 0.14, 0.26, 0.42),
}
# Of a run: ground in shadow, ground in light.
GROUND_LEVELS = {"day": (0.16, 0.74), "dawn": (0.12, 0.66), "sunset": (0.0, 0.5), "night": (0.0, 0.28)}
