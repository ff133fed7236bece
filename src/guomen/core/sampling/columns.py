"""
Many questions at once: columns of one length, each distinct question answered once.

Plans repeat, so an array answer finds the distinct cases, asks each one as a
scalar, and gathers. Not for what a case means: that is its own module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from guomen.core.sampling.plan import InvalidQuestion

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_SCALARS: Final = (int, float, str, bytes, type(None), np.generic)
UNKNOWN: Final = -1
"""What a flag column holds where nobody knows; 0 is known false and 1 known true."""


def is_many(*parts: Any) -> bool:
    """Tell whether any part of a question is a column."""
    return any(not isinstance(part, _SCALARS) and np.ndim(part) > 0 for part in parts)


def spread(**named: Any) -> list[npt.NDArray[Any]]:
    """
    Return columns of one shape: arrays broadcast, single values are repeated.

    :raises InvalidQuestion: if the shapes do not fit, naming each of them
    """
    arrays = {name: np.atleast_1d(np.asarray(value)) for name, value in named.items()}
    try:
        return list(np.broadcast_arrays(*arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise InvalidQuestion(
            f"columns of one length (or single values) are needed, not {shapes}",
            shapes={name: array.shape for name, array in arrays.items()},
        ) from None


def whole(name: str, values: npt.ArrayLike, *, least: int = 1) -> Ints:
    """
    Return a column of whole numbers.

    :raises InvalidQuestion: if one is missing, broken or below `least`
    """
    given = np.asarray(values)
    if given.dtype.kind == "O":
        given = given.astype(np.float64)
    if given.dtype.kind not in "iub" and not np.all(np.mod(given, 1) == 0):
        raise InvalidQuestion(f"{name}: whole numbers are needed, and none may be missing")
    if given.size and given.min() < least:
        raise InvalidQuestion(f"{name}: at least {least} is needed, not {given.min()}", name=name)
    return given.astype(np.int64, copy=False)


def decimals(values: Any) -> Floats:
    """Return a column of numbers; what is missing becomes nan."""
    return np.asarray(values).astype(np.float64)


def flags(values: Any) -> npt.NDArray[np.int8]:
    """Return 1 for known true, 0 for known false, -1 where it is not known."""
    given = np.atleast_1d(np.asarray(values))
    if given.dtype.kind in "bu":
        return given.astype(np.int8)
    known = given.astype(np.float64)  # None becomes nan
    unknown = np.isnan(known) | (known < 0)
    return np.where(unknown, UNKNOWN, known != 0).astype(np.int8)


def distinct(*columns: npt.NDArray[Any]) -> tuple[Ints, Ints]:
    """Return the first row of each distinct combination, and for every row which one it is."""
    size = columns[0].size
    if not size:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    place: Any = np.zeros(size, np.int64)
    first: Any = np.zeros(1, np.int64)
    for column in columns:
        values = column.ravel()
        if size > 1 and values.strides == (0,):  # one value, broadcast
            continue
        _, code = np.unique(values, return_inverse=True)
        place = place * (int(code.max()) + 1) + code.ravel()
        _, first, place = np.unique(place, return_index=True, return_inverse=True)
    return first, place.ravel()


def answers(ask: Callable[..., Any], *columns: npt.NDArray[Any]) -> tuple[list[Any], Ints]:
    """Return the answer to each distinct question, and for every row which answer is its own."""
    first, which = distinct(*columns)
    flat = [column.ravel() for column in columns]
    return [ask(*(column[row].item() for column in flat)) for row in first], which


def gather(values: Sequence[Any], which: Ints, shape: tuple[int, ...], kind: Any) -> Any:
    """Return one column from the answers of the distinct cases."""
    if not len(values):
        return np.zeros(shape, kind)
    return np.asarray(values, kind)[which].reshape(shape)


def nan_if_none(value: float | None) -> float:
    """Return the number, or nan where there is none."""
    return float("nan") if value is None else value
