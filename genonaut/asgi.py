"""ASGI entry point, for servers that prefer it."""

from django.core.asgi import get_asgi_application
from django.utils.module_loading import import_string

from genonaut import postgres, web_process
from genonaut.http.media_types import SiteASGIRequest

web_process.prepare()
application = get_asgi_application()
application.request_class = SiteASGIRequest
postgres.keep_up()
# By name: it reads models, which are there from now on.
import_string("genonaut.upkeep.keep_up")()
