"""Settings, read from the environment; `.env` beside manage.py fills in what the environment leaves out."""

import os
import sys
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from genonaut import postgres
from genonaut.database.connections import options_with_limits

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
DOTENV = BASE_DIR / ".env"
if not env.bool("IGNORE_DOTENV", default=False):
    if DOTENV.exists() and not os.access(DOTENV, os.R_OK):  # read_env would pass over it
        raise ImproperlyConfigured(f"{DOTENV} cannot be read by this account; IGNORE_DOTENV=on does without it.")
    env.read_env(DOTENV)

DEBUG = env.bool("DEBUG", default=False)
HTTPS = env.bool("HTTPS", default=True)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Where the site begins, as in /gallery, if a proxy takes that off each path; else the web server says it (SCRIPT_NAME).
FORCE_SCRIPT_NAME = env.str("FORCE_SCRIPT_NAME", default="").rstrip("/") or None
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. `make run` writes one into .env; in production set it in the environment: "
        'python -c "import secrets; print(secrets.token_urlsafe(50))"'
    )

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "rest_framework.authtoken",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "genonaut",  # before waffle: its `waffle_switch` command takes precedence
    "waffle",
    "django_htmx",
    "pgtrigger",
    "genonaut.ranking",
    "genonaut.pagination",
    "users",
    "content",
    "interactions",
    "recommendations",
    "generation",
]

MIDDLEWARE = [
    "genonaut.middleware.HeadsWithoutBody",
    "genonaut.redirects.KeepMethods",
    "genonaut.caching.CachingRules",
    "genonaut.database.time_limit.LimitStatements",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "genonaut.middleware.ContentSecurityPolicy",
    "genonaut.middleware.CookiesBelowRoot",
    "genonaut.bodies.WholeBodies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "genonaut.redirects.AppendSlashes",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "genonaut.middleware.ReadableQuery",
    "genonaut.prefetching.LimitPrefetches",
]

ROOT_URLCONF = "genonaut.urls"
WSGI_APPLICATION = "genonaut.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database: PostgreSQL everywhere; our own server where none is named.
DATABASE_URL = env.str("DATABASE_URL", default="") or postgres.database_url(VAR_DIR / "postgres")
# The same database with no connection pooler in between, for commands: some need a session of their own, or hours.
DATABASE_DIRECT_URL = env.str("DATABASE_DIRECT_URL", default="") or DATABASE_URL
# Set by genonaut/web_process.py.
SERVES_WEB = env.bool("SERVES_WEB", default=False)
DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL if SERVES_WEB else DATABASE_DIRECT_URL)}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured(
        "DATABASE_URL and DATABASE_DIRECT_URL must name a PostgreSQL server, as in postgresql://user:password@host/name"
    )
DATABASES["default"]["ENGINE"] = "genonaut.database"
DATABASES["default"].setdefault("OPTIONS", {})
# A server that cannot be reached, or a network that drops packets, is noticed within seconds; commands have patience.
DATABASE_CONNECT_SECONDS = 2 if SERVES_WEB else 20
for name, seconds in (
    ("connect_timeout", DATABASE_CONNECT_SECONDS),
    ("keepalives_idle", 5),
    ("keepalives_interval", 2),
    ("keepalives_count", 3),
):
    DATABASES["default"]["OPTIONS"].setdefault(name, seconds)
DATABASES["default"]["OPTIONS"].setdefault("tcp_user_timeout", 10_000)
# Each thread of a worker holds one connection for as long as its request lasts (8, genonaut/gunicorn.py); beside them
# two passes over long lists and a fold of each of five models may be under way, which must not keep requests waiting.
POOL_SIZE = env.int("WEB_THREADS", default=8) + 8
DATABASES["default"]["OPTIONS"]["pool"] = {
    "max_size": env.int("DATABASE_POOL_SIZE", default=POOL_SIZE),
    "timeout": 10,
}
# A page's statement takes longer to plan than to run: each connection keeps the plans of those that it ran so many
# times. None: only if no connection pooler stands between; True: also in a pooler that is seen to keep them (PgBouncer
# 1.21, max_prepared_statements).
DATABASE_KEEPS_PLANS = env.bool("DATABASE_KEEPS_PLANS", default=None)
if DATABASE_KEEPS_PLANS is not False:
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 3
# The site's processes set this (genonaut/web_process.py); commands that load or index millions of rows have no limit.
STATEMENT_TIMEOUT_MS = env.int("STATEMENT_TIMEOUT_MS", default=0)
OPTIONS_OF_URL = DATABASES["default"]["OPTIONS"].get("options", "")
DATABASES["default"]["OPTIONS"]["options"] = options_with_limits(STATEMENT_TIMEOUT_MS, OPTIONS_OF_URL)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache: the memory of each process.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- Switches (genonaut/flags.py)
WAFFLE_SWITCH_DEFAULT = True
# Its pages of flags and samples, which nothing here reads, would only mislead; genonaut/admin.py has the switches.
WAFFLE_ENABLE_ADMIN_PAGES = False

# --- Pages read ahead: so many at a time in each worker; the others are for readers who wait.
PREFETCHES_AT_ONCE = env.int("PREFETCHES_AT_ONCE", default=max(1, env.int("WEB_THREADS", default=8) // 4))

# --- Accounts
AUTH_USER_MODEL = "users.User"
TOKEN_DAYS = env.int("TOKEN_DAYS", default=90)
LOGIN_URL = "users:login"
LOGIN_REDIRECT_URL = "content:gallery"
LOGOUT_REDIRECT_URL = "content:gallery"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "users.accounts.TokensEndWithPassword"},
]

# --- Language and time: UTC everywhere.
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

# --- Static files and pictures
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "genonaut.storage.DevelopmentStorage" if DEBUG else "genonaut.storage.StaticFilesStorage"
    },
}
PICTURES_DIR = VAR_DIR / "pictures"
# No form keeps files.
FILE_UPLOAD_HANDLERS = ["genonaut.uploads.RefuseFiles"]

# The largest body of a request; the web server refuses it before Django is asked.
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("MAX_BODY_BYTES", default=2_621_440)

# --- Security: the defaults are those of a public site behind HTTPS; `HTTPS=off` is for a laptop.
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "genonaut.error_pages.csrf_failure"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if env.bool("TRUST_X_FORWARDED_PROTO", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}

# --- API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # The token comes first: its 401 names the scheme, so that clients learn how to authenticate.
        "genonaut.api.authentication.EndingTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "genonaut.api.renderers.BrowsableRenderer",
    ],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "genonaut.api.negotiation.QualityNegotiation",
    "DEFAULT_PARSER_CLASSES": [
        "genonaut.api.parsers.StrictJSONParser",
        "rest_framework.parsers.FormParser",
        "genonaut.api.parsers.FieldsParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "genonaut.api.schema.ListingSchema",
    "EXCEPTION_HANDLER": "genonaut.api.errors.problem_response",
    "DEFAULT_THROTTLE_RATES": {
        "registration": env.str("THROTTLE_REGISTRATION", default="20/hour"),
        "token": env.str("THROTTLE_TOKEN", default="60/hour"),
        "account_network": env.str("THROTTLE_ACCOUNT_NETWORK", default="20/hour"),
        "account": env.str("THROTTLE_ACCOUNT", default="100/hour"),
    },
    # X-Forwarded-For counts only as far as our own proxies wrote it; else anybody may choose where they come from.
    "NUM_PROXIES": env.int("NUM_PROXIES", default=0),
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Genonaut API",
    "DESCRIPTION": "Browse, search and rate generative-AI content. Every list shares one contract: see docs/api.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "DEFAULT_GENERATOR_CLASS": "genonaut.api.servers.SchemaGenerator",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    # One media type a body, and the same schema for all: genonaut/api/schema.py.
    "PARSER_WHITELIST": ["genonaut.api.parsers.StrictJSONParser"],
    "GET_MOCK_REQUEST": "genonaut.api.schema.request_of_staff",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "genonaut.api.schema.add_components",
    ],
    "ENUM_NAME_OVERRIDES": {"ContentTypeEnum": "content.models.ContentType.choices"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "genonaut.database.outages.OneLineFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    # It warns of each request that waits for a thread.
    "loggers": {"waitress.queue": {"level": "ERROR"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}

# --- `make dev`: the debug toolbar joins when its package is there.
if DEBUG and "pytest" not in sys.modules:
    INSTALLED_APPS.append("debug_toolbar")
    MIDDLEWARE.insert(
        MIDDLEWARE.index("django.contrib.sessions.middleware.SessionMiddleware"),
        "debug_toolbar.middleware.DebugToolbarMiddleware",
    )
    INTERNAL_IPS = ["127.0.0.1"]
