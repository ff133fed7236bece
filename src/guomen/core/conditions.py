"""
The condition of a rule, read from its SQL text into a tree: the only reading that is run.

The grammar is small on purpose: OR, AND, NOT, comparisons, IN, NOT IN, LENGTH, STARTS_WITH and
multiplication, over facts, texts and numbers. A tree is answered by ``core.kleene``, for a few
lines in plain Python and for many in Polars; its leaves say here how they are asked in either way.
A null is unknown, and stays so.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, reduce
from typing import Any, ClassVar

import polars as pl

from guomen.core.errors import GuomenError

Columns = Mapping[str, Sequence[Any]]  # of each fact its values, a value a line
Answer = bool | None


class RuleError(GuomenError):
    """A rule is not well made."""

    code: ClassVar[str] = "rules.malformed"


# -- values ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of the line."""

    name: str

    def names(self) -> Iterator[str]:
        """Yield the facts that are read."""
        yield self.name

    def few(self, columns: Columns, lines: int) -> Sequence[Any]:
        """Return the value on each line."""
        return columns[self.name]

    def many(self) -> pl.Expr:
        """Return the value as an expression."""
        return pl.col(self.name)


@dataclass(frozen=True, slots=True)
class Literal:
    """A text or a number that the condition itself says."""

    value: str | int | Decimal

    def names(self) -> Iterator[str]:
        """Yield the facts that are read: none."""
        return iter(())

    def few(self, columns: Columns, lines: int) -> Sequence[Any]:
        """Return the value on each line."""
        return (self.value,) * lines

    def many(self) -> pl.Expr:
        """Return the value as an expression."""
        return pl.lit(self.value)


@dataclass(frozen=True, slots=True)
class Length:
    """The number of characters of a text."""

    of: Value

    def names(self) -> Iterator[str]:
        """Yield the facts that are read."""
        return self.of.names()

    def few(self, columns: Columns, lines: int) -> Sequence[Any]:
        """Return the value on each line."""
        return [None if text is None else len(text) for text in self.of.few(columns, lines)]

    def many(self) -> pl.Expr:
        """Return the value as an expression."""
        return self.of.many().str.len_chars()


@dataclass(frozen=True, slots=True)
class Product:
    """One number times another."""

    left: Value
    right: Value

    def names(self) -> Iterator[str]:
        """Yield the facts that are read."""
        yield from self.left.names()
        yield from self.right.names()

    def few(self, columns: Columns, lines: int) -> Sequence[Any]:
        """Return the value on each line."""
        return _of_known(operator.mul, self.left.few(columns, lines), self.right, columns, lines)

    def many(self) -> pl.Expr:
        """Return the value as an expression."""
        return self.left.many() * self.right.many()


Value = Fact | Literal | Length | Product


def _of_known(
    apply: Callable[[Any, Any], Any],
    left: Sequence[Any],
    other: Value,
    columns: Columns,
    lines: int,
) -> list[Any]:
    """Return what a function of two values gives; unknown where either is."""
    right = other.few(columns, lines)
    return [
        None if a is None or b is None else apply(a, b) for a, b in zip(left, right, strict=True)
    ]


# -- leaves: what is asked of a line -----------------------------------------------------------

_SIGNS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Compared:
    """Two values and the sign between them."""

    left: Value
    sign: str
    right: Value

    def names(self) -> Iterator[str]:
        """Yield the facts that are read."""
        yield from self.left.names()
        yield from self.right.names()

    def few(self, columns: Columns, lines: int) -> Sequence[Answer]:
        """Answer for each line."""
        left = self.left.few(columns, lines)
        return _of_known(_SIGNS[self.sign], left, self.right, columns, lines)

    def many(self) -> pl.Expr:
        """Return the answer as an expression."""
        answer: pl.Expr = _SIGNS[self.sign](self.left.many(), self.right.many())
        return answer


@dataclass(frozen=True, slots=True)
class Begins:
    """Whether a text begins with another."""

    text: Value
    prefix: Value

    def names(self) -> Iterator[str]:
        """Yield the facts that are read."""
        yield from self.text.names()
        yield from self.prefix.names()

    def few(self, columns: Columns, lines: int) -> Sequence[Answer]:
        """Answer for each line."""
        return _of_known(str.startswith, self.text.few(columns, lines), self.prefix, columns, lines)

    def many(self) -> pl.Expr:
        """Return the answer as an expression."""
        return self.text.many().str.starts_with(self.prefix.many())


@dataclass(frozen=True, slots=True)
class Holds:
    """A fact that is itself true or false."""

    fact: Fact

    def names(self) -> Iterator[str]:
        """Yield the facts that are read."""
        return self.fact.names()

    def few(self, columns: Columns, lines: int) -> Sequence[Answer]:
        """Answer for each line."""
        return columns[self.fact.name]

    def many(self) -> pl.Expr:
        """Return the answer as an expression."""
        return self.fact.many()


@dataclass(frozen=True, slots=True)
class Always:
    """TRUE or FALSE: the same answer for every line."""

    answer: bool

    def names(self) -> Iterator[str]:
        """Yield the facts that are read: none."""
        return iter(())


Leaf = Compared | Begins | Holds


# -- branches ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AllOf:
    """Parts that must all hold."""

    parts: tuple[Condition, ...]

    def names(self) -> Iterator[str]:
        """Yield the facts that are read."""
        for part in self.parts:
            yield from part.names()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Parts of which one must hold."""

    parts: tuple[Condition, ...]

    def names(self) -> Iterator[str]:
        """Yield the facts that are read."""
        for part in self.parts:
            yield from part.names()


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    part: Condition

    def names(self) -> Iterator[str]:
        """Yield the facts that are read."""
        return self.part.names()


Condition = Leaf | Always | AllOf | AnyOf | Not


# -- reading -----------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<sign><>|<=|>=|[=<>(),*]))"
)
# Words that would turn an unknown into a definite answer.
_BANNED = re.compile(r"\b(CASE|COALESCE|IFNULL|NULLIF|IS\s+(NOT\s+)?NULL)\b", re.IGNORECASE)
_WORDS = frozenset({"AND", "OR", "NOT", "IN", "TRUE", "FALSE", "LENGTH", "STARTS_WITH"})


@cache
def read(text: str) -> Condition:
    """
    Read one condition.

    >>> read("origin = 'JP' AND NOT permit_held").parts[1]
    Not(part=Holds(fact=Fact(name='permit_held')))

    :raises RuleError: if the text is not a condition, or uses a word that hides an unknown
    """
    banned = _BANNED.search(text)
    if banned:
        raise RuleError(
            f"a condition may not say {banned.group(0)!r}: it would turn unknown into an answer",
            text=text,
        )
    reader = _Reader(text)
    found = reader.any_of()
    if reader.kind:
        raise RuleError(
            f"write the operator that is missing before {reader.token!r} in {text!r}", text=text
        )
    return found


def names(*texts: str) -> tuple[str, ...]:
    """Name the facts that conditions read, each once, in the order of the texts."""
    return tuple(dict.fromkeys(name for text in texts for name in read(text).names()))


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Yield what a condition asks of a line, before AND, OR and NOT."""
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from leaves(part)
    elif isinstance(condition, Not):
        yield from leaves(condition.part)
    elif not isinstance(condition, Always):
        yield condition


def check_kinds(text: str, kinds: Mapping[str, str]) -> None:
    """
    See that a condition compares like with like; ``kinds`` gives the kind of each fact.

    :raises RuleError: if it does not
    """
    for leaf in leaves(read(text)):
        if isinstance(leaf, Holds):
            found = {_kind(leaf.fact, kinds), TRUTH}
        elif isinstance(leaf, Begins):
            found = {_kind(leaf.text, kinds), _kind(leaf.prefix, kinds), TEXT}
        else:
            found = {_kind(leaf.left, kinds), _kind(leaf.right, kinds)}
        if len(found) != 1:
            raise RuleError(
                f"{text!r} sets {' and '.join(sorted(found))} against each other", text=text
            )


TEXT, NUMBER, TRUTH = "text", "number", "truth"


def _kind(value: Value, kinds: Mapping[str, str]) -> str:
    if isinstance(value, Fact):
        return kinds[value.name]
    if isinstance(value, Literal):
        return TEXT if isinstance(value.value, str) else NUMBER
    wanted = TEXT if isinstance(value, Length) else NUMBER
    parts = (value.of,) if isinstance(value, Length) else (value.left, value.right)
    wrong = [kind for kind in (_kind(part, kinds) for part in parts) if kind != wanted]
    return f"a number made of {wrong[0]}" if wrong else NUMBER


class _Reader:
    """One text, read from left to right with one token in hand: its kind and its words."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = 0
        self.kind, self.token = "", ""
        self._next()

    def _next(self) -> None:
        found = _TOKEN.match(self._text, self._end)
        if found is None:
            if self._text[self._end :].strip():
                raise self._refused(f"{self._text[self._end :].strip()[:20]!r} is not understood")
            self.kind, self.token = "", ""
            return
        self._end = found.end()
        self.kind, self.token = found.lastgroup or "", found.group().strip()
        if self.kind == "word" and self.token.upper() in _WORDS:
            self.kind = self.token = self.token.upper()
        elif self.kind == "sign":
            self.kind = self.token

    def _refused(self, why: str) -> RuleError:
        return RuleError(
            f"cannot read the condition {self._text!r}: {why}; conditions are made of facts, "
            f"'texts', numbers, comparisons, * and {', '.join(sorted(_WORDS))}",
            text=self._text,
        )

    def _take(self, kind: str) -> str:
        if self.kind != kind:
            raise self._refused(f"{kind!r} is expected, not {self.token or 'the end'!r}")
        token = self.token
        self._next()
        return token

    def _took(self, kind: str) -> bool:
        if self.kind != kind:
            return False
        self._next()
        return True

    def any_of(self) -> Condition:
        """Read parts between OR."""
        parts = [self._all_of()]
        while self._took("OR"):
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all_of(self) -> Condition:
        parts = [self._negated()]
        while self._took("AND"):
            parts.append(self._negated())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _negated(self) -> Condition:
        if self._took("NOT"):
            return Not(self._negated())
        if self._took("("):
            found = self.any_of()
            self._take(")")
            return found
        return self._plain()

    def _plain(self) -> Condition:
        if self.kind in ("TRUE", "FALSE"):
            return Always(self._take(self.kind) == "TRUE")
        if self._took("STARTS_WITH"):
            text, prefix = self._arguments(2)
            return Begins(text, prefix)
        left = self._value()
        if self._took("NOT"):
            self._take("IN")
            return Not(self._among(left))
        if self._took("IN"):
            return self._among(left)
        if self._took("<>"):
            return Not(Compared(left, "=", self._value()))
        if self.kind in _SIGNS:
            sign = self._take(self.kind)
            return Compared(left, sign, self._value())
        if not isinstance(left, Fact):
            raise self._refused("a value alone is no condition")
        return Holds(left)

    def _among(self, left: Value) -> Condition:
        return AnyOf(tuple(Compared(left, "=", value) for value in self._arguments()))

    def _arguments(self, count: int | None = None) -> list[Value]:
        self._take("(")
        found = [self._value()]
        while self._took(","):
            found.append(self._value())
        self._take(")")
        if count is not None and len(found) != count:
            raise self._refused(f"{count} arguments are expected, not {len(found)}")
        return found

    def _value(self) -> Value:
        factors = [self._factor()]
        while self._took("*"):
            factors.append(self._factor())
        return reduce(Product, factors)

    def _factor(self) -> Value:
        if self._took("LENGTH"):
            return Length(self._arguments(1)[0])
        if self.kind == "text":
            return Literal(self._take("text")[1:-1].replace("''", "'"))
        if self.kind == "number":
            number = self._take("number")
            return Literal(Decimal(number) if "." in number else int(number))
        return Fact(self._take("word"))
