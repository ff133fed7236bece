"""The entry point of WSGI servers."""

from __future__ import annotations

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guomen.site.settings")

# A thread that writes lets go of the interpreter at every statement, and others wait for its lock:
# it gets the interpreter back within a millisecond instead of five.
sys.setswitchinterval(0.001)

application = get_wsgi_application()
