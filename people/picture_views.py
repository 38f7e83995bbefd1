"""The picture of an account: its forms, and where it is seen."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from genonaut.http.redirects import SeeOther, to_sign_in
from media.making import BusyError
from people.pictures import BUSY, RefusedPictureError, end_picture, picture_bytes, sent_file, set_picture

# What is behind an address never changes, but may go.
A_DAY = "public, max-age=86400"


@require_POST
def upload_picture(request: HttpRequest) -> HttpResponse:
    """Make the file of a form one's own picture."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("users:account"))
    try:
        set_picture(request.user, sent_file(request))
        messages.success(request, "It is your picture now.")
    except RefusedPictureError as error:
        messages.error(request, str(error))
    except BusyError:
        messages.error(request, BUSY)
    return SeeOther(reverse("users:account"))


@require_POST
def drop_picture(request: HttpRequest) -> HttpResponse:
    """Have one's own picture drawn again."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("users:account"))
    end_picture(request.user)
    messages.success(request, "Your picture is drawn again.")
    return SeeOther(reverse("users:account"))


@require_safe
def picture(_request: HttpRequest, pk: str, version: str, width: str) -> HttpResponse:
    """Send the picture that a person uploaded, to all. One query."""
    image = picture_bytes(int(pk), version, int(width))
    if image is None:
        return HttpResponse("There is no such picture.", status=404, content_type="text/plain")
    headers = {"Cache-Control": A_DAY, "X-Content-Type-Options": "nosniff", "Content-Length": str(len(image))}
    return HttpResponse(image, content_type="image/webp", headers=headers)
