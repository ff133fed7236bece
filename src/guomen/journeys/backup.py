"""
A backup that proves itself: the whole database, the anchors and public keys, never a secret.

It holds no share of a draw key and no signing key: those lie with their custodians. A restore goes
into an empty place only, and then verifies the ledger against the anchors and derives every ruling
again.
"""

from __future__ import annotations

import hashlib
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from guomen.core import canonical
from guomen.core.errors import GuomenError
from guomen.journeys.replay import Replayed, replay
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.ledger import signing, statements, verification

FORMAT = "guomen-backup-1"
_MANIFEST = "manifest.json"
_ANCHORS = "anchors.jsonl"
_SQLITE = "database.sqlite3"
_BLOCK = 1 << 20


class BadBackupError(GuomenError):
    """A file is not a whole backup, or not one for this kind of database."""

    code: ClassVar[str] = "backup.bad-backup"


class PlaceNotEmptyError(GuomenError):
    """A restore was asked for over a database that holds something."""

    code: ClassVar[str] = "backup.place-not-empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """What a backup holds."""

    entries: int
    chain: str
    anchors: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was restored, and what its own proof says."""

    entries: int
    ledger: verification.Report
    replayed: Replayed

    @property
    def holds(self) -> bool:
        """Tell whether the ledger verifies, is as long as it was, and every ruling came out."""
        return self.ledger.holds and self.replayed.holds and self.ledger.entries >= self.entries


def back_up(path: Path, *, at: datetime, keys: Path) -> BackedUp:
    """
    Write the database, the anchors and the public keys of ``keys`` to one file.

    The file appears under its name only when it is whole.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as name:
        folder = Path(name)
        stated = _DUMP[connection.vendor](folder)
        for file in sorted(keys.glob("anchor-*.pub")):
            (folder / file.name).write_bytes(file.read_bytes())
        manifest = stated | {
            "at": at,
            "files": {file.name: _digest(file) for file in sorted(folder.iterdir())},
            "format": FORMAT,
            "vendor": connection.vendor,
        }
        (folder / _MANIFEST).write_text(canonical.dumps(manifest), encoding="utf-8")
        whole = folder / "whole"
        with tarfile.open(whole, "w:gz", compresslevel=1) as out:
            for file in [_MANIFEST, *manifest["files"]]:
                out.add(folder / file, arcname=file)
        size = whole.stat().st_size
        whole.chmod(0o600)
        whole.replace(path)
    return BackedUp(
        entries=stated["entries"], chain=stated["chain"], anchors=stated["anchors"], bytes=size
    )


def restore(
    path: Path, *, keys: Path, progress: Callable[[str], None] = lambda _step: None
) -> Restored:
    """
    Put a backup into an empty database, then verify the ledger and derive every ruling again.

    :raises PlaceNotEmptyError: if the database holds any table
    :raises BadBackupError: if the file is not a whole backup of this kind of database
    """
    if connection.introspection.table_names():
        raise PlaceNotEmptyError(
            "The database is not empty. Point DATABASE_URL or GUOMEN_VAR to an empty place and "
            "restore there; nothing was changed."
        )
    with tempfile.TemporaryDirectory(prefix="guomen-restore-") as name:
        folder = Path(name)
        progress("unpack")
        manifest = _unpacked(path, folder)
        progress("fill")
        _FILL[connection.vendor](folder, manifest)
        keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        for file in folder.glob("anchor-*.pub"):
            if not (keys / file.name).exists():
                (keys / file.name).write_bytes(file.read_bytes())
        progress("verify")
        anchored = manifest["anchors"] > 0
        report = verification.verify(
            anchor_file=folder / _ANCHORS if anchored else None,
            trusted_keys=signing.trusted_keys(folder) if anchored else None,
        )
        progress("replay")
        return Restored(entries=manifest["entries"], ledger=report, replayed=replay())


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _plain(packed: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield the files of a backup, which all lie side by side; older Pythons filter nothing."""
    for member in packed:
        if not member.isfile() or {"/", "\\"} & set(member.name) or member.name in {".", ".."}:
            raise tarfile.TarError(f"{member.name} does not belong into a backup")
        member.mode = 0o600
        yield member


def _unpacked(path: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(path, "r:gz") as packed:
            packed.extractall(folder, members=_plain(packed))  # noqa: S202 - each was looked at
        manifest = canonical.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        whole = manifest["format"] == FORMAT and all(
            _digest(folder / file) == digest for file, digest in manifest["files"].items()
        )
    except (OSError, EOFError, tarfile.TarError, KeyError, TypeError, GuomenError) as error:
        raise BadBackupError(
            f"{path.name} is not a whole backup ({type(error).__name__}); take another copy.",
            path=str(path),
        ) from error
    if not whole:
        raise BadBackupError(f"{path.name} was changed after it was written; take another copy.")
    if manifest["vendor"] != connection.vendor:
        raise BadBackupError(
            f"This backup is of {manifest['vendor']} and the database is {connection.vendor}; "
            "restore it into its own kind.",
            vendor=manifest["vendor"],
        )
    return dict(manifest)


def _stated(folder: Path) -> dict[str, Any]:
    """Return what the ledger says at the moment of the backup; writes the anchors beside it."""
    _, entries, chain = ledger.head()
    anchors = statements.export_anchors(folder / _ANCHORS)
    return {"anchors": anchors, "chain": chain, "entries": entries}


# SQLite: its own online backup -------------------------------------------------------------------


def _dump_sqlite(folder: Path) -> dict[str, Any]:
    connection.ensure_connection()
    with sqlite3.connect(folder / _SQLITE) as copy:
        connection.connection.backup(copy, pages=4_096)
        stated = _stated(folder)
        copy.execute("PRAGMA journal_mode=DELETE")
    copy.close()
    return stated


def _fill_sqlite(folder: Path, manifest: dict[str, Any]) -> None:
    del manifest
    connection.ensure_connection()
    with sqlite3.connect(folder / _SQLITE) as copy:
        copy.backup(connection.connection)
    copy.close()
    connection.close()
    connection.ensure_connection()
    call_command("migrate", verbosity=0)


# PostgreSQL: one COPY a table, in one snapshot ---------------------------------------------------

_MIGRATIONS = "django_migrations"
# What the database writes by itself while it is filled.
_BY_ITSELF = frozenset({_MIGRATIONS, "editions_mark"})


def _dump_postgresql(folder: Path) -> dict[str, Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        tables = {table: _columns(table) for table in _tables() if table not in _BY_ITSELF}
        for table, columns in tables.items():
            listed = ", ".join(f'"{column}"' for column in columns)
            with (folder / f"{table}.copy").open("wb") as out:
                for block in _copied(f'COPY "{table}" ({listed}) TO STDOUT'):
                    out.write(block)
        applied = sorted(MigrationRecorder(connection).applied_migrations())
        return _stated(folder) | {"tables": tables, "migrations": [list(key) for key in applied]}


def _copied(statement: str) -> Iterator[bytes]:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            yield bytes(block)


def _tables() -> list[str]:
    return sorted(connection.introspection.table_names())


def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return [column.name for column in found]


def _fill_postgresql(folder: Path, manifest: dict[str, Any]) -> None:
    # The tables as they were then; newer migrations follow once they are filled.
    for app, name in sorted(dict(manifest["migrations"]).items()):
        call_command("migrate", app, name, verbosity=0)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in _filled_by_migration():
            cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608 - a name of our own tables
        for table, columns in manifest["tables"].items():
            listed = ", ".join(f'"{column}"' for column in columns)
            with cursor.copy(f'COPY "{table}" ({listed}) FROM STDIN') as copy:
                _pour(folder / f"{table}.copy", copy)
        models = apps.get_models(include_auto_created=True)
        for statement in connection.ops.sequence_reset_sql(no_style(), list(models)):
            cursor.execute(statement)
    call_command("migrate", verbosity=0)


def _filled_by_migration() -> list[str]:
    with connection.cursor() as cursor:
        found = []
        for table in _tables():
            cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{table}")')  # noqa: S608
            if table not in _BY_ITSELF and cursor.fetchone() == (True,):
                found.append(table)
    # Permissions refer to content types, which go last.
    return sorted(found, key=lambda table: table == "django_content_type")


def _pour(file: Path, copy: Any) -> None:
    with file.open("rb") as stream:
        for block in iter(lambda: stream.read(_BLOCK), b""):
            copy.write(block)


_DUMP: dict[str, Callable[[Path], dict[str, Any]]] = {
    "sqlite": _dump_sqlite,
    "postgresql": _dump_postgresql,
}
_FILL: dict[str, Callable[[Path, dict[str, Any]], None]] = {
    "sqlite": _fill_sqlite,
    "postgresql": _fill_postgresql,
}
