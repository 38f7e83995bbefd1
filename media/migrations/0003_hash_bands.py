"""The indexes of pictures that look alike, a band of the perceptual hash each, and of works of one prompt."""

from django.contrib.postgres.indexes import HashIndex
from django.db import migrations
from django.db.models import F, Index, Q

from genonaut.database.online_migrations import AddIndexOnline


def band(number: int, shift: int) -> Index:
    """Return the index of a band."""
    return Index(
        F("perceptual_hash").bitrightshift(shift).bitand(65535),
        condition=Q(perceptual_hash__isnull=False),
        include=["id", "perceptual_hash"],
        name=f"media_file_hash_band_{number}",
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("media", "0002_words")]

    operations = [
        *(AddIndexOnline("mediafile", band(number, shift)) for number, shift in enumerate((48, 32, 16, 0))),
        AddIndexOnline(
            "generationdata", HashIndex(fields=["prompt"], condition=~Q(prompt=""), name="generation_data_prompt")
        ),
    ]
