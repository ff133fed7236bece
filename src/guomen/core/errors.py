"""The root of every error raised on purpose; each lives beside the function that raises it."""

from __future__ import annotations

from typing import Any, ClassVar


class GuomenError(Exception):
    """An error with a stable code, its data, and a sentence that says what to do next."""

    code: ClassVar[str] = "guomen.error"

    def __init__(self, sentence: str, **data: Any) -> None:
        """Keep the sentence for people and the data for machines."""
        super().__init__(sentence)
        self.data: dict[str, Any] = data
