"""
What the walks share: every address, asked by every role, in one small bureau.

A walk asks who may open a page. How a page looks is asked by other tests, so here an address is
drawn for the first who opens it and left blank for whoever comes after: middleware, the check of
the role, the queries of the view and the status are the real ones every time.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from django.template.backends.django import Template

from guomen.desks.officer.permissions import MOVES
from guomen.supervision.agencies.models import Role

# Roles of which the table says the same are one case: the table is all that pages ask.
ROLES = tuple({MOVES[role]: role for role in Role}.values())


@contextmanager
def drawn_once() -> Generator[None]:
    """Draw each template once an address, and answer with an empty page afterwards."""
    drawn: set[tuple[str, str]] = set()
    draw = Template.render

    def first_time(self: Template, context: Any = None, request: Any = None) -> Any:
        once = (self.template.name, request.path if request else "")
        if once in drawn:
            return ""
        drawn.add(once)
        return draw(self, context, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "render", first_time)
        yield
