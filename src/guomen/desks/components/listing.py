"""
What a page that lists needs: pages, sortable heads, removable filters, all carried by the address.

The address is the whole state, so a list can be sent, saved, and read without JavaScript.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One filter in force: what it says, and the address without it."""

    label: str
    value: str
    without: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """One sortable column: the address that sorts by it, and how it stands ("" when not sorted)."""

    address: str
    stands: str


def address(query: QueryDict, **changes: str | None) -> str:
    """Return the query with changes; None removes a key, and the page always starts anew."""
    changed = query.copy()
    changed.pop("page", None)
    for key, value in changes.items():
        if value is None:
            changed.pop(key, None)
        else:
            changed[key] = value
    encoded = changed.urlencode()
    return f"?{encoded}" if encoded else "?"


def page_address(query: QueryDict, number: int) -> str:
    """Return the address of another page of the same list."""
    changed = query.copy()
    changed["page"] = str(number)
    return f"?{changed.urlencode()}"


def heading(query: QueryDict, key: str) -> Heading:
    """Return how a column is sorted and the address that sorts it the other way."""
    now = query.get("sort", "")
    stands = {key: "ascending", f"-{key}": "descending"}.get(now, "")
    wanted = f"-{key}" if stands == "ascending" else key
    return Heading(address=address(query, sort=wanted), stands=stands)


def chips(
    request: HttpRequest,
    *,
    labels: Mapping[str, str],
    values: Mapping[tuple[str, str], str] | None = None,
) -> tuple[Chip, ...]:
    """List the filters in force, in the order of the labels."""
    worded = values or {}
    return tuple(
        Chip(
            label=str(label),
            value=str(worded.get((key, chosen), chosen)),
            without=address(request.GET, **{key: None}),
        )
        for key, label in labels.items()
        if (chosen := request.GET.get(key, ""))
    )


def page_of(
    request: HttpRequest, rows: Iterable[Any] | Sized, *, size: int = PAGE_SIZE
) -> Page[Any]:
    """Return the page that the address asks for; a number out of range gives the nearest page."""
    return Paginator(rows, size).get_page(request.GET.get("page"))  # type: ignore[arg-type]


#: What `two_of` shows of what is done, beside what waits.
DONE_BESIDE = 20


def two_of(request: HttpRequest, waits: QuerySet[Any], done: QuerySet[Any]) -> dict[str, Any]:
    """
    Return the context of a page with two lists: what waits, and what was done before.

    What waits is paged, with the newest of what is done beside it; with ``?state=decided`` all that
    is done is paged instead. ``more`` is the address of that, where there is more than is shown.
    """
    if request.GET.get("state") == "decided":
        return {"page": page_of(request, done), "of_done": True}
    newest = list(done[: DONE_BESIDE + 1])
    return {
        "page": page_of(request, waits),
        "done": newest[:DONE_BESIDE],
        "more": "?state=decided" if len(newest) > DONE_BESIDE else "",
    }
