"""The site is really served: by granian, over http and https, in a demonstration of its own."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path

import pytest

from guomen.site.certificate import local_certificate

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(var: Path, *arguments: str, **variables: str) -> Iterator[int]:
    port = free_port()
    hidden = {"GUOMEN_SECRET_KEY", "DATABASE_URL", "GUOMEN_CUSTODY_A", "GUOMEN_CUSTODY_B"}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    process = subprocess.Popen(
        [sys.executable, "-m", "guomen.site.serving", "--port", str(port), *arguments],
        env=kept
        | {"GUOMEN_VAR": str(var), "DJANGO_SETTINGS_MODULE": "guomen.site.settings"}
        | variables,
        stderr=subprocess.PIPE,
    )
    try:
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=30)


def answer(url: str, *, context: ssl.SSLContext | None = None) -> tuple[int, Message]:
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, context=context, timeout=10) as response:
                return response.status, response.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < until, "the server did not answer within a minute"
            time.sleep(0.1)


def test_a_demonstration_is_served_with_strict_headers(tmp_path: Path) -> None:
    with served(tmp_path, GUOMEN_DEMO="1") as port:
        status, headers = answer(f"http://127.0.0.1:{port}/static/components/base.css")
        assert status == 200
        assert "text/css" in headers["Content-Type"]
        status, headers = answer(f"http://127.0.0.1:{port}/no-such-page/")
    assert status == 404
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_https_is_served_with_a_certificate_of_this_machine(tmp_path: Path) -> None:
    with served(tmp_path, "--tls", GUOMEN_DEMO="1") as port:
        certificate, key = local_certificate(tmp_path / "tls")
        context = ssl.create_default_context(cafile=certificate)
        status, _ = answer(f"https://localhost:{port}/static/components/base.css", context=context)
    assert status == 200
    assert key.stat().st_mode & 0o077 == 0


def test_an_installation_without_a_secret_refuses_and_says_what_to_do(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if "GUOMEN" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "guomen.site.serving", "--port", str(free_port())],
        env=environment
        | {"GUOMEN_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "guomen.site.settings"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "Set GUOMEN_SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_certificate_is_kept_until_it_is_about_to_end(tmp_path: Path) -> None:
    first = [file.read_bytes() for file in local_certificate(tmp_path)]
    assert [file.read_bytes() for file in local_certificate(tmp_path)] == first
