"""Refusals of the room of access: each says in both languages what to do."""

from __future__ import annotations

from typing import Any, ClassVar

from guomen.core.errors import GuomenError
from guomen.core.text import Text


class AccessError(GuomenError):
    """Something was refused; ``says`` is the sentence in both languages."""

    code: ClassVar[str] = "access.refused"

    def __init__(self, sentence: str, *, zh: str = "", **data: Any) -> None:
        """Keep the sentence in both languages."""
        super().__init__(sentence, **data)
        self.says = Text(zh=zh or sentence, en=sentence)
