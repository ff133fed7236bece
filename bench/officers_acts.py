"""What officers do at their desks in `bench.officers`: acts by role, each one request or form."""

from __future__ import annotations

import http.client
import json
import random
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

TOKEN = "benchbenchbenchbenchbenchbenchbe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One request, made anew or again; ``ack`` says what must be stored once it was answered."""

    name: str
    address: str
    body: bytes | None = None
    kind: str = "application/x-www-form-urlencoded"
    ack: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of an act."""

    name: str
    start: float
    seconds: float
    status: int
    ack: str


# How often each role does what.
WEIGHTS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "inspector": {"my day": 20, "my order": 20, "answer an item": 50, "today": 10},
        "document_examiner": {
            "today": 15, "consignments": 15, "consignments held": 10, "find one": 10,
            "declaration": 30, "lodge": 20,
        },
        "branch_head": {
            "today": 25, "orders": 25, "plan of the day": 15, "order": 15, "declaration": 20,
        },
        "sampler": {"samples": 60, "today": 20, "declaration": 20},
        "analyst": {"bench": 60, "samples": 20, "approvals": 20},
        "certificate_officer": {"certificates": 50, "declaration": 30, "failed": 20},
    }
)  # fmt: skip
_PAGES: Mapping[str, str] = MappingProxyType(
    {
        "today": "/desk/",
        "consignments": "/desk/declarations/",
        "consignments held": "/desk/declarations/?state=held",
        "my day": "/desk/my-day/",
        "orders": "/desk/orders/",
        "plan of the day": "/desk/orders/plan/",
        "samples": "/desk/samples/",
        "bench": "/desk/bench/",
        "approvals": "/desk/bench/approvals/",
        "certificates": "/desk/certificates/",
        "failed": "/desk/failed/",
    }
)
_OF_ONE: Mapping[str, str] = MappingProxyType(
    {"declaration": "/desk/declarations/%s/", "find one": "/desk/declarations/?q=%s"}
)


@dataclass
class Person:
    """One officer: a session, the work given to them, and what they know of."""

    port: int
    name: str
    role: str
    session: str
    orders: list[dict[str, Any]]
    declarations: list[str]
    goods: dict[str, Any]
    _dice: random.Random = field(init=False)
    _line: http.client.HTTPConnection | None = None
    _count: int = 0
    _standing: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.name)

    def next_act(self) -> Act:
        """Choose what to do next."""
        weights = WEIGHTS[self.role]
        (name,) = self._dice.choices(list(weights), list(weights.values()))
        if name in _PAGES:
            return Act(name=name, address=_PAGES[name])
        if name in ("declaration", "find one"):
            one = self._dice.choice(self.declarations)
            page = (
                f"/desk/declarations/{one}/"
                if name == "declaration"
                else f"/desk/declarations/?q={one}"
            )
            return Act(name=name, address=page)
        if name == "lodge":
            return self._lodge()
        if not self.orders:
            return Act(name="my day", address=_PAGES["my day"])
        order = self._dice.choice(self.orders)
        if name == "my order":
            return Act(name=name, address=f"/desk/my-day/{order['reference']}/")
        if name == "order":
            return Act(name=name, address=f"/desk/orders/{order['reference']}/")
        return self._answer(order)

    def _answer(self, order: dict[str, Any]) -> Act:
        """Answer an item of the checklist, as the phone sends it."""
        item = self._dice.choice(order["items"])
        place = f"{order['reference']}/{item}"
        event = {
            "client_id": str(uuid.uuid4()),
            "kind": "finding",
            "noted_at": datetime.now(UTC).isoformat(),
            "data": {
                "item": item, "answer": "conform", "value": "", "note": "",
                "replaces": self._standing.get(place, ""),
            },
        }  # fmt: skip
        self._standing[place] = str(event["client_id"])
        body = {"order": order["reference"], "sent_at": event["noted_at"], "events": [event]}
        return Act(
            name="answer an item", address="/desk/my-day/sync/", body=json.dumps(body).encode(),
            kind="application/json", ack=f"finding {event['client_id']}",
        )  # fmt: skip

    def _lodge(self) -> Act:
        """Lodge a declaration of one line on the paper."""
        self._count += 1
        own = f"{self.name}-{self._count:04d}"
        form = {
            **{f"line-0-{name}": value for name, value in self.goods["line"].items()},
            **self.goods["head"],
            "declaration": own,
            "line-0-lot": own,
            "key": own,
            "lines": "1",
            "do": "lodge",
        }
        body = urlencode(form, doseq=True).encode()
        return Act(name="lodge", address="/desk/declarations/new/", body=body,
                   ack=f"declaration {own}")  # fmt: skip

    def do(self, act: Act, *, timeout: float) -> Answer:
        """
        Make the request and read the answer whole.

        :raises OSError: if there is no answer
        """
        start = time.perf_counter()
        if self._line is None:
            self._line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = {
            "Cookie": f"sessionid={self.session}; csrftoken={TOKEN}; django_language=zh-hans",
            "X-CSRFToken": TOKEN,
            "Accept-Encoding": "gzip",
            **({"Content-Type": act.kind} if act.body is not None else {}),
        }
        try:
            method = "GET" if act.body is None else "POST"
            self._line.request(method, act.address, act.body, headers)
            answer = self._line.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._line.close()
            self._line = None
            raise ConnectionError(repr(error)) from error
        good = answer.status < 400 and not (act.name == "lodge" and answer.status != 302)
        if act.kind == "application/json":
            good = good and b'"refused"' not in said
        return Answer(
            name=act.name, start=start, seconds=time.perf_counter() - start,
            status=answer.status, ack=act.ack if good else "",
        )  # fmt: skip
