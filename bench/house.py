"""
A house to measure in: the scenario's registers, keys of the day, and as many stored lines as asked.

Stored lines are made by lodging a few thousand for real and copying their rows, see `bench.copies`.
Call `guomen.site` settings into place (`environment`) before Django starts.
"""

from __future__ import annotations

import os
import random
import select
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.measure import SEED

DAY = date(2012, 5, 24)
AT = datetime(2012, 5, 24, 2, tzinfo=UTC)
TEMPLATE_LINES = 2_000
A_DECLARATION = 5


def environment(place: Path, *, database: str = "") -> dict[str, str]:
    """Return the environment of a demonstration house kept in one folder."""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    more = {"DATABASE_URL": database} if database else {}
    return (
        kept
        | more
        | {
            "DJANGO_SETTINGS_MODULE": "guomen.site.settings",
            "GUOMEN_DEMO": "1",
            "GUOMEN_VAR": str(place),
        }
    )


def open_house() -> None:
    """Start Django in this process, by the environment."""
    import django

    django.setup()


def build() -> None:
    """Create the tables, load the registers, and keep keys for the days around."""
    from django.core.management import call_command
    from django.db import transaction

    from guomen.journeys import drawing
    from guomen.scenarios.zhuhai2012.load import load
    from guomen.supervision.ledger import custody

    call_command("migrate", verbosity=0)
    load(lambda *_: None)
    use = custody.Use(at=AT - timedelta(days=9), who="SYS-BENCH", purpose="benchmark")
    with transaction.atomic():
        for office in {office.agency: office for office in drawing.offices().values()}.values():
            custody.commit_days(
                DAY - timedelta(days=2), DAY + timedelta(days=3), office, use=use,
                demonstration=True,
            )  # fmt: skip


def lodgement() -> Any:
    """Return when, by whom and where everything here is lodged."""
    from guomen.journeys.clearance.storing import Lodgement
    from guomen.supervision.agencies.models import Agency

    bureau = Agency.objects.filter(kind="regional").values_list("code", flat=True)[0]
    return Lodgement(at=AT, by="SYS-BENCH", agency=bureau)


def token() -> str:
    """Make a token for the program of an officer who takes declarations at the counter."""
    from guomen.desks.api.callers import make_token
    from guomen.desks.components import clock
    from guomen.supervision.agencies.models import Role, RoleHeld

    held = RoleHeld.objects.filter(role=Role.DOCUMENT_EXAMINER.value).order_by("pk")
    officer = held.select_related("officer__user")[0].officer
    _, secret = make_token(officer.user, label="benchmark", at=clock.now())
    return secret


class Sender:
    """Makes declarations of five lines by enterprises and of goods that are on the registers."""

    def __init__(self, tag: str, *, seed: int = SEED) -> None:
        """Read what may be declared; ``tag`` keeps the numbers of two senders apart."""
        from guomen.supervision.parties.models import Commodity, Enterprise, Port

        self._dice, self._tag, self._count = random.Random(f"{tag}{seed}"), tag, 0
        self._numbers = list(
            Enterprise.objects.filter(country="CN", uscc__isnull=False)
            .order_by("pk")
            .values_list("uscc", flat=True)
        )
        self._goods = list(
            Commodity.objects.order_by("pk").values_list("hs_code", "name_zh", "unit")
        )
        self._ports = list(Port.objects.order_by("pk").values_list("unlocode", flat=True))

    def one(self, lines: int = A_DECLARATION) -> list[dict[str, Any]]:
        """Return the rows of the next declaration."""
        self._count += 1
        dice, own = self._dice, f"{self._tag}-{self._count:07d}"
        out = dice.random() < 0.6
        shared = {
            "declaration": own,
            "direction": "export" if out else "import",
            "enterprise": dice.choice(self._numbers),
            "agent": "SELF",
            "port": dice.choice(self._ports),
            "transport": "road",
            "transit_via": "NONE",
        }
        return [shared | self._line(own, number, out=out) for number in range(1, lines + 1)]

    def _line(self, own: str, number: int, *, out: bool) -> dict[str, Any]:
        dice = self._dice
        code, name, unit = dice.choice(self._goods)
        return {
            "line": number,
            "goods": name,
            "hs_code": code,
            "origin": "CN" if out else dice.choice(("FR", "AU", "US", "NZ")),
            "destination": dice.choice(("MO", "HK")) if out else "CN",
            "consignor": "OV-1",
            "quantity": str(dice.randint(10, 5_000)),
            "unit": unit,
            "units_in_lot": str(dice.randint(10, 900)),
            "value_cny": str(dice.randint(1_000, 90_000)),
            "produced_on": "2012-05-20",
            "documents": "contract;invoice;packing_list",
            "lot": f"{own}{number}",
        }

    def many(self, lines: int) -> list[dict[str, Any]]:
        """Return the rows of declarations with about so many lines together."""
        return [row for _ in range(-(-lines // A_DECLARATION)) for row in self.one()]


def parsed(rows: Sequence[Mapping[str, Any]]) -> Any:
    """
    Return rows as the intake gives them.

    :raises ValueError: if one of them is refused: nothing would be measured
    """
    from guomen.journeys import intake

    taken = intake.parse(intake.rows_frame(rows), today=DAY)
    if taken.problems:
        raise ValueError(f"rows of a benchmark are refused: {taken.problems[0]}")
    return taken.lines


def lodge_all(rows: Sequence[Mapping[str, Any]]) -> int:
    """Decide and store rows as a file is; return how many lines were stored."""
    from guomen.journeys.clearance import batches

    found = batches.lodge_many(parsed(rows), how=lodgement(), work=True)
    return sum(len(part.outcomes) for part in found)


def lodge_until_told(rows: Sequence[Mapping[str, Any]]) -> tuple[int, float, bool]:
    """
    Decide and store rows until standard input is closed, at most all of them.

    Says so once the first chunk is stored; returns how many lines were stored in how many seconds
    since then, and whether there were lines left.
    """
    from guomen.journeys.clearance import batches

    stored, start, told = 0, 0.0, False
    for part in batches.lodge_many(parsed(rows), how=lodgement(), work=True):
        if start:
            stored += len(part.outcomes)
        else:
            start = time.perf_counter()
            print("begun", flush=True)
        told = bool(select.select([sys.stdin], [], [], 0)[0])
        if told:
            break
    return stored, time.perf_counter() - start, told


def fill(lines: int) -> float:
    """Store so many lines; return the seconds that it took."""
    from bench import copies

    start = time.perf_counter()
    if lines:
        lodge_all(Sender("seed").many(min(lines, TEMPLATE_LINES)))
        copies.fill(lines)
    return time.perf_counter() - start


def database_bytes() -> int:
    """Return how much the database holds on disk."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return os.path.getsize(connection.settings_dict["NAME"])
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def main(arguments: list[str]) -> int:
    """Do one thing in a process: `build LINES`, `fill LINES`, `decide LINES TAG` beside others."""
    what, lines = arguments[0], int(arguments[1])
    open_house()
    from guomen.desks.commands import NICE

    if what == "build":
        build()
        print(f"{fill(lines):.1f}")
        return 0
    if what == "fill":
        fill(lines)
        return 0
    # As the command does.
    os.nice(NICE)
    stored, seconds, told = lodge_until_told(Sender(arguments[2]).many(lines))
    print(f"{stored} {seconds:.3f} {told:d}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
