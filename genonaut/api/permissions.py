"""Who may change what."""

from django.db.models import Model
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


class OwnerOrStaffWrites(BasePermission):
    """Anyone who may see a row may read it; its owner and staff may change it. The view names `owner_field`."""

    def has_object_permission(self, request: Request, view: APIView, obj: Model) -> bool:
        """Return whether this request may touch this row."""
        if request.method in SAFE_METHODS or request.user.is_staff:
            return True
        owner = getattr(obj, view.owner_field)
        return owner is not None and owner == request.user.pk
