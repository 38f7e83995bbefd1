"""Whatever is written, by whatever means and in whatever order, counted or not: the counts are those of the works."""

from collections.abc import Callable
from random import Random

import pytest
from django.db.models import F, Value
from django.db.models.functions import Concat

from catalog import counting
from catalog.models import Creator, Tag, UsedModel
from content.models import ContentItem
from media.models import GenerationData, GenerativeModel
from tests.catalog.counts import WORKS, execute, expected_creators, expected_models, expected_tags
from tests.factories import ContentItemFactory, GenerationDataFactory, GenerativeModelFactory, UserFactory
from users.models import User

OPERATIONS = 60
TAGS = ["fog", "Fog", "FOG", "sea", "ＳＥＡ", "é", "É", "e\u0301", "Straße", "straße", "Ωμέγα", "", "night harbour"]


def some_tags(random: Random) -> list[str]:
    """Return up to four tags, some of them the same in other letters."""
    return random.choices(TAGS, k=random.randrange(5))


def some(random: Random, model: type) -> list[int]:
    """Return the ids of some rows."""
    ids = list(model.objects.order_by("pk").values_list("pk", flat=True))
    return random.sample(ids, k=min(len(ids), random.randint(1, 3)))


def someone(random: Random) -> User | None:
    """Return an account or none."""
    return random.choice([*User.objects.order_by("pk"), None])


def make(random: Random) -> None:
    """Write some works at once."""
    ContentItem.objects.bulk_create(
        ContentItemFactory.build(
            creator=someone(random),
            tags=some_tags(random),
            is_private=random.random() < 0.3,
            hides_prompt=random.random() < 0.3,
            generation=some_generation(random),
        )
        for _ in range(random.randint(1, 4))
    )


def delete(random: Random) -> None:
    ContentItem.objects.filter(pk__in=some(random, ContentItem)).delete()


def retag(random: Random) -> None:
    ContentItem.objects.filter(pk__in=some(random, ContentItem)).update(tags=some_tags(random))


def hand_over(random: Random) -> None:
    ContentItem.objects.filter(pk__in=some(random, ContentItem)).update(creator=someone(random))


def hide_or_show(random: Random) -> None:
    chosen = some(random, ContentItem)
    column = random.choice(["is_private", "hides_prompt"])
    execute(f"UPDATE {WORKS} SET {column} = NOT {column} WHERE id = ANY(%s)", chosen)


def change_all(random: Random) -> None:
    """Change a work in all that is counted."""
    changes = {"tags": some_tags(random), "creator": someone(random), "is_private": random.random() < 0.5}
    changes["hides_prompt"] = random.random() < 0.5
    changes["generation"] = some_generation(random)
    ContentItem.objects.filter(pk__in=some(random, ContentItem)[:1]).update(**changes)


def remake(random: Random) -> None:
    """Change what some works say they were made with."""
    ContentItem.objects.filter(pk__in=some(random, ContentItem)).update(generation=some_generation(random))


def read_again(random: Random) -> None:
    """Change what generation data says, whatever works have it."""
    model, *loras = [*some(random, GenerativeModel), None]
    loras = [pk for pk in loras if pk]
    data = GenerationData.objects.filter(pk__in=some(random, GenerationData))
    for row in data:
        row.model_id, row.loras = model, loras * random.randint(1, 2)
        row.lora_weights = [None] * len(row.loras)
        row.save()


def rename_model(random: Random) -> None:
    GenerativeModel.objects.filter(pk__in=some(random, GenerativeModel)).update(
        name=Concat(F("name"), Value("+")), hash=random.choice(["", "abc"])
    )


def some_generation(random: Random) -> GenerationData | None:
    """Return generation data or none; it may be that of other works."""
    if random.random() < 0.3 or not GenerationData.objects.exists():
        model = GenerativeModelFactory() if random.random() < 0.7 else None
        loras = some(random, GenerativeModel)
        return GenerationDataFactory(model=model, loras=loras, lora_weights=[None] * len(loras))
    return random.choice([*GenerationData.objects.order_by("pk"), None])


def join(_random: Random) -> None:
    UserFactory()


def rename(random: Random) -> None:
    User.objects.filter(pk__in=some(random, User)).update(
        username=Concat(F("username"), Value("+")), name=random.choice(["", "Ada"])
    )


def suspend_or_restore(random: Random) -> None:
    execute("UPDATE users_user SET is_active = NOT is_active WHERE id = ANY(%s)", some(random, User))


def leave(random: Random) -> None:
    """Delete an account: its private works go with it, the public ones stay."""
    User.objects.filter(pk__in=some(random, User)[:1]).delete()


def truncate(_random: Random) -> None:
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute(f"TRUNCATE {WORKS} CASCADE")
    execute("SET CONSTRAINTS ALL DEFERRED")


def settle(_random: Random) -> None:
    counting.settle()


def compact(_random: Random) -> None:
    counting.compact()


def rebuild(_random: Random) -> None:
    counting.rebuild()


CHANGES: dict[Callable[[Random], None], int] = {
    make: 14,
    delete: 4,
    retag: 6,
    hand_over: 5,
    hide_or_show: 5,
    change_all: 5,
    remake: 6,
    read_again: 4,
    rename_model: 3,
    join: 4,
    rename: 3,
    suspend_or_restore: 3,
    leave: 3,
    truncate: 1,
    settle: 4,
    compact: 3,
    rebuild: 1,
}


@pytest.mark.parametrize("seed", range(12))
def test_after_any_writes_the_counts_are_those_of_the_works(
    db: None, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random = Random(seed)
    monkeypatch.setattr(counting, "FEW_DELTAS", random.choice([1, 5, 1_000]))
    monkeypatch.setattr(counting, "STEP_DELTAS", random.choice([1, 7, 20_000]))
    for change in random.choices(list(CHANGES), CHANGES.values(), k=OPERATIONS):
        change(random)
    counting.compact()
    assert dict(Tag.objects.values_list("name", "works")) == expected_tags()
    assert set(Creator.objects.values_list("id", "username", "name", "is_active", "works")) == expected_creators()
    assert set(UsedModel.objects.values_list("id", "kind", "name", "hash", "works")) == expected_models()
    assert counting.drift() == {"tags": 0, "creators": 0, "models": 0}
