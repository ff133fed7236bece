"""
Reading of environment variables for the settings; not for use after start-up.

Every reader takes the name of the variable and what holds when it is absent. A value that cannot
be read is an error that names the variable: a wrong setting must not look like a missing one.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

from guomen.core.errors import GuomenError

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"", "0", "false", "no", "off"})


class BadSettingError(GuomenError):
    """A variable of the environment has a value that cannot be read."""

    code: ClassVar[str] = "site.bad-setting"

    def __init__(self, variable: str, *, expected: str) -> None:
        """Name the variable and what it should hold, never its value: that may be a secret."""
        super().__init__(
            f"The variable {variable} cannot be read: set it to {expected}, or unset it.",
            variable=variable,
            expected=expected,
        )


def word(variable: str, *, default: str) -> str:
    """Return a text, or the default when the variable is absent or empty."""
    return os.environ.get(variable, "").strip() or default


def words(variable: str, *, default: str) -> list[str]:
    """Return the texts of a list separated by spaces or commas."""
    return word(variable, default=default).replace(",", " ").split()


def flag(variable: str, *, default: bool = False) -> bool:
    """
    Return yes or no.

    :raises BadSettingError: if the value is neither
    """
    value = os.environ.get(variable)
    if value is None:
        return default
    if value.strip().lower() in _YES:
        return True
    if value.strip().lower() in _NO:
        return False
    raise BadSettingError(variable, expected="1 or 0")


def whole_number(variable: str, *, default: int) -> int:
    """
    Return a whole number, zero or more.

    :raises BadSettingError: if the value is not one
    """
    value = word(variable, default=str(default))
    if not value.isdecimal():
        raise BadSettingError(variable, expected="a whole number, zero or more")
    return int(value)


def path_or_none(variable: str, *, default: Path | None) -> Path | None:
    """Return an absolute path, or the default when the variable is absent or empty."""
    value = os.environ.get(variable, "").strip()
    return Path(value).expanduser().absolute() if value else default


def path(variable: str, *, default: Path) -> Path:
    """Return an absolute path."""
    return path_or_none(variable, default=default) or default


def secret_key(*, directory: Path, make: bool) -> str:
    """
    Return the key that signs sessions: the variable, else the kept one, else a new one if allowed.

    The empty text means that there is none; Django refuses to sign with it.
    """
    if given := os.environ.get("GUOMEN_SECRET_KEY", "").strip():
        return given
    kept = directory / "secret-key"
    if not make:
        return ""
    directory.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return kept.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return kept.read_text(encoding="ascii")


def database(variable: str, *, default: Path) -> dict[str, Any]:
    """
    Return the database settings for an address, or for the embedded database when none is given.

    ``postgresql://user:password@host:port/name?sslmode=require`` names a PostgreSQL server,
    ``sqlite:///relative/path`` and ``sqlite:////absolute/path`` a file.

    :raises BadSettingError: if the address is of neither kind
    """
    url = os.environ.get(variable, "").strip()
    if not url:
        return _sqlite(default)
    parts = urlsplit(url)
    if parts.scheme in {"postgres", "postgresql"} and parts.path.strip("/"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.strip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            # A worker keeps its connection, and finds out when the server has gone.
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(parse_qsl(parts.query)),
        }
    if parts.scheme == "sqlite" and parts.path.strip("/"):
        return _sqlite(Path(unquote(parts.path.removeprefix("/"))).absolute())
    raise BadSettingError(variable, expected="postgresql://user:password@host:port/name")


def _sqlite(file: Path) -> dict[str, Any]:
    """Return the settings of an embedded database that survives a power cut and serves readers."""
    file.parent.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # A writer takes its place in the queue at once, and waits there for 20 s.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: a ledger may not lose its last commits on a power cut, as NORMAL may.
            "init_command": (
                "PRAGMA journal_mode=WAL;"
                "PRAGMA synchronous=FULL;"
                # On macOS a plain flush leaves data in the drive; elsewhere this changes nothing.
                "PRAGMA fullfsync=1;"
                "PRAGMA foreign_keys=ON;"
                "PRAGMA temp_store=MEMORY;"
                "PRAGMA cache_size=-65536;"
                "PRAGMA mmap_size=268435456;"
                "PRAGMA wal_autocheckpoint=4000;"
            ),
        },
        # A file, not memory: threads of the tests then meet the locks that users meet.
        "TEST": {"NAME": file.with_name(f"test-{file.name}")},
    }
