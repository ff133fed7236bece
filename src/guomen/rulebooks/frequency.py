"""
How often goods of each kind are opened: modes of supervision, shares, credit, continuous sampling.

Every number comes from ``rates``. The share that stands is the largest that any rule gives, times
the credit factor; where every lot is due, no factor thins it. Not for single orders (``orders``).
"""

from __future__ import annotations

from collections.abc import Iterable

from guomen.core.frequency import MILLION, ContinuousPlan, Phase
from guomen.core.rules import NOTHING, Consequence, Rule
from guomen.core.ruling import MODE_NAMES, Gate, Mode
from guomen.core.text import Text
from guomen.rulebooks.clauses import (
    CLASS_RULES,
    CONTINUOUS_SAMPLING,
    CREDIT_NORMS,
    EXPORT_FOOD_SCHEME,
    HOUSE_RULE,
    SPOT_CHECK_RULES,
    Citation,
    follows,
    percent,
)
from guomen.rulebooks.dated import Dated
from guomen.rulebooks.rates import (
    CONTINUOUS,
    CREDIT_D_RATE,
    CREDIT_FACTORS,
    EXPORT_FOOD,
    EXPORT_FOOD_CLASS_2,
    EXPORT_FOOD_CLASS_3,
    EXPORT_FOOD_HIGH,
    IMPORT_RATES,
    MODE_RATES,
    MODES,
    RISKS,
    SPOT_CHECK_RATE,
)
from guomen.rulebooks.scopes import (
    EXPORTED_FOOD_AND_FARM,
    EXPORTED_INDUSTRIAL,
    IMPORT,
    both,
    either,
    one_of,
)

_RISK_NAMES = {
    "high": Text(zh="高风险", en="high-risk"),
    "higher": Text(zh="较高风险", en="higher-risk"),
    "general": Text(zh="一般风险", en="general-risk"),
}


def _share(
    number: int,
    rule_id: str,
    says: Text,
    *,
    rate: Dated[int],
    under: Citation,
    where: str,
    unknown: Consequence | None = None,
) -> Rule:
    """Draft a rule that gives a share of lots; goods that may come under it get it too."""
    then = Consequence(rate_ppm=rate.value)
    return follows(
        number,
        rule_id,
        says,
        under=under,
        gate=Gate.FREQUENCY,
        where=where,
        then=then,
        unknown=then if unknown is None else unknown,
    )


# -- industrial exports: mode of supervision by class and product risk ------------------------
def _cells(mode: Mode) -> str:
    """Write the cells of the table that give one mode, a class with every risk as the class."""
    parts = []
    for grade in range(1, 5):
        risks = [risk for risk in RISKS if MODES.value[grade, risk] is mode]
        if risks:
            at = f"enterprise_class = {grade}"
            parts.append(
                at if len(risks) == len(RISKS) else both(at, one_of("product_risk", risks))
            )
    return either(*parts)


def _mode_rule(number: int, mode: Mode) -> Rule:
    rate, name = MODE_RATES[mode], MODE_NAMES[mode]
    # An enterprise that was never classed is not taken for one of class 4: its goods are seen
    # lot by lot, without the tests of every item that a grave record calls for.
    unknown = Mode.STRICT if mode is Mode.SPECIAL else mode
    duties = ("all_items",) if mode is Mode.SPECIAL else ()
    return follows(
        number,
        f"FRQ-MODE-{mode.upper()}",
        Text(
            zh=f"按企业分类和产品风险等级应实施{name.zh}的出口工业产品，抽批比例不低于"
            f"{percent(rate.value)}。",
            en=f"Industrial exports whose class and product risk call for {name.en.lower()} are "
            f"opened at a share of at least {percent(rate.value)} of lots.",
        ),
        under=CLASS_RULES.cite("分类与监管方式 / classes and modes", rate.certainty),
        gate=Gate.FREQUENCY,
        where=both(EXPORTED_INDUSTRIAL, _cells(mode)),
        then=Consequence(mode=mode, rate_ppm=rate.value, obligations=duties),
        unknown=Consequence(mode=unknown, rate_ppm=MODE_RATES[unknown].value),
    )


MODE_RULES = tuple(_mode_rule(58 + i, mode) for i, mode in enumerate(Mode))

# -- food, animals and plants going out -------------------------------------------------------
FOOD_RULES: tuple[Rule, ...] = (
    _share(
        63,
        "FRQ-FOOD-HIGH",
        Text(
            zh=f"高风险的出口食品和动植物产品，抽批比例不低于{percent(EXPORT_FOOD_HIGH.value)}。",
            en="High-risk exports of food, animals and plants are opened at a share of at least "
            f"{percent(EXPORT_FOOD_HIGH.value)} of lots.",
        ),
        rate=EXPORT_FOOD_HIGH,
        under=EXPORT_FOOD_SCHEME.cite("一类 / class 1", "sourced"),
        where=both(EXPORTED_FOOD_AND_FARM, "product_risk = 'high'"),
    ),
    _share(
        64,
        "FRQ-FOOD",
        Text(
            zh=f"出口食品和动植物产品，抽批比例不低于{percent(EXPORT_FOOD.value)}。",
            en="Exports of food, animals and plants are opened at a share of at least "
            f"{percent(EXPORT_FOOD.value)} of lots.",
        ),
        rate=EXPORT_FOOD,
        under=EXPORT_FOOD_SCHEME.cite("一类 / class 1", "sourced"),
        where=EXPORTED_FOOD_AND_FARM,
    ),
    _share(
        65,
        "FRQ-FOOD-CLASS-2",
        Text(
            zh="二类企业和尚未分类企业的出口食品和动植物产品，抽批比例不低于"
            f"{percent(EXPORT_FOOD_CLASS_2.value)}。",
            en="Exports of food, animals and plants by enterprises of class 2, or not yet classed, "
            f"are opened at a share of at least {percent(EXPORT_FOOD_CLASS_2.value)} of lots.",
        ),
        rate=EXPORT_FOOD_CLASS_2,
        under=EXPORT_FOOD_SCHEME.cite("二类 / class 2", "sourced"),
        where=both(EXPORTED_FOOD_AND_FARM, "enterprise_class = 2"),
    ),
    _share(
        66,
        "FRQ-FOOD-CLASS-3",
        Text(
            zh="三类、四类企业的出口食品和动植物产品逐批查验。",
            en="Exports of food, animals and plants by enterprises of classes 3 and 4 are opened, "
            "every lot.",
        ),
        rate=EXPORT_FOOD_CLASS_3,
        under=EXPORT_FOOD_SCHEME.cite("三类 / class 3", "sourced"),
        where=both(EXPORTED_FOOD_AND_FARM, "enterprise_class >= 3"),
        # Who is not yet classed gets the share of class 2, above.
        unknown=NOTHING,
    ),
)


# -- imports, and goods outside the catalogue -------------------------------------------------
def _import_rule(number: int, risk: str) -> Rule:
    rate, name = IMPORT_RATES[risk], _RISK_NAMES[risk]
    return _share(
        number,
        f"FRQ-IMPORT-{risk.upper()}",
        Text(
            zh=f"法定检验的{name.zh}进口货物，抽批比例不低于{percent(rate.value)}。",
            en=f"Imports of {name.en} goods under legal inspection are opened at a share of at "
            f"least {percent(rate.value)} of lots.",
        ),
        rate=rate,
        under=HOUSE_RULE.cite("进口抽批 / share of import lots", rate.certainty),
        where=both(IMPORT, "in_legal_catalogue", f"product_risk = '{risk}'"),
    )


IMPORT_RULES: tuple[Rule, ...] = (
    *(_import_rule(67 + i, risk) for i, risk in enumerate(RISKS)),
    _share(
        70,
        "FRQ-SPOT-CHECK",
        Text(
            zh=f"法检目录以外的货物实施抽查检验，抽批比例不低于{percent(SPOT_CHECK_RATE.value)}。",
            en="Goods outside the catalogue of legal inspection are spot-checked at a share of at "
            f"least {percent(SPOT_CHECK_RATE.value)} of lots.",
        ),
        rate=SPOT_CHECK_RATE,
        under=SPOT_CHECK_RULES.cite("抽查 / spot checks", SPOT_CHECK_RATE.certainty),
        where="NOT in_legal_catalogue",
    ),
)


# -- credit -----------------------------------------------------------------------------------
def _credit_rule(number: int, level: str) -> Rule:
    factor = CREDIT_FACTORS[level]
    times = f"{factor.value / MILLION:g}"
    then = Consequence(factor_ppm=factor.value)
    return follows(
        number,
        f"FRQ-CREDIT-{level}",
        Text(
            zh=f"信用等级为 {level} 的企业，抽批比例乘以 {times}。",
            en=f"An enterprise of credit level {level} has its share of lots taken times {times}.",
        ),
        under=CREDIT_NORMS.cite("分级监管 / measures by level", factor.certainty),
        gate=Gate.FREQUENCY,
        where=f"credit_level = '{level}'",
        then=then,
        # A level that is not known earns no relief: the largest factor that may apply is taken.
        unknown=then if factor.value >= MILLION else NOTHING,
    )


CREDIT_RULES: tuple[Rule, ...] = (
    *(_credit_rule(71 + i, level) for i, level in enumerate(CREDIT_FACTORS)),
    _share(
        75,
        "FRQ-CREDIT-D",
        Text(
            zh="信用等级为 D 的企业，货物逐批查验。",
            en="Goods of an enterprise of credit level D are opened, every lot.",
        ),
        rate=CREDIT_D_RATE,
        under=CREDIT_NORMS.cite("D级 / level D", CREDIT_D_RATE.certainty),
        where="credit_level = 'D'",
        # Level D is given for grave acts and is never presumed.
        unknown=NOTHING,
    ),
)

# -- continuous sampling ----------------------------------------------------------------------
EVERY_LOT = one_of("sampling_phase", [Phase.SCREENING, Phase.GUARD])
SOME_LOTS = one_of("sampling_phase", [Phase.SAMPLING, Phase.WATCH])


def continuous_plan(group: str, direction: str) -> ContinuousPlan | None:
    """
    Return the continuous sampling plan of goods of a group and direction; None where none is kept.

    >>> continuous_plan("dairy", "import").fraction_ppm
    250000
    >>> continuous_plan("textiles", "export") is None
    True
    """
    row = CONTINUOUS.get((group, direction))
    return None if row is None else row.value


def _under_fraction(fraction_ppm: int) -> str:
    """Write the condition that goods are sampled at one fraction."""
    groups: dict[str, list[str]] = {}
    for (group, direction), row in CONTINUOUS.items():
        if row.value.fraction_ppm == fraction_ppm:
            groups.setdefault(direction, []).append(group)
    return either(
        *(
            both(one_of("direction", [direction]), one_of("commodity_group", names))
            for direction, names in groups.items()
        )
    )


def _fractions() -> Iterable[int]:
    return dict.fromkeys(row.value.fraction_ppm for row in CONTINUOUS.values())


def _fraction_rule(number: int, fraction_ppm: int) -> Rule:
    share = percent(fraction_ppm)
    then = Consequence(rate_ppm=fraction_ppm)
    return follows(
        number,
        f"FRQ-CONTINUOUS-{fraction_ppm // 10_000}",
        Text(
            zh=f"连续抽样已转入抽批检验的，抽批比例不低于{share}。",
            en="Goods whose continuous sampling has come down to a share are opened at "
            f"{share} of lots at least.",
        ),
        under=CONTINUOUS_SAMPLING.cite(f"f = {share}", "default"),
        gate=Gate.FREQUENCY,
        where=both(SOME_LOTS, _under_fraction(fraction_ppm)),
        then=then,
        unknown=then,
    )


_ALL = Consequence(rate_ppm=MILLION)
CONTINUOUS_RULES: tuple[Rule, ...] = (
    follows(
        76,
        "FRQ-CONTINUOUS-EVERY",
        Text(
            zh="连续抽样处于逐批检验阶段或不合格后连续四批的，逐批查验。",
            en="While continuous sampling screens, or guards after a failure, every lot is opened.",
        ),
        under=CONTINUOUS_SAMPLING.cite("逐批阶段 / screening", "default"),
        gate=Gate.FREQUENCY,
        where=EVERY_LOT,
        then=_ALL,
        unknown=_ALL,
    ),
    *(_fraction_rule(77 + i, fraction) for i, fraction in enumerate(_fractions())),
)

RULES: tuple[Rule, ...] = (
    *MODE_RULES,
    *FOOD_RULES,
    *IMPORT_RULES,
    *CREDIT_RULES,
    *CONTINUOUS_RULES,
)
