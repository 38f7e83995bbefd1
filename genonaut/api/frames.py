"""What the browsable API shows where there is no view of its own to show it."""

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView


class NothingHere(APIView):
    """There is no such address in the API."""

    permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - of the route
        """Raise NotFound, whatever is asked."""
        super().initial(request, *args, **kwargs)
        raise NotFound("There is nothing at this address.")
