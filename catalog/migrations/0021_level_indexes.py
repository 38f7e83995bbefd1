"""Indexes of the counts up to each level, in place of those that knew no level."""

from django.db import migrations, models

from genonaut.database.online_migrations import AddIndexOnline, RemoveIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("catalog", "0020_levels")]

    operations = [
        AddIndexOnline(
            model_name="creator",
            index=models.Index(
                models.F("works_general"),
                models.F("id"),
                include=("is_active", "level"),
                name="creator_all_works_general",
            ),
        ),
        AddIndexOnline(
            model_name="creator",
            index=models.Index(
                models.F("works_sensitive"),
                models.F("id"),
                include=("is_active", "level"),
                name="creator_all_works_sensitive",
            ),
        ),
        AddIndexOnline(
            model_name="creator",
            index=models.Index(
                models.F("works"), models.F("id"), include=("is_active", "level"), name="creator_all_works"
            ),
        ),
        AddIndexOnline(
            model_name="creator",
            index=models.Index(
                models.F("username"), models.F("id"), include=("is_active", "level"), name="creator_all_username"
            ),
        ),
        AddIndexOnline(
            model_name="creator",
            index=models.Index(
                models.F("level"),
                models.F("works_general"),
                models.F("id"),
                condition=models.Q(("is_active", True)),
                name="creator_level_works_general",
            ),
        ),
        AddIndexOnline(
            model_name="creator",
            index=models.Index(
                models.F("level"),
                models.F("works_sensitive"),
                models.F("id"),
                condition=models.Q(("is_active", True)),
                name="creator_level_works_sensitive",
            ),
        ),
        AddIndexOnline(
            model_name="creator",
            index=models.Index(
                models.F("level"),
                models.F("username"),
                models.F("id"),
                condition=models.Q(("is_active", True)),
                name="creator_level_username",
            ),
        ),
        AddIndexOnline(
            model_name="tag",
            index=models.Index(
                models.F("works_general"), models.F("id"), include=("level",), name="tag_all_works_general"
            ),
        ),
        AddIndexOnline(
            model_name="tag",
            index=models.Index(
                models.F("works_sensitive"), models.F("id"), include=("level",), name="tag_all_works_sensitive"
            ),
        ),
        AddIndexOnline(
            model_name="tag",
            index=models.Index(models.F("works"), models.F("id"), include=("level",), name="tag_all_works"),
        ),
        AddIndexOnline(
            model_name="tag",
            index=models.Index(models.F("name"), models.F("id"), include=("level",), name="tag_all_name"),
        ),
        AddIndexOnline(
            model_name="tag",
            index=models.Index(
                models.F("level"), models.F("works_general"), models.F("id"), name="tag_level_works_general"
            ),
        ),
        AddIndexOnline(
            model_name="tag",
            index=models.Index(
                models.F("level"), models.F("works_sensitive"), models.F("id"), name="tag_level_works_sensitive"
            ),
        ),
        AddIndexOnline(
            model_name="tag",
            index=models.Index(models.F("level"), models.F("name"), models.F("id"), name="tag_level_name"),
        ),
        AddIndexOnline(
            model_name="usedmodel",
            index=models.Index(
                models.F("works_general"), models.F("id"), include=("kind", "level"), name="model_all_works_general"
            ),
        ),
        AddIndexOnline(
            model_name="usedmodel",
            index=models.Index(
                models.F("works_sensitive"), models.F("id"), include=("kind", "level"), name="model_all_works_sensitive"
            ),
        ),
        AddIndexOnline(
            model_name="usedmodel",
            index=models.Index(models.F("works"), models.F("id"), include=("kind", "level"), name="model_all_works"),
        ),
        AddIndexOnline(
            model_name="usedmodel",
            index=models.Index(models.F("name"), models.F("id"), include=("kind", "level"), name="model_all_name"),
        ),
        AddIndexOnline(
            model_name="usedmodel",
            index=models.Index(
                models.F("level"),
                models.F("kind"),
                models.F("works_general"),
                models.F("id"),
                name="model_level_works_general",
            ),
        ),
        AddIndexOnline(
            model_name="usedmodel",
            index=models.Index(
                models.F("level"),
                models.F("kind"),
                models.F("works_sensitive"),
                models.F("id"),
                name="model_level_works_sensitive",
            ),
        ),
        AddIndexOnline(
            model_name="usedmodel",
            index=models.Index(
                models.F("level"), models.F("kind"), models.F("name"), models.F("id"), name="model_level_name"
            ),
        ),
        RemoveIndexOnline(
            model_name="creator",
            name="creator_works",
        ),
        RemoveIndexOnline(
            model_name="creator",
            name="creator_username",
        ),
        RemoveIndexOnline(
            model_name="tag",
            name="tag_works",
        ),
        RemoveIndexOnline(
            model_name="tag",
            name="tag_name",
        ),
        RemoveIndexOnline(
            model_name="usedmodel",
            name="model_works",
        ),
        RemoveIndexOnline(
            model_name="usedmodel",
            name="model_name",
        ),
    ]
