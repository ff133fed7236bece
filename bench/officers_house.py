"""
The house of `bench.officers`: engage people and give out work, or count what is stored afterwards.

``engage OFFICERS FILE`` and ``verify FILE``, each in a process of its own with the environment of
the house.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from bench import copies, house

# Of two hundred officers, how many hold which role.
SHARES = (
    ("inspector", 80),
    ("document_examiner", 55),
    ("branch_head", 20),
    ("sampler", 15),
    ("analyst", 15),
    ("certificate_officer", 15),
)
DRAWN, KNOWN = 1_500, 400
# Goods that came in earlier were let go long ago.
UNDER_WAY = timedelta(days=3)
LONG_AGO, LONG_AGO_AT = house.DAY - timedelta(days=400), house.AT - timedelta(days=400)


def engage(count: int, file: Path) -> None:
    """Make officers with sessions, let the newest goods wait for them, draw who does what."""
    from django.db import connection

    from guomen.journeys import assigning, work_orders
    from guomen.supervision.declarations.lifecycle import AWAITING_RESULT
    from guomen.supervision.declarations.models import Line
    from guomen.supervision.inspections.models import WorkOrder

    waiting = Line.objects.filter(state__in=[state.value for state in AWAITING_RESULT])
    waiting.filter(received_at__lt=house.AT - UNDER_WAY).update(state="released")
    people = list(_people(count))
    work_orders.open_due(at=house.AT)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)" if connection.vendor == "postgresql" else "ANALYZE")
    orders = WorkOrder.objects.filter(state="open").order_by("due_on", "pk")
    references = list(orders.values_list("reference", flat=True)[:DRAWN])
    assigning.assign(references, at=house.AT, by="SYS-BENCH")
    file.write_text(json.dumps(list(_plans(people))))


def _people(count: int) -> Iterable[tuple[str, Any]]:
    """Yield a role and an officer, in the shares of the table."""
    from guomen.rulebooks.inspection import Skill
    from guomen.supervision.agencies.models import Agency, Role
    from guomen.supervision.inspections.models import Qualification

    branches = list(Agency.objects.filter(kind="branch").order_by("code"))
    laboratory = Agency.objects.filter(kind="laboratory").order_by("code")[0]
    roles = [role for role, share in SHARES for _ in range(share)]
    chosen = [roles[place * len(roles) // count] for place in range(count)]
    for number, (role, branch) in enumerate(zip(chosen, cycle(branches), strict=False), start=1):
        home = laboratory if role == "analyst" else branch
        officer = _officer(number, Role(role), home)
        if role == "inspector":
            Qualification.objects.bulk_create(
                Qualification(
                    officer=officer.key, skill=skill.value,
                    begins=LONG_AGO, recorded_at=LONG_AGO_AT,
                )
                for skill in Skill
            )  # fmt: skip
        yield role, officer


def _officer(number: int, role: Any, home: Any) -> Any:
    from django.contrib.auth import get_user_model

    from guomen.supervision.agencies import operations as agencies
    from guomen.supervision.agencies.models import Officer

    made = Officer.objects.create(
        key=f"BEN-{number:04d}",
        user=get_user_model().objects.create_user(f"bench.{number:04d}"),
        agency=home,
        name_zh=f"压测{number}",
        name_en=f"Bench {number}",
        demonstration=True,
    )
    agencies.give_role(made, role, on=LONG_AGO, at=LONG_AGO_AT)
    return made


def _plans(people: Iterable[tuple[str, Any]]) -> Iterable[dict[str, Any]]:
    """Say what each person has and knows, as `bench.officers_acts.Person` takes it."""
    from guomen.supervision.declarations.models import Line
    from guomen.supervision.inspections.models import WorkOrder

    sender, newest = house.Sender("paper"), {}
    for role, officer in people:
        mine = WorkOrder.objects.filter(inspector=officer.key)
        if role == "branch_head":
            mine = WorkOrder.objects.filter(agency=officer.agency)
        path = officer.agency.path
        if path not in newest:
            recent = Line.objects.filter(agency__path__startswith=path).order_by("-received_at")
            names = recent.values_list("declaration__reference", flat=True)[:KNOWN]
            newest[path] = list(dict.fromkeys(names)) or ["DEC-0"]
        yield {
            "name": officer.key,
            "role": role,
            "session": _session(officer.user),
            "orders": [_order(order) for order in mine.select_related("line")[:20]],
            "declarations": newest[path],
            "goods": _goods(sender),
        }


def _session(user: Any) -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return str(store.session_key)


def _order(order: Any) -> dict[str, Any]:
    from guomen.journeys import inspection
    from guomen.rulebooks.inspection import Asks

    items = inspection.items_of(order)
    return {
        "reference": order.reference,
        "items": [item.code for item in items if item.asks is Asks.YES_NO],
    }


def _goods(sender: house.Sender) -> dict[str, Any]:
    (row,) = sender.one(lines=1)
    head = ("direction", "enterprise", "agent", "port", "transport", "transit_via")
    line = ("goods", "hs_code", "quantity", "unit", "units_in_lot", "value_cny", "origin",
            "destination", "consignor", "produced_on")  # fmt: skip
    return {
        "head": {name: row[name] for name in head},
        "line": {name: row[name] for name in line} | {"documents": row["documents"].split(";")},
    }


def verify(file: Path) -> dict[str, Any]:
    """Count what was acknowledged and is not there, or is there twice; verify the ledger's end."""
    from guomen.supervision.declarations.models import Declaration
    from guomen.supervision.inspections.models import Finding
    from guomen.supervision.ledger import verification
    from guomen.supervision.ledger.models import Batch

    wanted: dict[str, list[str]] = {"finding": [], "declaration": []}
    for ack in json.loads(file.read_text()):
        kind, name = ack.split(" ", 1)
        wanted[kind].append(name)
    stored = {
        "finding": Counter(
            Finding.objects.filter(client_id__in=wanted["finding"]).values_list(
                "client_id", flat=True
            )
        ),
        "declaration": Counter(
            Declaration.objects.filter(own_number__in=wanted["declaration"]).values_list(
                "own_number", flat=True
            )
        ),
    }
    # The house was filled by copies that carry no proof (`bench.copies`): only the others can hold.
    copied = set(Batch.objects.filter(root=copies.NO_PROOF).values_list("number", flat=True))
    flaws = [flaw for flaw in verification.verify().flaws if flaw.batch not in copied]
    return {
        "acknowledged": sum(map(len, wanted.values())),
        "lost": sum(not stored[kind][name] for kind, names in wanted.items() for name in names),
        "doubled": sum(n > 1 for found in stored.values() for n in found.values()),
        "ledger": not flaws,
        "flaws": [flaw.sentence.en for flaw in flaws[:5]],
    }


def main(arguments: list[str]) -> int:
    """Do what the first word says."""
    house.open_house()
    if arguments[0] == "engage":
        engage(int(arguments[1]), Path(arguments[2]))
    else:
        print(json.dumps(verify(Path(arguments[1]))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
