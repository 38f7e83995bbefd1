"""Scopes: disjoint parts of a table, whose union is what a viewer sees and whose union for staff is the table."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from content.models import ContentItem
from generation.models import GenerationJob
from interactions.models import Interaction
from recommendations.models import Recommendation
from tests.factories import (
    ContentItemFactory,
    GenerationJobFactory,
    InteractionFactory,
    RecommendationFactory,
    UserFactory,
)
from users.models import User

MODELS = (User, ContentItem, Interaction, Recommendation, GenerationJob)


def pks_by_scope(model: type[Model], viewer: object) -> list[int]:
    """Return the keys of each scope, one after the other."""
    return [
        pk for scope in model.objects.scopes(viewer) for pk in model.objects.filter(scope).values_list("pk", flat=True)
    ]


def test_scopes_are_disjoint_and_together_what_the_viewer_sees(db: None) -> None:
    alice, bob, stella = UserFactory(), UserFactory(is_active=False), UserFactory(is_staff=True)
    items = [ContentItemFactory(creator=user, is_private=private) for user in (alice, bob) for private in (True, False)]
    for user in (alice, bob):
        GenerationJobFactory(user=user)
        for item in items:
            InteractionFactory(user=user, content=item)
            RecommendationFactory(user=user, content=item)
    for model in MODELS:
        everything = set(model.objects.values_list("pk", flat=True))
        for viewer in (alice, stella, AnonymousUser()):
            parts = pks_by_scope(model, viewer)
            visible = set(model.objects.visible_to(viewer).values_list("pk", flat=True))
            assert (sorted(parts), model) == (sorted(visible), model)
            assert (visible == everything, model) == (viewer is stella, model)
    assert set(ContentItem.objects.visible_to(alice)) == {items[0], items[1], items[3]}
    assert not Interaction.objects.visible_to(AnonymousUser()).exists()
