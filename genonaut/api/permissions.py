"""Who may change what."""

from typing import Protocol

from django.db.models import Model
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request


class OwnedRows(Protocol):
    """A view that knows whose its rows are."""

    def owner_of(self, row: Model) -> int | None:
        """Return the id of a row's owner; None if it has none."""


class OwnerOrStaffWrites(BasePermission):
    """Anyone who may see a row may read it; its owner and staff may change it.

    The view says whose a row is by its `owner_of`.
    """

    def has_object_permission(self, request: Request, view: OwnedRows, obj: Model) -> bool:
        """Return whether this request may touch this row."""
        if request.method in SAFE_METHODS or request.user.is_staff:
            return True
        owner = view.owner_of(obj)
        return owner is not None and owner == request.user.pk
