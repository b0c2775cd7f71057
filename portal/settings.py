"""Settings of the portal; docs/settings.md describes each environment variable."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")


def misread(name, example):
    """Return what to raise for an address that cannot be read, without its password."""
    return ImproperlyConfigured(
        f"{name} has to be an address such as {example}, in the environment or in .env; "
        "special characters in a password are percent-encoded."
    )


# Core

SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
# A developer's machine: plain HTTP, static files straight from the source tree.
LOCAL = env.bool("LOCAL", default=False)
ALLOWED_HOSTS = [
    host.strip()
    for host in env.list(
        "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if LOCAL else []
    )
]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "portal",
    "countries",
    "clusters",
    "partnerships",
    "events",
    "portal.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_htmx",
    "django_prose_editor",
    "django_tables2",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "easy_thumbnails",
    "rest_framework",
    "simple_history",
]

MIDDLEWARE = [
    "portal.middleware.NotModifiedMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "portal.middleware.DefaultHeadersMiddleware",
    "portal.middleware.CrossOriginMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.ready_downloads.ReadyDownloadsMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "portal.middleware.DatabaseUnavailableMiddleware",
    "portal.middleware.OneVersionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    # Asks for the user only when a record is written.
    "simple_history.middleware.HistoryRequestMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.session_limits.SessionLimitsMiddleware",
    "portal.second_factor.SecondFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

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
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {"environment": "portal.rendering.environment"},
    },
]

# Where visitors report a mistake; shown on the page about the portal.
CONTACT_EMAIL = env.str("CONTACT_EMAIL", default="")

# How long the link to the preview of a draft is valid.
PREVIEW_DAYS = env.int("PREVIEW_DAYS", default=7)

# Of what the portal itself adds to the data; each source has a licence of its own.
DATA_LICENCE = env.str("DATA_LICENCE", default="CC BY 4.0")
DATA_LICENCE_URL = env.str(
    "DATA_LICENCE_URL", default="https://creativecommons.org/licenses/by/4.0/"
)

# Storage of data

try:
    database = env.db_url(
        "DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}"
    )
except ValueError:
    database = {}
if database.get("ENGINE", "").rpartition(".")[2] not in {"postgresql", "sqlite3"}:
    raise misread("DATABASE_URL", "postgres://portal:password@127.0.0.1:5432/portal")
DATABASES = {
    "default": {
        **database,
        "CONN_MAX_AGE": 600,
        # Where the content version is asked for first, that is the check.
        "CONN_HEALTH_CHECKS": True,
    }
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        # Take the write lock at the start, so that a busy database waits
        # for its turn and does not fail half-way.
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"].setdefault("OPTIONS", {})["connect_timeout"] = 2
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise misread("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # Whoever asks a Redis that hangs does without it, and soon.
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    }
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        # More clients than are counted in a minute.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # Parts of pages, each with the version of what it shows in its key. Most have a few
    # kilobytes, those with a table a hundred.
    "parts": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "parts",
        "OPTIONS": {"MAX_ENTRIES": 300},
    },
    "none": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}

MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / "media"))
MEDIA_URL = "media/"
FILE_UPLOAD_PERMISSIONS = 0o644
# Where collectstatic writes; a developer's machine serves the sources instead.
STATIC_ROOT = (
    None if LOCAL else env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
)
STATIC_URL = "static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = LOCAL
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Compressing the source maps of the API documentation takes minutes.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (
    *("jpg", "jpeg", "png", "gif", "webp", "zip", "gz", "tgz", "bz2", "tbz", "xz"),
    *("br", "woff", "woff2", "map"),
)

# Language and time

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", _("British English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Brussels"
# With one language, each text would be looked for in seven catalogues in vain.
USE_I18N = len(LANGUAGES) > 1
USE_TZ = True

# Sign-in

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
# One only: with a second, a name that is not known would take twice as long.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"

ACCOUNT_ADAPTER = "portal.accounts.AccountAdapter"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {"login": "portal.accounts.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# The portal counts in the database instead, see portal/attempts.py.
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]

REQUIRE_2FA = env.bool("REQUIRE_2FA", default=not LOCAL)
MFA_ADAPTER = "portal.second_factor.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "portal.second_factor.CodeForm",
    "reauthenticate": "portal.second_factor.ReauthenticationCodeForm",
    "activate_totp": "portal.second_factor.ActivationForm",
}
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Cluster Portal"
MFA_TOTP_TOLERANCE = 1

# Signed out after an hour without a request, and twelve hours after signing in.
SESSION_IDLE_SECONDS = 60 * 60
SESSION_COOKIE_AGE = 12 * 60 * 60
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Mail, for forgotten passwords

try:
    mail = env.email(
        "EMAIL_URL", default="consolemail://" if LOCAL else "smtp://localhost:25"
    )
except (ImproperlyConfigured, ValueError):
    raise misread(
        "EMAIL_URL", "smtp+tls://user:password@mail.example.org:587"
    ) from None
vars().update(mail)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="webmaster@localhost")

# Security

SECURE_SSL_REDIRECT = not LOCAL
# The container's own health check asks over plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_PROXY_SSL_HEADER = None if LOCAL else ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 0 if LOCAL else 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not LOCAL
SECURE_HSTS_PRELOAD = not LOCAL
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LOCAL
SESSION_COOKIE_NAME = "sessionid" if LOCAL else "__Host-sessionid"
CSRF_COOKIE_NAME = "csrftoken" if LOCAL else "__Host-csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.unsent_forms.csrf_failure"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF],
        "manifest-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
    }
}
PERMISSIONS_POLICY = {
    feature: []
    for feature in (
        *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope"),
        *("magnetometer", "microphone", "midi", "payment", "usb"),
    )
}

# How many proxies of ours a request comes through; each names whom it was asked by.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0 if LOCAL else 1)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

# Requests a minute from one address; 0 is no limit
RATE_LIMITS = {
    "api": env.int("API_RATE_LIMIT", default=60),
    # All data sets in each format, twice over.
    "data": env.int("DATA_RATE_LIMIT", default=120),
    "export": env.int("EXPORT_RATE_LIMIT", default=10),
    "search": env.int("SEARCH_RATE_LIMIT", default=120),
}

# Upload limits, in bytes

DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20

# Lists and the API

DJANGO_TABLES2_TEMPLATE = "components/table.html"

REST_FRAMEWORK = {
    # Without cookies; a key lets its client ask more often, and shows nothing more.
    "DEFAULT_AUTHENTICATION_CLASSES": ["portal.api_clients.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["portal.json_renderer.QuickJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "portal.resource_schema.ResourceSchema",
    "DEFAULT_THROTTLE_CLASSES": ["portal.api_clients.ClientThrottle"],
    "EXCEPTION_HANDLER": "portal.problems.problem_response",
    "UNAUTHENTICATED_USER": None,
    # The key "format" is a filter of events.
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Cluster Portal API",
    "DESCRIPTION": (
        "Countries, clusters, ESCA labels, ESCP-4i partnerships, events, "
        "achievements and news, read only. Not stated is null, never 0."
    ),
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "EventStateEnum": "events.models.Event.State",
        "LabelStateEnum": "clusters.esca.State",
        "PartnershipStateEnum": "partnerships.models.Partnership.State",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "portal.resource_schema.describe",
    ],
}

# Logs go to standard error, where the process manager collects them.

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # Django mails errors to administrators; a dead database or mail server
    # would then be asked again while the error is reported.
    "loggers": {"django": {"handlers": [], "level": "INFO", "propagate": True}},
}
