"""Starting a command: settings and Django, loaded when the first command needs them."""

from __future__ import annotations

import os
from typing import Any

import django
import typer
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from typer.core import TyperGroup

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.desks.commands import output, refused

FOUND = 1
USAGE = 2


def ready(*, demonstration: bool = False) -> None:
    """Load the settings and every application; ``demonstration`` turns that mode on first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guomen.site.settings")
    if demonstration:
        os.environ["GUOMEN_DEMO"] = "1"
    django.setup()


class Sentences(TyperGroup):
    """Commands whose expected errors are a sentence and an exit code, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """
        Run a command.

        :raises typer.Exit: with 1 when an expected error was met
        """
        try:
            return super().invoke(ctx)
        except GuomenError as error:
            says = str(error) if output.as_json() else refused.said(error)
            output.fail(says, code=error.code, data=error.data)
        except DatabaseError as error:
            reason = str(error).splitlines()[0]
            broken = Text(
                zh=f"数据库无法使用（{reason}）。请用 `guomen migrate` 建立；"
                "其他问题见 `guomen doctor`。",
                en=f"The database cannot be used ({reason}). `guomen migrate` sets it up; "
                "`guomen doctor` says what else is wrong.",
            )
            output.fail(
                broken.en if output.as_json() else output.said(broken),
                code="commands.database",
            )
        except ImproperlyConfigured as error:
            wrong = Text(zh=f"设置无法使用：{error}", en=f"The settings cannot be used: {error}")
            output.fail(
                wrong.en if output.as_json() else output.said(wrong), code="commands.settings"
            )
        raise typer.Exit(FOUND)
