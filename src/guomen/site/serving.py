"""
The web server: granian over WSGI, with a certificate of its own where one asks for https.

Started as ``python -m guomen.site.serving``; commands below the site hand over to it by running
that. Behind a reverse proxy the proxy ends TLS and this serves plain http to it.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import nullcontext
from pathlib import Path

import django
from django.conf import settings
from django.core import checks
from granian.constants import Interfaces
from granian.server import Server as Granian

from guomen.site import environment, working
from guomen.site.certificate import local_certificate


def serve(*, host: str, port: int, tls: bool) -> None:
    """
    Serve the site until interrupted.

    Workers are processes; more than one pays off with PostgreSQL only, as SQLite has one writer.
    One more process beside them carries out long work, unless that has a service of its own.

    :raises SystemExit: if the installation is not safe to serve; the sentence says what to do
    """
    refuse_unsafe()
    certificate, key = _certificate() if tls else (None, None)
    with working.beside() if environment.flag("GUOMEN_WORKER", default=True) else nullcontext():
        _serve(host=host, port=port, certificate=certificate, key=key)


def _serve(*, host: str, port: int, certificate: Path | None, key: Path | None) -> None:
    Granian(
        "guomen.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=environment.whole_number("GUOMEN_WORKERS", default=1),
        blocking_threads=environment.whole_number("GUOMEN_THREADS", default=8),
        ssl_cert=certificate,
        ssl_key=key,
        log_access=False,
        respawn_failed_workers=True,
    ).serve()


def refuse_unsafe() -> None:
    """
    Run the checks of Guomen itself, those of an installation too.

    :raises SystemExit: if one finds an error
    """
    found = checks.run_checks(tags=["guomen"], include_deployment_checks=True)
    errors = [message for message in found if message.is_serious()]
    if errors:
        sys.exit("\n".join(f"{error.id}: {error.msg} {error.hint}" for error in errors))


def _certificate() -> tuple[Path, Path]:
    """Return the given certificate and key, or local ones."""
    given = (
        environment.path_or_none("GUOMEN_TLS_CERTIFICATE", default=None),
        environment.path_or_none("GUOMEN_TLS_KEY", default=None),
    )
    if given[0] is not None and given[1] is not None:
        return given[0], given[1]
    return local_certificate(settings.GUOMEN_VAR / "tls")


def main() -> None:
    """Read the command line and serve."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guomen.site.settings")
    parser = argparse.ArgumentParser(description="Serve Guomen.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=environment.whole_number("PORT", default=8000))
    parser.add_argument("--tls", action="store_true", default=environment.flag("TLS"))
    asked = parser.parse_args()
    if asked.tls:
        # Before the settings are read, here and in the workers: cookies then travel by https only.
        os.environ["GUOMEN_TLS"] = "1"
    django.setup()
    serve(host=asked.host, port=asked.port, tls=asked.tls)


if __name__ == "__main__":
    main()
