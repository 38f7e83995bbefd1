"""WSGI entry point; gunicorn serves it."""

import os

from django.core.wsgi import get_wsgi_application

from genonaut import postgres

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
application = get_wsgi_application()
postgres.keep_up()
