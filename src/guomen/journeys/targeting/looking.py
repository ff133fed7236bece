"""
What the pages and commands show of plans: load against capacity, what changed, how well it went.

Frozen values with texts in both languages; permission is asked in the query (``plans_for``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl
from django.db.models.functions import Left

from guomen.core.frequency import MILLION
from guomen.core.targeting import evaluate
from guomen.core.targeting.cells import Ints
from guomen.core.targeting.estimate import telling
from guomen.core.targeting.evaluate import Band, CalibrationCheck, Compared, Drift, Rate
from guomen.core.targeting.plan import Load, Move, PortPlan, read
from guomen.core.text import Text
from guomen.journeys import rulings
from guomen.journeys.targeting import goods, in_force, recent
from guomen.rulebooks import targeting as settings
from guomen.rulebooks.book import engine
from guomen.rulebooks.frequency import continuous_plan
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.controls import queries as controls
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.targeting import queries
from guomen.supervision.targeting.lifecycle import STATE_NAMES, PlanState
from guomen.supervision.targeting.models import DailyPlan
from guomen.supervision.targeting.operations import NoSuchPlanError


@dataclass(frozen=True, slots=True, kw_only=True)
class PortRow:
    """One port of a plan: load against capacity, finds to be expected, and its prices."""

    port: str
    lines: float
    selected: float
    minutes: Load
    capacity_minutes: float
    slots: Load
    capacity_slots: float
    finds: float
    finds_lawful: float
    price_hour: float | None
    price_slot: float | None
    floor_ppm: int
    short: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRow:
    """One line of the model card."""

    name: Text
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A plan as it is shown."""

    reference: str
    agency: str
    day: date
    version: int
    digest: str
    model: str
    state: Text
    change: Text
    ports: tuple[PortRow, ...]
    moves: tuple[Move, ...]
    card: tuple[CardRow, ...]
    # Ports with lines and no capacity on record: their lines stand under the lawful minimum.
    without_capacity: tuple[str, ...]
    proposed_by: str | None
    released_by: str | None
    released_at: datetime | None
    released_seq: int | None
    ended_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """Results that the model of a plan foretold before it knew them, as kept in its card."""

    plan: str
    day: date
    bands: tuple[Band, ...]
    bins: tuple[tuple[float, float, int], ...]
    error: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """How well the last weeks went, and what other ways would have found."""

    lines: int
    rate: Rate
    bands: tuple[Band, ...]
    calibration: CalibrationCheck
    drift: Drift
    # Over every checked line: seen sooner, and only as far as targeting looks.
    drift_of_all: Drift
    ways: tuple[Compared, ...]
    # What the newest released plan's model foretold before it knew it; None where it could not.
    foretold: Foretold | None


def plans_for(path: str) -> Any:
    """Return the plans that an officer of an agency may see, newest first."""
    return queries.visible(path)


def waiting(path: str, *, by: str, on: date, first: bool, second: bool) -> list[DailyPlan]:
    """
    Return the plans of a day or later that wait for this officer, the newest version of each day.

    :param first: the officer may propose: built plans wait
    :param second: the officer may release: plans wait that somebody else proposed
    """
    states = [
        state.value
        for state, may in ((PlanState.BUILT, first), (PlanState.PROPOSED, second))
        if may
    ]
    rows = (
        DailyPlan.objects.filter(agency__path__startswith=path, day__gte=on)
        .select_related("agency")
        .defer("text", "model__payload")
        .order_by("day", "-version")
    )
    newest: dict[tuple[int, date], DailyPlan] = {}
    for row in rows:
        newest.setdefault((row.agency_id, row.day), row)
    return [row for row in newest.values() if row.state in states and row.proposed_by != by]


def plan(reference: str) -> PlanView:
    """
    Return a plan by its reference.

    :raises guomen.supervision.targeting.operations.NoSuchPlanError: if there is none
    """
    row = DailyPlan.objects.select_related("agency").filter(reference=reference).first()
    if row is None:
        raise NoSuchPlanError(f"there is no plan {reference}", plan=reference)
    return view(row)


def newest(agency: str) -> PlanView:
    """
    Return the newest plan of a bureau.

    :raises guomen.supervision.targeting.operations.NoSuchPlanError: if there is none
    """
    row = DailyPlan.objects.select_related("agency").filter(agency__code=agency).first()
    if row is None:
        raise NoSuchPlanError(f"{agency} has no plan yet: guomen plan build", agency=agency)
    return view(row)


def view(row: DailyPlan) -> PlanView:
    """Return a plan as it is shown."""
    made = read(row.text)
    return PlanView(
        reference=row.reference,
        agency=row.agency.code,
        day=row.day,
        version=row.version,
        digest=row.digest,
        model=made.model,
        state=STATE_NAMES[PlanState(row.state)],
        change=Text(zh=row.change_zh, en=row.change_en),
        ports=tuple(_port(port) for port in made.ports.values()),
        moves=made.moves,
        card=tuple(_card(made.card)),
        without_capacity=tuple(made.card["ports_without_capacity"]),
        proposed_by=row.proposed_by,
        released_by=row.released_by,
        released_at=row.released_at,
        released_seq=row.released_seq,
        ended_for=row.ended_for,
    )


def _port(port: PortPlan) -> PortRow:
    return PortRow(
        port=port.port,
        lines=port.lines,
        selected=port.selected,
        minutes=port.minutes,
        capacity_minutes=port.capacity.minutes,
        slots=port.slots,
        capacity_slots=port.capacity.slots,
        finds=port.finds,
        finds_lawful=port.finds_lawful,
        price_hour=None if port.short else 60 * port.price_minute,
        price_slot=None if port.short else port.price_slot,
        floor_ppm=port.floor_ppm,
        short=port.short,
    )


def _share(value: Any) -> str:
    return "–" if value is None else f"{100 * float(value):.3g}%"


def _card(card: Mapping[str, Any]) -> list[CardRow]:
    """Return the model card in words, one thing a row; it is written by ``building.card``."""
    rate, left_out, losses = card["true_rate"], card["left_out"], card["losses"]
    better = (
        1.0 - float(losses["mixture"]) / float(losses["mean"]) if losses.get("mixture") else None
    )
    error = card["calibration_error"] or (card.get("foretold") or {}).get("error")
    rows = [
        ("用于学习的结果", "Results learnt from", f"{card['results']:,}"),
        ("其中不合格", "Of these failed", f"{float(card['found']):,.0f}"),
        ("未用：结果不明", "Left out: result unknown", f"{left_out['unknown']:,}"),
        ("未用：人工调整", "Left out: changed by hand", f"{left_out['overridden']:,}"),
        ("未用：未实施", "Left out: not carried out", f"{left_out['unperformed']:,}"),
        *(
            (zh, en, _share(card["weights"][name]))
            for name, zh, en in (
                ("cells", "权重：同类货物", "Weight: goods alike"),
                ("logistic", "权重：逻辑回归", "Weight: logistic"),
                ("booster", "权重：提升树", "Weight: boosted trees"),
            )
        ),
        (
            "预测优于平均不合格率",
            "Foretells better than the mean rate",
            _share(better),
        ),
        ("真实不合格率", "True failure rate", _share(rate["value"])),
        ("不低于（95%）", "Not below (95 %)", _share(rate["low"])),
        ("不高于（95%）", "Not above (95 %)", _share(rate["high"])),
        (
            "无结果者若全合格",
            "If all without a result were clean",
            _share(rate["low_if_clean"]),
        ),
        (
            "无结果者若全不合格",
            "If all without a result failed",
            _share(rate["high_if_failing"]),
        ),
        ("有效样本批数", "Effective lines", f"{float(rate['effective']):,.0f}"),
        ("预测与实际平均相差", "Foretold and found differ by", _share(error)),
    ]
    return [CardRow(name=Text(zh=zh, en=en), value=value) for zh, en, value in rows]


def evaluation(agency: str, *, at: datetime) -> Evaluation:
    """Judge the lines of the last weeks of a bureau, by what is known at a moment."""
    offices = agencies.agencies()
    path = offices[agency].path
    codes = frozenset(code for code, a in offices.items() if a.path.startswith(path))
    lines = recent.recent(codes, since=at - settings.EVALUATION_DAYS.value, until=at)
    log = recent.log(lines, known=at)
    checked = log.where(evaluate.Fate.CHECKED) & ~np.isnan(log.score)
    # The floor's lines were drawn evenly: nothing that targeting does can hide a change there.
    floor = checked & ~np.isclose(log.chance, 1.0)
    return Evaluation(
        lines=lines.facts.height,
        rate=evaluate.true_rate(log),
        bands=evaluate.bands(log),
        calibration=evaluate.calibration(log.score[checked], log.found[checked]),
        drift=evaluate.drift(log.score[floor], log.found[floor]),
        drift_of_all=evaluate.drift(log.score[checked], log.found[checked]),
        ways=_ways(lines, log),
        foretold=_foretold(path),
    )


def _foretold(path: str) -> Foretold | None:
    """Read the card of the newest plan that was released. Fractions are kept as text."""
    row = queries.visible(path).filter(released_at__isnull=False).first()
    kept = None if row is None else read(row.text).card.get("foretold")
    if row is None or not kept:
        return None
    return Foretold(
        plan=row.reference,
        day=row.day,
        bands=tuple(_band(band) for band in kept["bands"]),
        bins=tuple((float(a), float(b), int(n)) for a, b, n in kept["bins"]),
        error=None if kept["error"] is None else float(kept["error"]),
    )


def _band(kept: Mapping[str, Any]) -> Band:
    whole = {"lines", "checked", "found"}
    values: dict[str, Any] = {k: int(v) if k in whole else float(v) for k, v in kept.items()}
    return Band(**values)


def _ways(lines: recent.Recent, log: evaluate.Log) -> tuple[Compared, ...]:
    """Compare what was done with random, rules alone, every tenth, CSP-1 and CSP-3."""
    if not lines.facts.height:
        return ()
    lawful, _ = recent.lawful(lines.facts, engine=engine(), orders=controls.order_set())
    kinds = (
        lines.facts.select("enterprise", "hs_code", "direction")
        .with_columns(hs6=lines.facts["hs_code"].str.head(6))
        .select("enterprise", "hs6", "direction")
    )
    numbers = _numbered(kinds)
    ways = {
        "as_decided": log.chance,
        "random": np.full(log.chance.size, 0.5),
        "rules_only": lawful,
        "every_tenth": evaluate.every_tenth(log.chance.size),
    }
    for group in (("dairy", "import"), ("vegetables", "export")):
        plan = continuous_plan(*group)
        if plan is not None:
            ways[plan.kind.value] = evaluate.continuous(numbers, log, plan)
    capacity = float(log.where(evaluate.Fate.CHECKED, evaluate.Fate.UNCHECKED).sum())
    return evaluate.compare(log, ways, capacity=capacity)


def _numbered(kinds: pl.DataFrame) -> Ints:
    """Return a number for each kind of goods, from 0."""
    seen: dict[tuple[Any, ...], int] = {}
    return np.array([seen.setdefault(row, len(seen)) for row in kinds.rows()], dtype=np.int64)


def explanation(facts: Mapping[str, Any]) -> tuple[Text, ...]:
    """
    Return what the plan said of a line when it was decided, from the facts of its ruling.

    Empty where no plan held. The cells are those of the plan's own model, so it says next year
    what it said then.
    """
    (said,) = _explained([facts])
    return said


def explanations(lines: Sequence[str]) -> dict[str, tuple[Text, ...]]:
    """
    Return what the plan said of each line by its newest ruling; lines without a plan are left out.

    A fixed number of queries for all lines, and one a model that was not used here before.
    """
    entries = ledger.latest(rulings.KIND, lines)
    facts = {e.subject: e.value()["facts"] for e in entries.values() if e.body is not None}
    said = _explained(list(facts.values()))
    return {line: texts for line, texts in zip(facts, said, strict=True) if texts}


def _explained(many: Sequence[Mapping[str, Any]]) -> list[tuple[Text, ...]]:
    shorts = {facts["plan"] for facts in many if facts.get("plan")}
    if not shorts:
        return [() for _ in many]
    models = dict(
        DailyPlan.objects.annotate(short=Left("digest", in_force.SHORT))
        .filter(short__in=shorts)
        .values_list("short", "model__digest")
    )
    return [_says(facts, models.get(facts.get("plan", ""))) for facts in many]


def _says(facts: Mapping[str, Any], digest: str | None) -> tuple[Text, ...]:
    if digest is None:
        return ()
    model = in_force.model_of(digest)
    failing = int(facts["failing_ppm"]) / MILLION
    drawn = int(facts["plan_chance_ppm"]) / MILLION
    head = Text(
        zh=f"研判：不合格概率 {100 * failing:.2g}%，方案抽中概率 {100 * drawn:.3g}%。",
        en=f"Targeting: {100 * failing:.2g} % chance to fail; drawn under the plan with "
        f"{100 * drawn:.3g} %.",
    )
    line = goods.of_rows([{name: facts.get(name) for name in goods.READ}]).row(0, named=True)
    return (head, *(e.says for e in telling(model.explain(line))))


def as_values(view: PlanView) -> dict[str, Any]:
    """Return a plan as plain values, for a program."""
    return asdict(view)


def evaluation_values(found: Evaluation) -> dict[str, Any]:
    """Return an evaluation as plain values, for a program."""
    return asdict(found)
