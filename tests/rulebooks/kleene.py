"""
A slow reading of rule conditions, written apart from the engine: plain Python, three values.

It reads the small SQL of the rule book: OR, AND, NOT, comparisons, IN, LENGTH, STARTS_WITH and
multiplication by a whole number. Unknown is None all the way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(r"\s*('[^']*'|\d+|[A-Za-z_]+|<>|<=|>=|[=<>(),*])")
_COMPARE = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


def truth(text: str, facts: Mapping[str, Any]) -> bool | None:
    """Answer one condition for one line."""
    reader = _Reader(text, facts)
    found = reader.any_of()
    assert reader.peek() is None, (text, reader.tokens[reader.at :])
    return found


class _Reader:
    def __init__(self, text: str, facts: Mapping[str, Any]) -> None:
        self.tokens = _TOKEN.findall(text)
        assert "".join(self.tokens) == re.sub(r"\s", "", text), text
        self.facts = facts
        self.at = 0

    def peek(self) -> str | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, wanted: str | None = None) -> str:
        token = self.tokens[self.at]
        assert wanted is None or token == wanted, (token, wanted)
        self.at += 1
        return token

    def any_of(self) -> bool | None:
        answers = [self.all_of()]
        while self.peek() == "OR":
            self.take()
            answers.append(self.all_of())
        if True in answers:
            return True
        return None if None in answers else False

    def all_of(self) -> bool | None:
        answers = [self.negated()]
        while self.peek() == "AND":
            self.take()
            answers.append(self.negated())
        if False in answers:
            return False
        return None if None in answers else True

    def negated(self) -> bool | None:
        if self.peek() == "NOT":
            self.take()
            answer = self.negated()
            return None if answer is None else not answer
        return self.plain()

    def plain(self) -> bool | None:
        if self.peek() == "(":
            self.take()
            answer = self.any_of()
            self.take(")")
            return answer
        left = self.value()
        sign = self.peek()
        if sign == "IN":
            self.take()
            members = self.members()
            return None if left is None else left in members
        if sign in _COMPARE:
            right = (self.take(), self.value())[1]
            return None if left is None or right is None else bool(_COMPARE[sign](left, right))
        assert left is None or isinstance(left, bool)
        return left

    def members(self) -> list[Any]:
        self.take("(")
        found = [self.value()]
        while self.peek() == ",":
            self.take()
            found.append(self.value())
        self.take(")")
        return found

    def value(self) -> Any:
        found = self.factor()
        while self.peek() == "*":
            self.take()
            times = self.factor()
            found = None if found is None else found * times
        return found

    def factor(self) -> Any:
        token = self.take()
        if token in ("LENGTH", "STARTS_WITH"):
            given = self.members()
            if None in given:
                return None
            return len(given[0]) if token == "LENGTH" else given[0].startswith(given[1])
        if token == "TRUE":
            return True
        if token.startswith("'"):
            return token[1:-1]
        return int(token) if token.isdigit() else self.facts[token]
