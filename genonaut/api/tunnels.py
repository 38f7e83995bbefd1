"""Forms of the browsable API without script: HTML forms only POST, so each says in fields of its own what it is for.

`_method` is the method that is meant; `_content` and `_content_type` are a whole body. Only what asks for HTML is
read so. The form's CSRF token becomes the header that other methods carry it in.
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.request import Request, is_form_media_type
from rest_framework.views import APIView

from genonaut.http.bodies import RefusedBodyError, check_kind
from genonaut.http.uploads import FileNotTakenError

METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class TakesForms(APIView):
    """A view that reads such forms as the requests that they mean."""

    # What was wrong with a form that was read before DRF was asked, which answers it.
    form_failure: Exception | None = None

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:  # noqa: ANN401 - of the route
        """Return DRF's request."""
        is_form = request.method == "POST" and is_form_media_type(request.META.get("CONTENT_TYPE", ""))
        if is_form and "text/html" in request.META.get("HTTP_ACCEPT", ""):
            try:
                unwrap(request)
            except FileNotTakenError as error:
                self.form_failure = ValidationError(error.errors)
            except MultiPartParserError as error:
                self.form_failure = ParseError(f"Multipart form parse error - {error}")
            except RefusedBodyError as error:
                self.form_failure = APIException(str(error))
                self.form_failure.status_code = error.status
            except SuspiciousOperation as error:
                self.form_failure = error
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - of the route
        """Check what DRF checks. Raises what was wrong with the form, or with a body that DELETE would pass over."""
        super().initial(request, *args, **kwargs)
        if self.form_failure is not None:
            raise self.form_failure
        if request.method == "DELETE":
            _ = request.data


def unwrap(request: HttpRequest) -> None:
    """Make a form the request that it means; one that says nothing of this is left alone.

    Raises RefusedBodyError for a body in a charset that is not taken.
    """
    form = request.POST
    method = form.get("_method", request.method)
    if method in METHODS and method != request.method:
        request.META[settings.CSRF_HEADER_NAME] = form.get("csrfmiddlewaretoken", "")
        request.method = method
    if "_content" in form:
        request.META[settings.CSRF_HEADER_NAME] = form.get("csrfmiddlewaretoken", "")
        request._body = form["_content"].encode(errors="surrogatepass")
        request.META["CONTENT_TYPE"] = form.get("_content_type", "")
        request.META["CONTENT_LENGTH"] = str(len(request._body))
        request._set_content_type_params(request.META)
        del request._post, request._files
        check_kind(request)
