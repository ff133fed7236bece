"""The entry point of WSGI servers."""

from __future__ import annotations

import logging
import os
import sys
import threading
from multiprocessing import parent_process

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guomen.site.settings")

# A thread that writes lets go of the interpreter at every statement, and others wait for its lock:
# it gets the interpreter back within a millisecond instead of five.
sys.setswitchinterval(0.001)


def _end_with_the_server() -> None:
    """Wait for the server that started this worker; killed without a word, it leaves no orphan."""
    server = parent_process()
    if server is not None:
        server.join()
        os._exit(1)


threading.Thread(target=_end_with_the_server, daemon=True).start()

application = get_wsgi_application()


def _warm() -> None:
    """Be ready to decide before the first request, where there is something to decide with."""
    from django.db import DatabaseError, connections

    from guomen.core.errors import GuomenError
    from guomen.desks.components import clock
    from guomen.journeys.clearance import warming

    try:
        warming.warm(at=clock.now())
    except (DatabaseError, GuomenError) as error:
        # Pages say what is wrong with the installation, to who can repair it.
        logging.getLogger(__name__).warning("not warmed: %s", error)
    finally:
        connections.close_all()


if parent_process() is not None:
    _warm()
