"""A Django project as `startproject` makes it, with DRF's defaults, on our models: what the others are measured in."""

from genonaut import settings as ours

AUTH_USER_MODEL = ours.AUTH_USER_MODEL
# Django's own engine, on connections that are kept.
OPTIONS = {name: value for name, value in ours.DATABASES["default"]["OPTIONS"].items() if name != "pool"}
ENGINE = {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": None, "OPTIONS": OPTIONS}
# Read by our app as it starts.
REPLICA_URLS = []
DATABASES = {"default": {**ours.DATABASES["default"], **ENGINE}}
DEFAULT_AUTO_FIELD = ours.DEFAULT_AUTO_FIELD
# Our models want our apps; without a request they cost nothing.
INSTALLED_APPS = [app for app in ours.INSTALLED_APPS if app != "django.contrib.admin"]
# What our apps read while they are imported.
WEB_THREADS = ours.WEB_THREADS
SECRET_KEY = ours.SECRET_KEY
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.stress.competitors.django_urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
