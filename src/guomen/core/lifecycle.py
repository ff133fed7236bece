"""
States and moves as tables: ``(state, move) -> state``.

A table is the only place that knows the moves of one kind of record. Buttons, permissions, the
API and the diagrams in ``docs/lifecycles.md`` are read from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Generic, TypeVar

from guomen.core.errors import GuomenError
from guomen.core.text import Text

S = TypeVar("S", bound=StrEnum)
M = TypeVar("M", bound=StrEnum)


class MoveRefusedError(GuomenError):
    """A record cannot make that move from where it stands."""

    code: ClassVar[str] = "lifecycle.move-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle(Generic[S, M]):
    """
    The life of one kind of record.

    ``moves`` maps (state, move) to the state that follows; ``start`` is where a record begins;
    ``serious`` moves need a second person.
    """

    name: Text
    start: S
    moves: Mapping[tuple[S, M], S]
    state_names: Mapping[S, Text]
    move_names: Mapping[M, Text]
    serious: frozenset[M] = frozenset()

    def after(self, state: S, move: M) -> S:
        """
        Return the state that follows.

        :raises MoveRefusedError: if the table has no such move
        """
        try:
            return self.moves[state, move]
        except KeyError:
            open_moves = ", ".join(self.moves_from(state)) or "none"
            raise MoveRefusedError(
                f"cannot {move} what is {state}; moves open from here: {open_moves}",
                state=str(state),
                move=str(move),
            ) from None

    def moves_from(self, state: S) -> tuple[M, ...]:
        """List the moves open from a state, in the order of the table."""
        return tuple(move for (origin, move) in self.moves if origin == state)

    def states(self) -> tuple[S, ...]:
        """List every state that the table names, the start first."""
        named: Iterable[S] = (self.start, *(s for s, _ in self.moves), *self.moves.values())
        return tuple(dict.fromkeys(named))

    def is_final(self, state: S) -> bool:
        """Tell whether no move leads out of a state."""
        return not self.moves_from(state)
