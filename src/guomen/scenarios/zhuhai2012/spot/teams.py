"""Who may do which orders in the scenario, and the draws of past days under their revealed keys."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import date, datetime

from guomen.core import draw
from guomen.journeys import assigning, drawing
from guomen.rulebooks.inspection import Skill
from guomen.scenarios.zhuhai2012.rows import moment
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.agencies.models import Agency, Role
from guomen.supervision.inspections.models import OrderKind, Qualification
from guomen.supervision.ledger import statements
from guomen.supervision.ledger.models import Anchor, DrawKey
from guomen.supervision.parties import queries as parties

FIRST_DAY = date(2010, 1, 1)
ROLES = (
    Role.INSPECTOR,
    Role.LOADING_SUPERVISOR,
    Role.PORT_CHECKER,
    Role.DOCUMENT_EXAMINER,
)


def qualify(at: datetime) -> int:
    """Let everybody who checks goods hold every skill; the scenario has few people."""
    keys = {
        officer.key
        for role in ROLES
        for officer in agencies.officers_with(role.value, path="/", on=at.date(), known=at)
    }
    held = set(Qualification.objects.values_list("officer", flat=True))
    rows = [
        Qualification(
            officer=key, skill=skill.value, begins=FIRST_DAY, recorded_at=moment(FIRST_DAY)
        )
        for key in sorted(keys - held)
        for skill in Skill
    ]
    Qualification.objects.bulk_create(rows)
    return len(rows)


@dataclass(slots=True)
class Teams:
    """Eligible officers by role and place, and keys by day; read once."""

    at: datetime
    people: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    keys: dict[tuple[str, date], bytes] = field(default_factory=dict)
    anchored: list[tuple[date, str]] = field(default_factory=list)
    bureaux: dict[str, str] = field(default_factory=dict)
    known: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    offices: dict[int, Agency] = field(default_factory=dict)
    # The agency that watches each port.
    watching: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the officers, the revealed keys and the anchors."""
        for role in ROLES:
            rows = agencies.officers_with(role.value, path="/", on=self.at.date(), known=self.at)
            self.people[role.value] = [(o.key, o.agency.path) for o in rows.order_by("key")]
        revealed = DrawKey.objects.exclude(key=None).values_list("day", "agency", "key")
        self.keys = {(agency, day): bytes.fromhex(key or "") for day, agency, key in revealed}
        self.anchored = [
            (row.day, statements.digest(statements.of(row)))
            for row in Anchor.objects.order_by("day")
        ]
        self.bureaux = {code: office.agency for code, office in drawing.offices().items()}
        self.offices = {agency.pk: agency for agency in Agency.objects.all()}
        self.watching = parties.offices_at(parties.port_facts()["port"].to_list())

    def eligible(self, role: str, path: str) -> list[str]:
        """Return the officers of a role who belong to a place, in the order of their keys."""
        found = self.known.get((role, path))
        if found is None:
            found = self.known[role, path] = [
                key
                for key, own in self.people[role]
                if own.startswith(path) or path.startswith(own)
            ]
        return found

    def draw(self, agency: str, reference: str, day: date) -> tuple[str, str, int] | None:
        """Return office, anchor and ``u`` of an order; None where the key is not public yet."""
        office = self.bureaux[agency]
        key = self.keys.get((office, day))
        if key is None:
            return None
        place = bisect_left(self.anchored, (day, ""))
        anchor = self.anchored[place - 1][1] if place else draw.NO_ANCHOR
        basis = draw.Basis(agency=office, previous_anchor=anchor, purpose=draw.Purpose.INSPECTOR)
        return office, anchor, draw.draw_one(key, draw.message(basis, reference))


def role_of(kind: OrderKind, checks: list[str]) -> str:
    """Return the role that does an order."""
    if checks == ["documentary"]:
        return Role.DOCUMENT_EXAMINER.value
    return assigning.ROLE_OF[kind].value
