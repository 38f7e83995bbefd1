"""The address of the picture that a person uploaded, as the API says it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from genonaut.http.addresses import below_root
from users.models import User
from users.preferences import PORTRAIT_WIDTHS, uploaded_picture


def uploaded_address(person: User, width: int) -> str | None:
    """Return the address of the picture that a person uploaded; None without one. No query."""
    version = uploaded_picture(person)
    return None if version is None else below_root(f"portraits/{person.pk}/{version}-{width}.webp")


@extend_schema_field({"type": ["string", "null"], "format": "uri"})
class PictureField(serializers.Field):
    """Where the picture is that a person uploaded; null without one."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(**{"source": "*", "read_only": True, **kwargs})

    def to_representation(self, value: User) -> str | None:
        """Return the address."""
        address = uploaded_address(value, PORTRAIT_WIDTHS[-1])
        return address and self.context["request"].build_absolute_uri(address)
