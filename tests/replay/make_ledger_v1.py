"""
Write the kept ledger of engine 1: a few ruling bodies for every rule of the book, and their orders.

Run once for an engine, never to make a failing test pass::

    DJANGO_SETTINGS_MODULE=guomen.site.settings_test python -m tests.replay.make_ledger_v1

A body that no longer comes out again means that the same facts now give another ruling: raise
``guomen.core.ruling.ENGINE``, keep this file as it is, and write ``ledger_v2.jsonl`` beside it.
The lines are those of ``tests/rulebooks/test_every_rule.py``: in order, failing and unknown.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import django
import numpy as np
from tests.rulebooks.lines import frame, row
from tests.rulebooks.test_every_rule import CASES

from guomen.core import canonical
from guomen.core.controls import Order
from guomen.core.matching import OrderSet
from guomen.rulebooks.book import engine

FILE = Path(__file__).with_name("ledger_v1.jsonl")


def kept() -> tuple[list[dict[str, Any]], list[int], list[Order]]:
    """Return the facts, the draws and the orders of the kept lines."""
    rows: list[dict[str, Any]] = []
    draws: list[int] = []
    orders: list[Order] = []
    for number, (rule, case) in enumerate(CASES.items()):
        party = f"ENT-{number:06d}"
        named = {"reference": f"BK-{number}", "enterprise": party}
        orders += [replace(order, **named) for order in case.orders.orders]
        for place, facts in enumerate(({}, case.fails, case.unknown)):
            if facts is None or (place == 0 and number % 4):
                continue
            line = f"{rule}/{place + 1}"
            own = {"line": line, "root": line, "declaration": rule, "on": case.on}
            rows.append(row(case.kind, **({"enterprise": party} | facts | own)))
            draws.append(-1 if number % 17 == 5 else case.u)
    return rows, draws, orders


def texts() -> list[str]:
    """Return the bodies as the ledger would hold them."""
    from guomen.journeys import rulings

    rows, draws, orders = kept()
    facts, u = frame(*rows), np.array(draws, dtype=np.int64)
    found, matches = engine().admit(facts, orders=OrderSet(tuple(orders)), draws=u)
    drawn = [
        {
            "draw_agency": "ZHCIQ",
            "draw_anchor": "0" * 64,
            "draw_counter": 0,
            "draw_day": line["on"],
            "root": line["root"],
            "u": draw,
        }
        for line, draw in zip(rows, draws, strict=True)
    ]
    met = rulings.matched(matches, OrderSet(tuple(orders)), len(rows))
    return rulings.bodies(
        rulings.encode_facts(facts),
        rulings.encode_draws(drawn),
        rulings.encode_rulings(engine(), found, facts=facts, met=met),
    )


def main() -> None:
    """Write the file: a line with the orders, then a body a line."""
    orders = [
        {name: value for name, value in asdict(order).items() if value is not None}
        for order in kept()[2]
    ]
    lines = [canonical.dumps({"engine": 1, "orders": orders}), *texts()]
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    django.setup()
    main()
