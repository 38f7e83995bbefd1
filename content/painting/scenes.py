"""Scenes composed of what words ask for: a sky, grounds, water, figures and weather, the farthest first."""

from collections.abc import Callable, Iterator
from random import Random

from PIL import Image

from content.painting import figures, grounds, heavens, waters, weather
from content.painting.moods import Colours
from content.painting.stage import Stage
from content.painting.wishes import Wishes

# Grounds by how far away they lie.
FARTHEST = ("mountains", "city", "hills", "dunes", "forest")
WATERS = ("sea", "lake")
# What is chosen if the words name no ground.
ANY_GROUNDS = (
    ("mountains",),
    ("hills",),
    ("dunes",),
    ("sea",),
    ("lake", "mountains"),
    ("forest", "mountains"),
    ("city",),
)
# How much larger a person is drawn in a portrait.
PORTRAIT = 2.3
CLOUDED = frozenset({"clouds", "rain", "storm"})
RandomOf = Callable[[str], Random]
Layer = Callable[[], object]


class Scene:
    """One scene: its plan is made at once, its layers are painted one by one."""

    def __init__(self, random_of: RandomOf, wishes: Wishes, hour: str, size: tuple[int, int], colours: Colours) -> None:
        self.random_of, self.wishes = random_of, wishes
        random = random_of("plan")
        named = wishes.grounds or random.choice(ANY_GROUNDS)
        self.water = next((name for name in named if name in WATERS), "")
        if {"boat"} & wishes.features and not self.water:
            self.water = "sea"
        self.grounds = [name for name in FARTHEST if name in named]
        if self.water == "lake" and not self.grounds:
            self.grounds = [random.choice(("mountains", "hills", "forest"))]
        asked = wishes.features | ({"person"} if "portrait" in wishes.features else frozenset())
        self.standing = [name for name in figures.STANDING if name in asked]
        self.is_snowy = "snow" in wishes.features
        self.foot_x = random.choice((random.uniform(0.2, 0.36), random.uniform(0.64, 0.8)))
        self.stage = self._stage(random, hour, size, colours)
        self.shore = self.stage.horizon + (random.uniform(0.02, 0.08) if self.grounds else 0.0)

    def _stage(self, random: Random, hour: str, size: tuple[int, int], colours: Colours) -> Stage:
        horizon = random.uniform(0.5, 0.6)
        if not self.grounds and self.water:
            horizon += 0.04
        heights = {"day": (0.12, 0.26), "dawn": (0.26, 0.42), "sunset": (0.3, 0.46), "night": (0.13, 0.3)}[hour]
        x, y = random.uniform(0.22, 0.78), random.uniform(*heights) * horizon / 0.55
        if {"person", "cat"} & {*self.standing}:
            x = self.foot_x + random.uniform(-0.06, 0.06)
        radius = random.uniform(0.04, 0.075) * (0.75 if hour == "day" else 1.0)
        canvas = Image.new("RGB", size)
        return Stage(canvas, colours.sky, colours.land, hour, (x, y), radius, horizon)

    def layers(self) -> list[Layer]:
        """Return what is to be painted, in order."""
        return [*self._sky(), *self._ground(), *self._figures(), *self._weather()]

    def _sky(self) -> Iterator[Layer]:
        stage, features = self.stage, self.wishes.features
        yield self._layer("sky", heavens.sky)
        if (stage.is_dark and not CLOUDED & features) or "stars" in features:
            yield self._layer("stars", heavens.starlight)
        if "aurora" in features:
            yield self._layer("aurora", heavens.northern_lights)
        if "planet" in features:
            yield self._layer("planet", heavens.planet)
        if self._has_light():
            yield self._layer("light", heavens.shine)
        amount = self._clouds()
        if amount:
            yield self._layer("clouds", lambda random, stage: heavens.clouds(random, stage, amount))
        if "storm" in features:
            yield self._layer("storm", heavens.lightning)

    def _has_light(self) -> bool:
        features = self.wishes.features
        if {"sun", "moon"} & features:
            return True
        if {"storm", "rain", "planet", "aurora"} & features:
            return False
        return self.stage.hour in ("sunset", "dawn") or self.random_of("has light").random() < 0.6

    def _clouds(self) -> str:
        features = self.wishes.features
        if CLOUDED & features:
            return "many"
        chance = self.random_of("has clouds").random()
        if self.stage.is_dark:
            return "few" if chance < 0.4 and "stars" not in features else ""
        return "some" if chance < 0.45 else "few" if chance < 0.85 else ""

    def _ground(self) -> Iterator[Layer]:
        lowest = self.shore if self.water else 0.84
        for number, name in enumerate(self.grounds):
            share = (number + 1) / len(self.grounds)
            level = lowest if self.water else self.stage.horizon + (lowest - self.stage.horizon) * share
            yield self._range(name, level)
        if self.water:
            shore = self.shore
            yield self._layer("water", lambda random, stage: waters.water(random, stage, shore, self.water))

    def _range(self, name: str, level: float) -> Layer:
        count = 2 if self.water else 3 if len(self.grounds) > 1 else 4
        paint = grounds.GROUNDS[name]
        return self._layer(name, lambda random, stage: paint(random, stage, level, snow=self.is_snowy, count=count))

    def _figures(self) -> Iterator[Layer]:
        if "boat" in self.wishes.features:
            yield self._layer("boat", self._boat)
        if self.standing or self._has_bank():
            yield self._layer("bank", self._bank)
        if "birds" in self.wishes.features or self._has_birds():
            yield self._layer("birds", figures.birds)

    def _has_bank(self) -> bool:
        return bool(self.water) and self.random_of("has bank").random() < 0.35

    def _has_birds(self) -> bool:
        return self.stage.hour != "night" and self.random_of("has birds").random() < 0.22

    def _boat(self, random: Random, stage: Stage) -> None:
        away = random.uniform(0.25, 0.6)
        foot = (1 - self.foot_x + random.uniform(-0.08, 0.08), self.shore + (1 - self.shore) * away * 0.6)
        height = (0.09 + 0.16 * away) * min(1.0, stage.aspect * 1.2)
        figures.place(stage, random, figures.boat, foot, height, stage.ground(1.0, 0.05), 0.45)

    def _bank(self, random: Random, stage: Stage) -> None:
        level = 0.9 if not self.standing else 0.86
        line = grounds.bank(random, stage, level, self.is_snowy)
        x = self.foot_x
        for name in self.standing:
            foot = line[round(min(max(x, 0.0), 1.0) * (len(line) - 1))]
            share = PORTRAIT if name == "person" and "portrait" in self.wishes.features else 1.0
            figures.stand(random, stage, name, (x, float(foot) + 0.25 * (share - 1)), share)
            x += 0.24 if self.foot_x < 0.5 else -0.24

    def _weather(self) -> Iterator[Layer]:
        features = self.wishes.features
        if "mist" in features:
            yield self._layer("mist", weather.mist)
        if "rain" in features:
            yield self._layer("rain", weather.rain)
        if self.is_snowy and self.random_of("snows").random() < 0.75:
            yield self._layer("snow", weather.snowfall)

    def _layer(self, name: str, paint: Callable[[Random, Stage], object]) -> Layer:
        return lambda: paint(self.random_of(name), self.stage)
