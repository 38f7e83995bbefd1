"""WSGI entry point; gunicorn serves it."""

from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from genonaut import postgres, web_process
from genonaut.http.media_types import SiteRequest

web_process.prepare()
application = get_wsgi_application()
application.request_class = SiteRequest
postgres.keep_up()
# By name: it reads models, which are there from now on.
import_string("genonaut.upkeep.keep_up")()
