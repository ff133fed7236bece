"""How class and credit are shown: tones, the history as a chart, and sentences of outlooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext, ngettext

from guomen.core.classification import ELEMENT_NAMES, HUNDRED, HazardRisk, Items
from guomen.core.classification import WhatIf as ClassOutlook
from guomen.core.credit import CAUSE_NAMES, Level
from guomen.core.credit_outlook import CONDITION_NAMES, Condition, Explained, WhatIf
from guomen.core.ruling import MODE_NAMES
from guomen.desks.components import numbers, tones
from guomen.desks.components.tones import Tone
from guomen.journeys.standing.classing import Trial
from guomen.journeys.standing.reading import ClassView
from guomen.rulebooks.classification import VETOES
from guomen.rulebooks.credit_items import ITEMS
from guomen.supervision.classification.models import Grade, RiskLevel

LEVEL_LOOKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "AA": ("jade", "check"),
        "A": ("jade", "check"),
        "B": ("slate", "dot"),
        "C": ("amber", "warning"),
        "D": ("seal", "refuse"),
    }
)
GRADE_LOOKS: Mapping[int, tuple[str, str]] = MappingProxyType(
    {1: ("jade", "check"), 2: ("slate", "dot"), 3: ("amber", "warning"), 4: ("seal", "refuse")}
)


def level_tone(level: str) -> Tone:
    """Return how a credit level is shown."""
    colour, icon = LEVEL_LOOKS[level]
    return Tone(colour=colour, icon=icon, word=gettext("Level %(level)s") % {"level": level})


def grade_tone(grade: int) -> Tone:
    """Return how a class is shown."""
    colour, icon = GRADE_LOOKS[grade]
    return Tone(colour=colour, icon=icon, word=str(Grade(grade).label))


RISKS = tones.drawn(
    {"high": ("seal", "warning"), "higher": ("amber", "warning"), "general": ("slate", "dot")},
    dict(RiskLevel.choices),
)


def sum_of(items: Items) -> str:
    """Print the sum of items in percent; what is unknown leaves it open."""
    known = sum((item for item in items if item is not None), Decimal(0))
    return f"{known.normalize():f} %" if None not in items else f"≥ {known.normalize():f} %"


def index_of(risk: HazardRisk) -> str:
    """Print a probability index; two numbers where an item is unknown."""
    least, most = float(risk.least), float(risk.most)
    return f"{least:.3g}" if least == most else f"{least:.3g} – {most:.3g}"


# The history -------------------------------------------------------------------------------------


def level_history(explained: Explained) -> list[dict[str, str]]:
    """Return the rows behind the chart of levels."""
    return [
        {
            "day": f"{step.begins:%Y-%m-%d}",
            "value": step.level.value,
            "score": "" if step.score is None else str(step.score),
            "why": tones.said(CAUSE_NAMES[step.cause]),
        }
        for step in explained.steps
    ]


def class_history(view: ClassView) -> list[dict[str, str]]:
    """Return the rows behind the chart of classes."""
    return [
        {
            "day": f"{row.begins:%Y-%m-%d}",
            "value": str(row.grade),
            "score": points(row.assessment.total) if row.assessment else "",
            "why": row.assessment.reference if row.assessment else "",
        }
        for row in view.history
    ]


def chart(rows: Sequence[Mapping[str, str]], scale: Sequence[str], until: str) -> dict[str, Any]:
    """Return what the script draws: a line of steps on a scale, the best at the top."""
    return {"rows": [[row["day"], row["value"]] for row in rows], "scale": scale, "until": until}


LEVEL_SCALE = tuple(reversed([level.value for level in Level]))
GRADE_SCALE = ("4", "3", "2", "1")


def points(hundredths: int | None) -> str:
    """Print a total that is kept in hundredths of a point."""
    return numbers.EM_DASH if hundredths is None else f"{hundredths / HUNDRED:.2f}"


# Sentences ---------------------------------------------------------------------------------------


def _spaced(text: str) -> str:
    return numbers.spaced(text)


def lifts(outlook: WhatIf | None, held: str) -> list[str]:
    """Say what would lift a credit level."""
    if outlook is None:
        return []
    said = []
    if outlook.sooner is not None:
        lift = outlook.sooner
        parts = []
        if lift.verify:
            parts.append(gettext("your quality management is verified on site"))
        if lift.marks:
            parts.append(
                ngettext(
                    "%(marks)s (%(points)d points) is withdrawn after a dispute",
                    "%(marks)s (%(points)d points) are withdrawn after a dispute",
                    len(lift.marks),
                )
                % {"marks": ", ".join(lift.marks), "points": lift.points}
            )
        said.append(
            gettext("Level %(level)s on %(day)s, if %(what)s.")
            % {
                "level": lift.to.value,
                "day": f"{lift.on:%Y-%m-%d}",
                "what": gettext(" and ").join(parts),
            }
        )
    if outlook.waiting is not None:
        said.append(
            gettext("Level %(level)s on %(day)s by itself, if nothing more is put on file.")
            % {"level": outlook.waiting.to.value, "day": f"{outlook.waiting.on:%Y-%m-%d}"}
        )
    if held == "A":
        said.append(gettext("Level AA is by application: look at its conditions below."))
    if held == "AA":
        said.append(gettext("There is no higher level."))
    return [_spaced(text) for text in said]


def drops(outlook: WhatIf | None) -> list[str]:
    """Say what would drop a credit level."""
    if outlook is None or outlook.drop is None:
        return []
    drop = outlook.drop
    if drop.points == 0:
        said = [
            gettext("Level %(level)s at the next rating already, by what is on file now.")
            % {"level": drop.to.value}
        ]
    else:
        said = [
            ngettext(
                "%(n)d more point gives level %(level)s at the next rating.",
                "%(n)d more points give level %(level)s at the next rating.",
                drop.points,
            )
            % {"n": drop.points, "level": drop.to.value}
        ]
    if drop.items:
        said.append(
            gettext("Each of these alone does it: %(items)s.") % {"items": _items(drop.items)}
        )
    if drop.at_once:
        said.append(
            gettext("These give level D at once: %(items)s.") % {"items": _items(drop.at_once)}
        )
    return [_spaced(text) for text in said]


_FEW = 6


def _items(codes: Sequence[str]) -> str:
    named = [tones.said(ITEMS[code].rows[-1].value.says) for code in codes[:_FEW]]
    more = len(codes) - len(named)
    joined = ("；" if tones.in_chinese() else "; ").join(named)
    return joined if more <= 0 else joined + gettext(", and %(n)d others") % {"n": more}


def conditions(found: Mapping[Condition, bool | None]) -> list[tuple[str, str, str, str]]:
    """Return the conditions of AA: text, colour, icon, word."""
    looks = {
        True: ("jade", "check", gettext("met")),
        False: ("seal", "cross", gettext("not met")),
        None: ("amber", "question", gettext("not known")),
    }
    return [(tones.said(CONDITION_NAMES[c]), *looks[met]) for c, met in found.items()]


def class_lifts(outlook: ClassOutlook | None) -> list[str]:
    """Say what would lift a class."""
    lift = outlook.lift if outlook else None
    if lift is None:
        return []
    said = [
        gettext("%(n)s points are missing for class %(grade)d.")
        % {"n": points(lift.hundredths), "grade": lift.grade}
    ]
    if lift.vetoes:
        named = ", ".join(tones.said(VETOES[veto]) for veto in lift.vetoes)
        said = [
            gettext("Class %(grade)d, once this is past: %(what)s.")
            % {"grade": lift.grade, "what": named}
        ]
    said += [
        gettext("%(element)s alone: %(score)d or more.")
        % {"element": tones.said(ELEMENT_NAMES[element]), "score": score}
        for element, score in lift.single
    ]
    return [_spaced(text) for text in said]


def class_drops(outlook: ClassOutlook | None) -> list[str]:
    """Say what would drop a class."""
    drop = outlook.drop if outlook else None
    if drop is None:
        return []
    said = [
        gettext("More than %(n)s points lost give class %(grade)d.")
        % {"n": points(drop.hundredths), "grade": drop.grade}
    ]
    said += [
        gettext("%(element)s alone: below %(score)d.")
        % {"element": tones.said(ELEMENT_NAMES[element]), "score": score}
        for element, score in drop.single
    ]
    return [_spaced(text) for text in said]


def trials(found: Sequence[Trial]) -> list[dict[str, Any]]:
    """Return the rows of a trial in words."""
    return [
        {
            "risk": str(RiskLevel(row.risk).label) if row.risk else gettext("not known"),
            "lots": row.lots,
            "before": tones.said(MODE_NAMES[row.before]) if row.before else numbers.EM_DASH,
            "after": tones.said(MODE_NAMES[row.after]) if row.after else numbers.EM_DASH,
            "opened_before": _opened(row.opened_before),
            "opened_after": _opened(row.opened_after),
        }
        for row in found
    ]


def _opened(value: float | None) -> str:
    return numbers.EM_DASH if value is None else f"{value:.1f}"
