"""
Which goods a rule speaks of: groups of commodities, and the condition texts made from them.

Each text is written once and shared, so that rules of one scope are answered together. Texts are
SQL over the facts; they name groups by the code tree (``commodities``). Not for requirements.
"""

from __future__ import annotations

from collections.abc import Iterable

from guomen.rulebooks.commodities import Group


def one_of(fact: str, values: Iterable[str]) -> str:
    """
    Write the condition that a text fact is one of some values.

    >>> one_of("direction", ["import"]), one_of("destination", ["HK", "MO"])
    ("direction = 'import'", "destination IN ('HK', 'MO')")
    """
    quoted = [f"'{value}'" for value in values]
    return f"{fact} = {quoted[0]}" if len(quoted) == 1 else f"{fact} IN ({', '.join(quoted)})"


def both(*conditions: str) -> str:
    """
    Write the condition that all of some conditions hold.

    >>> both("a", "b OR c")
    'a AND (b OR c)'
    """
    return " AND ".join(_guarded(c) for c in conditions)


def either(*conditions: str) -> str:
    """Write the condition that any of some conditions holds."""
    return " OR ".join(conditions)


def _guarded(condition: str) -> str:
    return f"({condition})" if " OR " in condition else condition


# -- groups -----------------------------------------------------------------------------------
ANIMAL_AND_PLANT = (
    Group.VEGETABLES,
    Group.FRUIT,
    Group.SEEDLINGS,
    Group.FLOWERS,
    Group.LIVE_ANIMALS,
    Group.AQUATIC,
    Group.MEAT,
    Group.DAIRY,
)
# What the food rules call imported food; fresh vegetables and fruit come under plant quarantine.
FOOD = (Group.MEAT, Group.AQUATIC, Group.DAIRY, Group.WINE, Group.FOOD)
PREPACKED = (Group.DAIRY, Group.WINE, Group.FOOD)
PROCESSED = (Group.MEAT, Group.DAIRY, Group.WINE, Group.FOOD)
FOOD_AND_FARM = (*ANIMAL_AND_PLANT, Group.WINE, Group.FOOD, Group.ADDITIVES)
# Everything else: what the rules of classes for industrial products speak of.
INDUSTRIAL = tuple(group for group in Group if group not in FOOD_AND_FARM)
WITH_PERMIT = (Group.LIVE_ANIMALS, Group.MEAT, Group.FRUIT, Group.SEEDLINGS)
WITH_ACCESS = (*WITH_PERMIT, Group.AQUATIC)
FROM_REGISTERED_PLANTS = (Group.MEAT, Group.DAIRY, Group.AQUATIC)

SERIOUS_RISK = ("high", "higher")


def group_is(groups: Iterable[Group]) -> str:
    """Write the condition that goods belong to one of some groups."""
    return one_of("commodity_group", groups)


# -- scopes -----------------------------------------------------------------------------------
IMPORT = one_of("direction", ["import"])
EXPORT = one_of("direction", ["export"])
TRANSIT = one_of("direction", ["transit"])
HONG_KONG_AND_MACAO = ("HK", "MO")
TO_HONG_KONG_AND_MACAO = both(EXPORT, one_of("destination", HONG_KONG_AND_MACAO))


def imported(groups: Iterable[Group]) -> str:
    """Write the condition that goods of some groups come in."""
    return both(IMPORT, group_is(groups))


def exported(groups: Iterable[Group]) -> str:
    """Write the condition that goods of some groups go out."""
    return both(EXPORT, group_is(groups))


IMPORTED_FOOD = imported(FOOD)
IMPORTED_MEAT = imported([Group.MEAT])
IMPORTED_FRUIT = imported([Group.FRUIT])
IMPORTED_DAIRY = imported([Group.DAIRY])
IMPORTED_WITH_PERMIT = imported(WITH_PERMIT)
IMPORTED_WITH_ACCESS = imported(WITH_ACCESS)
IMPORTED_ANIMAL_AND_PLANT = imported([g for g in ANIMAL_AND_PLANT if g is not Group.DAIRY])
IMPORTED_FROM_PLANTS = imported(FROM_REGISTERED_PLANTS)
IMPORTED_PREPACKED = imported(PREPACKED)
IMPORTED_COSMETICS = imported([Group.COSMETICS])
ADDITIVES = group_is([Group.ADDITIVES])

EXPORTED_INDUSTRIAL = both(exported(INDUSTRIAL), "in_legal_catalogue")
EXPORTED_FOOD_AND_FARM = exported(FOOD_AND_FARM)
EXPORTED_PROCESSED = exported(PROCESSED)
EXPORTED_TOYS = exported([Group.TOYS])
# Heading 0301 is live fish; frozen and chilled fish come from plants, not farms.
EXPORTED_LIVE_FISH = both(EXPORT, "STARTS_WITH(hs_code, '0301')")
# The codes of crabs, shrimps and oysters that are alive or fresh.
SUPPLIED_SHELLFISH = both(
    TO_HONG_KONG_AND_MACAO,
    either(*(f"STARTS_WITH(hs_code, '{code}')" for code in ("030624", "030627", "030711"))),
)
SUPPLIED_PLANTS = both(
    TO_HONG_KONG_AND_MACAO, group_is([Group.FRUIT, Group.SEEDLINGS, Group.FLOWERS])
)
SUPPLIED_VEGETABLES = both(TO_HONG_KONG_AND_MACAO, group_is([Group.VEGETABLES]))
SUPPLIED_LIVESTOCK = both(TO_HONG_KONG_AND_MACAO, group_is([Group.LIVE_ANIMALS]))
