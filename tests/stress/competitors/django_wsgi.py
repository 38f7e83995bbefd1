"""The Django project of settings.py, for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.stress.competitors.settings"
application = get_wsgi_application()
