"""Settings, read from the environment; `.env` beside manage.py fills in what the environment leaves out."""

import os
import sys
from functools import partial
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from genonaut import environment, postgres
from genonaut.database.connections import options_with_limits
from genonaut.media_storage import storage_of
from genonaut.replicas.settings import START_SQL, replicas_of

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

if not environment.switch("IGNORE_DOTENV", False):
    environment.read_file(BASE_DIR / ".env")

DEBUG = environment.switch("DEBUG", False)
HTTPS = environment.switch("HTTPS", True)
ALLOWED_HOSTS = environment.names(
    "ALLOWED_HOSTS",
    ["localhost", "127.0.0.1", "[::1]"],
    pattern=r"\*|[^\s/:*]+|\[[0-9a-fA-F:.]+\]",
    such_as="names of hosts without a port, as in example.org",
)
ORIGINS = environment.names(
    "CSRF_TRUSTED_ORIGINS", pattern=r"https?://[^\s/]+/?", such_as="origins, as in https://example.org"
)
CSRF_TRUSTED_ORIGINS = [origin.rstrip("/") for origin in ORIGINS]
# Where the site begins, as in /gallery, if a proxy takes that off each path; else the web server says it (SCRIPT_NAME).
SUB_PATH = environment.text("FORCE_SCRIPT_NAME", "", pattern="(/[^/?#\\s]+)*/?", such_as="a path, as in /gallery")
FORCE_SCRIPT_NAME = SUB_PATH.rstrip("/") or None
SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY.strip():
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. `make run` writes one into .env; in production set it in the environment: "
        'python -c "import secrets; print(secrets.token_urlsafe(50))"'
    )

INSTALLED_APPS = [
    "django.contrib.admin",
    "users",  # before auth: its `createsuperuser` takes precedence
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
    "procrastinate.contrib.django",
    "genonaut.ranking",
    "genonaut.pagination",
    "media",
    "catalog",
    "content",
    "libraries",
    "uploads",
    "interactions",
    "culling",
    "albums",
    "recommendations",
    "generation",
    "moderation",
    "notices",
    "exports",
    "people",
]

MIDDLEWARE = [
    "genonaut.monitoring.middleware.WatchRequests",
    "genonaut.monitoring.probes.AnswerProbes",
    "genonaut.http.middleware.HeadsWithoutBody",
    "genonaut.http.redirects.KeepMethods",
    "genonaut.http.caching.CachingRules",
    "genonaut.database.time_limit.LimitStatements",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "genonaut.http.middleware.ContentSecurityPolicy",
    "genonaut.http.middleware.CookiesBelowRoot",
    "genonaut.http.bodies.WholeBodies",
    "genonaut.http.read_only.RefuseChanges",
    "genonaut.database.retries.RetryReads",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "genonaut.http.redirects.AppendSlashes",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "users.sessions.NoteSessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "genonaut.http.middleware.NotAllowedPages",
    "genonaut.http.middleware.ReadableQuery",
    "genonaut.http.prefetching.LimitPrefetches",
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
    # Lists of works, which are compiled: docs/decisions/0018. Plain markup is included from the folder above.
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "jinja", BASE_DIR / "templates"],
        "OPTIONS": {"environment": "content.jinja.environment"},
    },
]

# --- Database: PostgreSQL everywhere; our own server where none is named.
DATABASE_URL = environment.database_url("DATABASE_URL") or postgres.database_url(VAR_DIR / "postgres")
# The same database with no connection pooler in between, for commands: some need a session of their own, or hours.
DATABASE_DIRECT_URL = environment.database_url("DATABASE_DIRECT_URL") or DATABASE_URL
# Set by genonaut/web_process.py.
SERVES_WEB = environment.switch("SERVES_WEB", False)
IS_DIRECT = DATABASE_DIRECT_URL != DATABASE_URL and not SERVES_WEB
DATABASES = {
    "default": environment.database("DATABASE_DIRECT_URL", DATABASE_DIRECT_URL)
    if IS_DIRECT
    else environment.database("DATABASE_URL", DATABASE_URL)
}
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
# three builds of anchors and a compaction of each of ten models may be under way, which must not keep requests
# waiting.
WEB_THREADS = environment.whole_number("WEB_THREADS", 8, least=1)
POOL_SIZE = WEB_THREADS + 13
DATABASES["default"]["OPTIONS"]["pool"] = {
    "max_size": environment.whole_number("DATABASE_POOL_SIZE", POOL_SIZE, least=1),
    "timeout": 10,
    # For so long after the server went away requests wait for it, or for the one that takes its place.
    "patience": environment.whole_number("DATABASE_WAIT_SECONDS", 2 if SERVES_WEB else 0, most=30),
}
# A page's statement takes longer to plan than to run: each connection keeps the plans of those that it ran so many
# times. None: only if no connection pooler stands between; True: also in a pooler that is seen to keep them (PgBouncer
# 1.21, max_prepared_statements).
DATABASE_KEEPS_PLANS = environment.switch("DATABASE_KEEPS_PLANS", None)
if DATABASE_KEEPS_PLANS is not False:
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 3
# The site's processes set this (genonaut/web_process.py); commands that load or index millions of rows have no limit.
STATEMENT_TIMEOUT_MS = environment.whole_number("STATEMENT_TIMEOUT_MS", 0)
OPTIONS_OF_URL = DATABASES["default"]["OPTIONS"].get("options", "")
DATABASES["default"]["OPTIONS"]["options"] = options_with_limits(STATEMENT_TIMEOUT_MS, OPTIONS_OF_URL)
# Read-only copies of the database, by streaming replication (docs/replicas.md); addresses with spaces between.
REPLICA_URLS = environment.value("REPLICA_URLS").split()
# A replica that is further behind is not read.
REPLICA_LAG_SECONDS = environment.whole_number("REPLICA_LAG_SECONDS", 10, least=2, most=3_600)
DATABASES.update(replicas_of(REPLICA_URLS, DATABASES["default"]))
if REPLICA_URLS:
    RANK_SERVER_START = START_SQL
    MIDDLEWARE.insert(
        MIDDLEWARE.index("django.contrib.sessions.middleware.SessionMiddleware"),
        "genonaut.replicas.middleware.ReadReplicas",
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache: the memory of each process.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- Switches (genonaut/flags.py)
WAFFLE_SWITCH_DEFAULT = True
# Its pages of flags and samples, which nothing here reads, would only mislead; genonaut/admin.py has the switches.
WAFFLE_ENABLE_ADMIN_PAGES = False

# --- Pages read ahead: so many at a time in each worker; the others are for readers who wait.
PREFETCHES_AT_ONCE = environment.whole_number("PREFETCHES_AT_ONCE", max(1, WEB_THREADS // 4))

# --- Generation: jobs of an account that wait or run at a time.
GENERATION_OPEN_JOBS = environment.whole_number("GENERATION_OPEN_JOBS", 1_000, least=1, most=1_000_000)
# Streams of events about jobs: so many at a time in each process, each for so long. Each takes a thread.
EVENT_STREAMS = environment.whole_number("EVENT_STREAMS", max(1, WEB_THREADS // 4))
EVENT_SECONDS = environment.whole_number("EVENT_SECONDS", 25, least=1, most=600)
# What a worker process performs at a time; at 0 `make run` starts none.
GENERATION_WORKERS = environment.whole_number("GENERATION_WORKERS", 1, most=64)
# Read by workers, and by processes that defer a task (procrastinate.contrib.django).
PROCRASTINATE_IMPORT_PATHS = [
    f"{package}.worker_tasks"
    for package in (
        *("genonaut", "users", "content", "libraries", "interactions", "generation"),
        *("recommendations", "culling", "exports"),
    )
]

# --- Exports: works and bytes in one, and how long its zips are kept.
EXPORT_WORKS = environment.whole_number("EXPORT_WORKS", 20_000, least=1, most=10_000_000)
EXPORT_BYTES = environment.whole_number("EXPORT_BYTES", 100_000_000_000, least=1, most=9_999_999_999_999)
EXPORT_HOURS = environment.whole_number("EXPORT_HOURS", 168, least=1, most=8_760)

# --- Accounts
AUTH_USER_MODEL = "users.User"
TOKEN_DAYS = environment.whole_number("TOKEN_DAYS", 90, least=1, most=36_500)
# The highest level of works that lists show without signing in (users/levels.py).
ANONYMOUS_LEVEL = environment.text(
    "ANONYMOUS_LEVEL", "general", pattern="general|sensitive|explicit", such_as="general, sensitive or explicit"
)
# Whether visitors may make accounts for themselves; else staff make them in the admin.
SIGN_UP = environment.text("SIGN_UP", "open", pattern="open|closed", such_as="open or closed") == "open"
# Letters go by this server; without one they are written to the log, and pages say that none can be sent.
EMAIL_URL = environment.value("EMAIL_URL")
SENDS_MAIL = bool(EMAIL_URL)
try:
    globals().update(environ.Env.email_url_config(EMAIL_URL or "consolemail://"))
except (ImproperlyConfigured, KeyError, ValueError) as error:  # not repeated, since it may hold a password
    raise ImproperlyConfigured("EMAIL_URL must be a mail server, as in smtp+tls://user:password@host:587.") from error
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = environment.value("DEFAULT_FROM_EMAIL", "Genonaut <genonaut@localhost>")
# What a new account's e-mail address needs: nothing; a link in a letter before it is the account's; or that link
# before the account can be used.
EMAIL_VERIFICATION = environment.text(
    "ACCOUNT_EMAIL_VERIFICATION",
    "none",
    pattern="none|optional|mandatory",
    such_as="none, optional or mandatory",
)
if EMAIL_VERIFICATION != "none" and not SENDS_MAIL:
    raise ImproperlyConfigured("ACCOUNT_EMAIL_VERIFICATION must be none unless EMAIL_URL names a mail server.")
# A link that sets a new password.
PASSWORD_RESET_TIMEOUT = 24 * 3600
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

# --- Monitoring (docs/monitoring.md)
# Whether a proxy in front gives each request its X-Request-ID, and passes on none of a client's.
TRUST_X_REQUEST_ID = environment.switch("TRUST_X_REQUEST_ID", False)
# /metrics is answered to those who send this token, and on a port of this machine alone; without either to no one.
METRICS_TOKEN = environment.secret(
    "METRICS_TOKEN", pattern="[A-Za-z0-9._~+/=-]{16,200}", such_as="16 to 200 letters, digits or . _ ~ + / = -"
)
METRICS_PORT = environment.whole_number("METRICS_PORT", 0, most=65_535)
# Statements of requests that take longer are logged with their plans; 0: none is.
SLOW_STATEMENT_MS = environment.whole_number("SLOW_STATEMENT_MS", 1_000)
# Whether the gallery's script says how often its cache of pages had what was asked for.
CLIENT_COUNTS = environment.switch("CLIENT_COUNTS", True)

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
    # Uploads and works that are made here: MEDIA_ROOT, or a bucket.
    "default": storage_of(environment.value("MEDIA_STORAGE")),
    "staticfiles": {"BACKEND": f"genonaut.assets.storage.{'Development' if DEBUG else 'StaticFiles'}Storage"},
}
# Drawings of synthetic works: what is deleted here is drawn again. So many bytes are kept; 0 keeps none.
DRAWINGS_DIR = VAR_DIR / "drawings"
DRAWINGS_BYTES = environment.whole_number("DRAWINGS_BYTES", 256 * 1024**2)
# Thumbnails of files, by content hash: what is deleted here is made again when it is asked for.
THUMBNAILS_DIR = environment.folder("THUMBNAILS_DIR", VAR_DIR / "thumbnails")
# Files of the demo, which is a library: how many `make run` writes into an empty database; 0 writes none.
DEMO_DIR = VAR_DIR / "demo"
DEMO_FILES = environment.whole_number("DEMO_FILES", 120, most=128)
# Synthetic works beside them, which belong to no file.
DEMO_ROWS = environment.whole_number("DEMO_ROWS", 5_000 if DEMO_FILES else 0, most=10_000_000)
# Uploads and works that are made here, by content hash.
MEDIA_ROOT = environment.folder("MEDIA_DIR", VAR_DIR / "media")
# Where nginx shows this machine's files to itself alone: it then sends them (docs/operating.md). Empty: the site does.
FILES_ACCEL = environment.text("FILES_ACCEL", "", pattern="(/[^?#\\s]+)?", such_as="a path, as in /originals").rstrip(
    "/"
)
# Forms keep no files, but for the addresses in genonaut/http/large_bodies.py.
FILE_UPLOAD_HANDLERS = ["genonaut.http.uploads.RefuseFiles"]
# Files on their way, which all processes of the site must see: forms as they are read, uploads that may be resumed.
UPLOADS_DIR = environment.folder("UPLOADS_DIR", VAR_DIR / "uploads")
# The largest file, and all files of one form.
MAX_UPLOAD_BYTES = environment.whole_number("MAX_UPLOAD_BYTES", 2_147_483_648, least=1, most=9_999_999_999)
DATA_UPLOAD_MAX_NUMBER_FILES = 1_000
# A form of 1,000 ticked works (culling, the trash, albums) and what else it says; Django's default is 1,000 in all.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_100
# What a zip may hold: entries, and bytes once they are unpacked.
MAX_ZIP_ENTRIES = environment.whole_number("MAX_ZIP_ENTRIES", 10_000, least=1, most=100_000)
MAX_ZIP_BYTES = environment.whole_number("MAX_ZIP_BYTES", 8_589_934_592, least=1, most=9_999_999_999_999)
# An upload that is not resumed is forgotten after so many hours.
UPLOAD_HOURS = environment.whole_number("UPLOAD_HOURS", 24, least=1, most=8_760)
# What the stored files of one account may take together; 0: no limit.
UPLOAD_QUOTA_BYTES = environment.whole_number("UPLOAD_QUOTA_BYTES", 0, most=9_999_999_999_999)

# Bits of 64 in which the hashes of two pictures differ at most that the page of duplicates shows as one.
DUPLICATE_DISTANCE = environment.whole_number("DUPLICATE_DISTANCE", 3, most=7)

# Works stay in the trash of their owner for so many days.
TRASH_DAYS = environment.whole_number("TRASH_DAYS", 30, least=1, most=3_650)

# ComfyUI servers that make pictures (docs/create.md); none: the built-in renderer alone.
COMFYUI_URLS = environment.addresses("COMFYUI_URLS")

# The largest body of a request; the web server refuses it before Django is asked.
DATA_UPLOAD_MAX_MEMORY_SIZE = environment.whole_number("MAX_BODY_BYTES", 2_621_440, least=1)

# --- Security: the defaults are those of a public site behind HTTPS; `HTTPS=off` is for a laptop.
SECURE_SSL_REDIRECT = HTTPS
SESSION_ENGINE = "genonaut.http.sessions"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "genonaut.http.error_pages.csrf_failure"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
if environment.switch("TRUST_X_FORWARDED_PROTO", False):
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
rate = partial(environment.text, pattern="[0-9]+/[smhd][a-z]*", such_as="a number and a unit of time, as in 60/hour")
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
        "registration": rate("THROTTLE_REGISTRATION", "20/hour"),
        "token": rate("THROTTLE_TOKEN", "60/hour"),
        "account_network": rate("THROTTLE_ACCOUNT_NETWORK", "20/hour"),
        "account": rate("THROTTLE_ACCOUNT", "100/hour"),
        "export": rate("THROTTLE_EXPORT", "10/day"),
        "letter": rate("THROTTLE_LETTER", "5/hour"),
        "letter_network": rate("THROTTLE_LETTER_NETWORK", "30/hour"),
    },
    # X-Forwarded-For counts only as far as our own proxies wrote it; else any client may choose where it comes from.
    "NUM_PROXIES": environment.whole_number("NUM_PROXIES", 0),
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
    "ENUM_NAME_OVERRIDES": {
        "ContentTypeEnum": "content.models.ContentType.choices",
        "ModelKindEnum": "media.models.ModelKind.choices",
        "LevelEnum": "users.levels.NAMED_LEVELS",
        "KindEnum": "interactions.models.Kind.choices",
    },
}

LOG_LEVEL = environment.text(
    "LOG_LEVEL", "INFO", pattern="DEBUG|INFO|WARNING|ERROR|CRITICAL", such_as="DEBUG, INFO, WARNING, ERROR or CRITICAL"
)
LOG_FORMAT = environment.text("LOG_FORMAT", "plain", pattern="plain|json", such_as="plain or json")
# A line for each request that was answered.
LOG_REQUESTS = environment.switch("LOG_REQUESTS", LOG_FORMAT == "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "genonaut.monitoring.log_formats.RequestContext"}},
    "formatters": {
        "plain": {
            "()": "genonaut.monitoring.log_formats.PlainFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
        "json": {"()": "genonaut.monitoring.log_formats.JSONFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["request"]}},
    # The first warns of each request that waits for a thread, the second tells of each change that it notices, the
    # others of each request to ComfyUI and each connection that breaks.
    "loggers": {
        "waitress.queue": {"level": "ERROR"},
        "watchfiles": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "websockets": {"level": "CRITICAL"},
        # It tells of each task twice, with its arguments; generation/failed_tasks.py says why one failed.
        "procrastinate": {"level": "CRITICAL"},
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}

# --- `make dev`: the debug toolbar joins when its package is there.
if DEBUG and "pytest" not in sys.modules:
    INSTALLED_APPS.append("debug_toolbar")
    MIDDLEWARE.insert(
        MIDDLEWARE.index("django.contrib.sessions.middleware.SessionMiddleware"),
        "debug_toolbar.middleware.DebugToolbarMiddleware",
    )
    INTERNAL_IPS = ["127.0.0.1"]
