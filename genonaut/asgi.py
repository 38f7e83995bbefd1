"""ASGI entry point, for servers that prefer it."""

import os

from django.core.asgi import get_asgi_application
from django.utils.module_loading import import_string

from genonaut import postgres

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
# As genonaut/gunicorn.py has it: a page that takes longer is answered with 503.
os.environ.setdefault("STATEMENT_TIMEOUT_MS", "10000")
application = get_asgi_application()
postgres.keep_up()
# By name: it reads models, which are there from now on.
import_string("genonaut.upkeep.keep_up")()
