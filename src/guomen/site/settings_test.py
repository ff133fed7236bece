"""The settings of the test suite: those of the site, with a throwaway secret and place to write."""

from __future__ import annotations

import os
from pathlib import Path

_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
_VAR = Path(__file__).resolve().parents[3] / "var" / "test" / _WORKER

os.environ["GUOMEN_VAR"] = str(_VAR)
os.environ["GUOMEN_SECRET_KEY"] = "not a secret: only tests use it"  # noqa: S105
os.environ["GUOMEN_CUSTODY_A"] = str(_VAR / "custody-a")
os.environ["GUOMEN_CUSTODY_B"] = str(_VAR / "custody-b")
os.environ["GUOMEN_DEMO"] = "0"
os.environ["GUOMEN_TLS"] = "0"

from guomen.site.settings import *  # noqa: E402, F403 - the point of this module

# Signing in is tested; how slow a stolen password file is to crack is Django's own test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
