"""
Keeping and asking the index of the registers: the terms of enterprises and sites.

Whoever writes a name or a number of an enterprise or a site calls `index` in the same transaction.
A search first looks how many rows a term has: few are fetched and met here, many are asked of each
row in turn, so that neither a rare word nor "Ltd" makes the database read the whole register.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from guomen.supervision import bulk
from guomen.supervision.parties import terms
from guomen.supervision.parties.models import Enterprise, EnterpriseTerm, FormerName, Site, SiteTerm

# A term with more rows than this is asked of each row of a list in turn.
FEW = 5_000
_PART = 20_000
_ENTERPRISE = ("name_zh", "name_en", "reference", "uscc", "overseas_number", "phone")
_SITE = ("name_zh", "name_en", "number", "reference")


# Keeping -----------------------------------------------------------------------------------------


def index(enterprises: Collection[int]) -> None:
    """Write the terms of enterprises, by key, anew: those they bear, bore, and took over."""
    for keys in _parts(enterprises):
        EnterpriseTerm.objects.filter(enterprise__in=keys).delete()
        rows = ((term.encode(), key) for key, held in _terms(keys) for term in held)
        # In the order of the index: it then grows page by page, not everywhere at once.
        bulk.insert(EnterpriseTerm, ("term", "enterprise_id"), sorted(rows))


def index_sites(sites: Collection[int]) -> None:
    """Write the terms of sites, by key, anew."""
    for keys in _parts(sites):
        SiteTerm.objects.filter(site__in=keys).delete()
        rows = Site.objects.filter(pk__in=keys).values_list("pk", *_SITE)
        found = ((term.encode(), key) for key, *values in rows for term in _of_site(*values))
        bulk.insert(SiteTerm, ("term", "site_id"), sorted(found))


def _parts(keys: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(set(keys))
    return (ordered[start : start + _PART] for start in range(0, len(ordered), _PART))


def _terms(keys: list[int]) -> Iterable[tuple[int, set[str]]]:
    found: dict[int, set[str]] = {key: set() for key in keys}
    rows = Enterprise.objects.filter(Q(pk__in=keys) | Q(merged_into__in=keys))
    for key, survivor, *values in rows.values_list("pk", "merged_into", *_ENTERPRISE):
        _add(found, (key, survivor), _of_enterprise(*values))
    former = FormerName.objects.filter(Q(enterprise__in=keys) | Q(enterprise__merged_into__in=keys))
    columns = ("enterprise", "enterprise__merged_into", "name_zh", "name_en")
    for key, survivor, zh, en in former.values_list(*columns):
        _add(found, (key, survivor), terms.of_name(zh) | terms.of_name(en))
    return found.items()


def _add(found: dict[int, set[str]], keys: Iterable[int | None], more: set[str]) -> None:
    for key in keys:
        if key in found:
            found[key] |= more


def _of_enterprise(
    zh: str, en: str, reference: str, uscc: str | None, overseas: str | None, phone: str
) -> set[str]:
    numbers = terms.of_number(reference) | terms.of_number(overseas) | terms.of_number(phone)
    return terms.of_name(zh) | terms.of_name(en) | terms.of_code(uscc) | numbers


def _of_site(zh: str, en: str, number: str, reference: str) -> set[str]:
    numbers = terms.of_number(number) | terms.of_number(reference)
    return terms.of_name(zh) | terms.of_name(en) | numbers


# Asking ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search comes to: the few rows that may be meant, or None, and what each must have."""

    keys: frozenset[int] | None
    common: tuple[terms.Wanted, ...]

    def among(self, model: type[EnterpriseTerm] | type[SiteTerm], column: str) -> Q:
        """Return the condition that the row in a column is found; one query decides it."""
        meant = Q() if self.keys is None else Q(**{f"{column}__in": sorted(self.keys)})
        field = _KEY[model]
        for one in self.common:
            meant &= Q(Exists(_having(model, one).filter(**{field: OuterRef(column)})))
        return meant


_KEY: dict[Any, str] = {EnterpriseTerm: "enterprise_id", SiteTerm: "site_id"}


def _having(model: Any, one: terms.Wanted) -> Any:
    term = one.term.encode()
    if one.begins:
        # No text in UTF-8 holds this byte.
        return model.objects.filter(term__gte=term, term__lt=term + b"\xff")
    return model.objects.filter(term=term)


def find(model: type[EnterpriseTerm] | type[SiteTerm], text: str) -> Found | None:
    """Look a search up, one query a term; None when nothing is looked for."""
    wanted = terms.wanted(text)
    if not wanted:
        return None
    meant: set[int] | None = None
    common: list[terms.Wanted] = []
    for one in wanted:
        rows = _having(model, one).values_list(_KEY[model], flat=True)
        keys = list(rows[: FEW + 1])
        if len(keys) > FEW:
            common.append(one)
        else:
            meant = set(keys) if meant is None else meant & set(keys)
    if meant is not None and common:
        meant, common = _narrowed(model, meant, common), []
    return Found(keys=None if meant is None else frozenset(meant), common=tuple(common))


def _narrowed(model: Any, meant: set[int], common: list[terms.Wanted]) -> set[int]:
    """Return the few rows that have the common terms too."""
    field = _KEY[model]
    for one in common:
        rows = _having(model, one).filter(**{f"{field}__in": sorted(meant)})
        meant = set(rows.values_list(field, flat=True))
    return meant


def any_of(
    model: type[EnterpriseTerm] | type[SiteTerm], wanted: Iterable[terms.Wanted], *, most: int
) -> list[int]:
    """Return the keys that have any of some terms, of each so many at most; one query a term."""
    found: set[int] = set()
    for one in wanted:
        found.update(_having(model, one).values_list(_KEY[model], flat=True)[:most])
    return sorted(found)
