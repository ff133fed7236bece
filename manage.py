#!/usr/bin/env python3
"""Django's own commands; those of Guomen are run by ``guomen``."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guomen.site.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
