"""
What the last ruling of lines reads: the first ruling, findings, verdicts, for what they failed.

A fixed number of queries, whatever the number of lines. What was not found or judged stays unknown.
Records of before the chain (``disposal_terms.RESULT_STANDS``) hold the result of a check as a
whole: where they hold no more, it stands for the checks, and for the tests. Of later goods it says
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from guomen.core import explain
from guomen.core.canonical import loads
from guomen.core.conformity import Outcome as Judged
from guomen.core.dispose import Disposition, Fault
from guomen.core.examine import Examined, Showed
from guomen.core.severity import Outcome
from guomen.rulebooks import disposal_terms as terms
from guomen.rulebooks.book import BOOK
from guomen.rulebooks.commodities import HAZARDS
from guomen.supervision.declarations.lifecycle import LineState
from guomen.supervision.declarations.models import Line, LineResult
from guomen.supervision.dispositions.models import Disposition as Standing
from guomen.supervision.inspections import queries as inspections
from guomen.supervision.inspections.models import Examination
from guomen.supervision.inspections.queries import LineFindings
from guomen.supervision.ledger.models import Entry
from guomen.supervision.parties import queries as parties
from guomen.supervision.samples import queries as samples

# No order was made and no examination: nothing is known of the line.
_NO_FINDINGS = LineFindings(line=0, asked=frozenset())
_SHOWN = MappingProxyType({Showed.CONFORM: "conform", Showed.FAIL: "fail", Showed.UNKNOWN: None})
_UNLOOKED = (Outcome.RELEASE, Outcome.DOCUMENT_CHECK)
_WENT = (
    LineState.RELEASED,
    LineState.CONDITIONALLY_RELEASED,
)
_LET_GO = (Disposition.RELEASE, Disposition.CONDITIONAL_RELEASE)
_LOADING, _EXIT = "supervise_loading", frozenset({"check_seal_at_exit", "clinical_inspection"})

# For what goods fail by the hazard that a test found in them.
FAULT_OF_HAZARD: Mapping[str, Fault] = MappingProxyType(
    {
        "residue": Fault.SAFETY,
        "contaminant": Fault.SAFETY,
        "microbe": Fault.SAFETY,
        "additive": Fault.SAFETY,
        "radiation": Fault.SAFETY,
        "safety": Fault.SAFETY,
        "chemical": Fault.SAFETY,
        "pest": Fault.PEST,
        "disease": Fault.DISEASE,
        "label": Fault.LABEL,
        "fraud": Fault.FRAUD,
    }
)
_KINDS = {hazard.code: str(hazard.kind) for hazard in HAZARDS}
# For what goods fail by a fact of the examination: which answer is the fault.
FAULT_OF_FINDING: Mapping[str, tuple[bool, Fault]] = MappingProxyType(
    {
        "label_conforms": (False, Fault.LABEL),
        "pests_found": (True, Fault.PEST),
        "soil_found": (True, Fault.PEST),
        "disease_signs": (True, Fault.DISEASE),
        "additives_as_filed": (False, Fault.SAFETY),
        "undeclared_goods": (True, Fault.FRAUD),
        "documents_genuine": (False, Fault.FRAUD),
        "packaging_sound": (False, Fault.QUALITY),
        "condition_sound": (False, Fault.QUALITY),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a line: the facts of its ruling, hazards found, quantity measured."""

    line: Line
    facts: Mapping[str, Any]
    hazards: tuple[str, ...]
    measured: Decimal | None


def gather(lines: Sequence[Line], *, at: datetime) -> list[Known]:
    """Return what is known of lines at a moment, in their order."""
    ids = [line.pk for line in lines]
    found = inspections.findings_of(ids, known=at)
    tests = _tests(ids, at=at)
    examined = _examined(ids, found)
    duties = _duties(lines)
    recorded = _recorded(lines, found, at=at)
    released = _released(ids)
    groups = _groups(lines, at=at)
    disputed = _disputed(lines, found)
    return [
        _known(
            line,
            _Seen(
                found=found.get(line.pk, _NO_FINDINGS),
                tests=tests.get(line.pk, _NO_TESTS),
                faults=examined.get(line.pk, frozenset()),
                duties=duties.get(line.pk, frozenset()),
                recorded=recorded.get(line.pk),
                released=line.pk in released or LineState(line.state) in _WENT,
                group=groups.get(line.hs_code or ""),
                disputed=line.pk in disputed,
            ),
            at=at,
        )
        for line in lines
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tests:
    due: int = 0
    failed: int = 0
    open: int = 0
    hazards: tuple[str, ...] = ()


_NO_TESTS = _Tests()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """Everything that was read of one line."""

    found: LineFindings
    tests: _Tests
    faults: frozenset[Fault]
    duties: frozenset[str]
    recorded: tuple[bool, str] | None
    released: bool
    group: str | None
    disputed: bool = False


def _known(line: Line, seen: _Seen, *, at: datetime) -> Known:
    admitted = Outcome(line.outcome)
    seen = _with_recorded(seen, admitted)
    found, tests = seen.found, seen.tests
    documentary = _SHOWN[found.documentary]
    named = _faults(seen, documentary)
    facts = {
        "line": line.reference,
        "on": _day_of(at, line),
        "direction": line.direction,
        "commodity_group": seen.group,
        "admitted": admitted.value,
        "examined": _examination(seen, admitted),
        "documentary": documentary,
        "identity": _SHOWN[found.identity],
        "physical": _SHOWN[found.physical],
        "loading_due": _LOADING in seen.duties or "loading" in found.asked,
        "loading": _SHOWN[found.loading],
        "exit_check": _exit_check(found, seen.duties, line),
        "tests_due": tests.due,
        "tests_failed": tests.failed,
        "tests_open": tests.open,
        "released_before": seen.released,
        **{f"fault_{fault}": fault in named for fault in Fault},
    }
    return Known(line=line, facts=facts, hazards=tests.hazards, measured=found.quantity)


def _faults(seen: _Seen, documentary: str | None) -> frozenset[Fault]:
    """Return for what a line fails; a failure that nothing names is itself named as such."""
    found = seen.found
    of_tests = {
        FAULT_OF_HAZARD.get(_KINDS.get(hazard, ""), Fault.UNNAMED) for hazard in seen.tests.hazards
    }
    of_checks = documentary == "fail" or Showed.FAIL in (found.identity, found.loading, found.port)
    named = seen.faults | of_tests | ({Fault.PAPERS} if of_checks else set())
    failed = seen.tests.failed or found.outcome is Examined.FAIL or found.physical is Showed.FAIL
    return frozenset(named or ({Fault.UNNAMED} if failed else ()))


def _examination(seen: _Seen, admitted: Outcome) -> str | None:
    found = seen.found
    if seen.disputed:
        # What was found before is disputed or doubted: it is open until others have looked.
        return Examined.OPEN.value
    if found.outcome is not None:
        return found.outcome.value
    return "none" if admitted in _UNLOOKED and not found.asked else None


def _exit_check(found: LineFindings, duties: frozenset[str], line: Line) -> str:
    if found.port is not Showed.UNKNOWN:
        return "conform" if found.port is Showed.CONFORM else "fail"
    due = line.direction == "export" and (bool(duties & _EXIT) or "port" in found.asked)
    return "due" if due else "none"


def _tests(ids: Sequence[int], *, at: datetime) -> dict[int, _Tests]:
    found = {}
    for line, verdicts in samples.verdicts_of(ids, known=at).items():
        said = [test.verdict if test.approved else Judged.UNKNOWN for test in verdicts.tests]
        named = zip((test.hazard for test in verdicts.tests), said, strict=True)
        found[line] = _Tests(
            due=len(said),
            failed=said.count(Judged.FAIL),
            open=sum(one not in (Judged.FAIL, Judged.CONFORM) for one in said),
            hazards=tuple(sorted(hazard for hazard, one in named if one is Judged.FAIL)),
        )
    return found


def _examined(ids: Sequence[int], found: Mapping[int, LineFindings]) -> dict[int, frozenset[Fault]]:
    """Return for what the examinations of lines failed, read from their rulings."""
    failed = [pk for pk in ids if pk in found and _fails(found[pk])]
    if not failed:
        return {}
    rows = Examination.objects.filter(line_id__in=failed).values_list("seq", "line_id")
    lines = dict(rows)
    named: dict[int, set[Fault]] = {}
    entries = Entry.objects.filter(seq__in=list(lines), body__isnull=False)
    for seq, body in entries.values_list("seq", "body"):
        facts = loads(body or "")["facts"]
        named.setdefault(lines[seq], set()).update(
            fault for name, (bad, fault) in FAULT_OF_FINDING.items() if facts.get(name) is bad
        )
    return {line: frozenset(faults) for line, faults in named.items()}


def _fails(found: LineFindings) -> bool:
    return found.outcome is Examined.FAIL or Showed.FAIL in (found.physical, found.documentary)


def _duties(lines: Iterable[Line]) -> dict[int, frozenset[str]]:
    """Return the duties of the first rulings of exports, read from the ledger."""
    exports = {line.ruling_seq: line for line in lines if line.direction == "export"}
    found = {}
    rows = Entry.objects.filter(seq__in=list(exports), body__isnull=False)
    for seq, body in rows.values_list("seq", "body"):
        line = exports[seq]
        words = [int(word, 16) for word in loads(body or "")["ruling"]["answers"]]
        asked = explain.obligations(BOOK, words, settled=tuple(line.settled_rules))
        found[line.pk] = frozenset(code for code, _ in asked)
    return found


def _recorded(
    lines: Sequence[Line], found: Mapping[int, LineFindings], *, at: datetime
) -> dict[int, tuple[bool, str]]:
    """Return what old records say of lines as a whole (conforms, for what not)."""
    bare = [
        line.pk
        for line in lines
        if (line.pk not in found or found[line.pk].outcome is None)
        and terms.RESULT_STANDS.on(_day_of(line.received_at, line)).value
    ]
    if not bare:
        return {}
    rows = LineResult.objects.filter(line_id__in=bare, performed=True, at__lte=at).order_by("seq")
    said = {"conform": True, "nonconform": False}
    return {
        line: (said[finding], reason)
        for line, finding, reason in rows.values_list("line_id", "finding", "reason")
        if finding in said
    }


def _day_of(at: datetime, line: Line) -> date:
    return at.astimezone(ZoneInfo(line.agency.zone)).date()


def _with_recorded(seen: _Seen, admitted: Outcome) -> _Seen:
    """Let a recorded result stand for the checks, and for tests of which nothing is known."""
    if seen.recorded is None:
        return seen
    conforms, reason = seen.recorded
    tests = seen.tests
    if not tests.due and admitted is Outcome.INSPECT_AND_SAMPLE and conforms:
        tests = _Tests(due=1)
    failed = not conforms and not tests.failed
    if failed and reason in _KINDS:
        tests = replace(tests, hazards=(reason,))
    shown = Showed.FAIL if failed else Showed.CONFORM
    papers_only = admitted is Outcome.DOCUMENT_CHECK
    found = replace(
        seen.found,
        documentary=shown if papers_only else Showed.CONFORM,
        identity=Showed.UNKNOWN if papers_only else Showed.CONFORM,
        physical=Showed.UNKNOWN if papers_only else shown,
        loading=Showed.UNKNOWN if papers_only else Showed.CONFORM,
        outcome=None if papers_only else (Examined.FAIL if failed else Examined.CONFORM),
    )
    return replace(seen, found=found, tests=tests)


def _disputed(lines: Sequence[Line], found: Mapping[int, LineFindings]) -> set[int]:
    """Return the lines, disputed or doubted, that another inspector is still to see again."""
    again = [
        line.pk
        for line in lines
        if LineState(line.state) is LineState.REINSPECTION
        or found.get(line.pk, _NO_FINDINGS).outcome is Examined.SUSPECT
    ]
    return inspections.followed(again) if again else set()


def _released(ids: Sequence[int]) -> set[int]:
    rows = Standing.objects.filter(line_id__in=ids, outcome__in=_LET_GO)
    return set(rows.values_list("line_id", flat=True))


def _groups(lines: Sequence[Line], *, at: datetime) -> dict[str, str]:
    codes = sorted({line.hs_code for line in lines if line.hs_code})
    day = at.astimezone(ZoneInfo("Asia/Shanghai")).date()
    return dict(parties.commodity_groups(codes, on=day, known=at)) if codes else {}
