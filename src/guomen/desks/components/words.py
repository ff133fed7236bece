"""Words for codes that pages show: directions, transport, units, suppliers, moves of the ledger."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_lazy, pgettext_lazy

from guomen.core.facts import SUPPLIER_NAMES
from guomen.core.frequency import PHASE_NAMES, Finding
from guomen.core.ruling import MODE_NAMES
from guomen.core.severity import OUTCOME_NAMES
from guomen.core.text import Text
from guomen.desks.components.tones import Words, lazily, said
from guomen.journeys.holders import UNREGISTERED
from guomen.rulebooks.commodities import COMMODITIES, GROUP_NAMES
from guomen.rulebooks.inspection import FORGO_REASONS as _FORGO_REASONS
from guomen.rulebooks.inspection import REASSIGN_REASONS as _REASSIGN_REASONS
from guomen.rulebooks.inspection import SKILL_NAMES
from guomen.rulebooks.obligations import OBLIGATION_NAMES
from guomen.supervision.declarations.lifecycle import STATE_NAMES

DIRECTIONS: Mapping[str, Words] = MappingProxyType(
    {
        "import": pgettext_lazy("direction", "Import"),
        "export": pgettext_lazy("direction", "Export"),
        "transit": pgettext_lazy("direction", "Transit"),
    }
)
TRANSPORTS: Mapping[str, Words] = MappingProxyType(
    {
        "sea": pgettext_lazy("transport", "Sea"),
        "road": pgettext_lazy("transport", "Road"),
        "rail": pgettext_lazy("transport", "Rail"),
        "air": pgettext_lazy("transport", "Air"),
        "post": pgettext_lazy("transport", "Post"),
    }
)
# By what goods that failed before are known again.
RETURNING: Mapping[str, Words] = MappingProxyType(
    {
        "lot": pgettext_lazy("known again", "lot number"),
        "seal": pgettext_lazy("known again", "seal"),
        "container": pgettext_lazy("known again", "container"),
        "transport_document": pgettext_lazy("known again", "transport document"),
        "seller": pgettext_lazy("known again", "seller"),
        "enterprise": pgettext_lazy("known again", "enterprise"),
        "product": pgettext_lazy("known again", "HS code to six digits"),
        "heading": pgettext_lazy("known again", "HS heading"),
        "quantity": pgettext_lazy("known again", "quantity"),
    }
)
# UN/ECE Recommendation 20 codes; a code outside the table is shown as it is.
UNITS: Mapping[str, Words] = MappingProxyType(
    {
        "KGM": pgettext_lazy("unit", "kg"),
        "TNE": pgettext_lazy("unit", "t"),
        "GRM": pgettext_lazy("unit", "g"),
        "LTR": pgettext_lazy("unit", "L"),
        "MTR": pgettext_lazy("unit", "m"),
        "MTK": pgettext_lazy("unit", "m²"),
        "MTQ": pgettext_lazy("unit", "m³"),
        "C62": pgettext_lazy("unit", "pieces"),
        "PR": pgettext_lazy("unit", "pairs"),
        "HEA": pgettext_lazy("unit", "head"),
        "SET": pgettext_lazy("unit", "sets"),
        "KWH": pgettext_lazy("unit", "kWh"),
    }
)
SUPPLIERS: Mapping[str, Words] = MappingProxyType(
    {supplier.value: lazily(text) for supplier, text in SUPPLIER_NAMES.items()}
)
STATES: Mapping[str, Words] = MappingProxyType(
    {state.value: lazily(text) for state, text in STATE_NAMES.items()}
)
GROUPS: Mapping[str, Words] = MappingProxyType(
    {group.value: lazily(text) for group, text in GROUP_NAMES.items()}
)
FINDINGS: Mapping[str, Words] = MappingProxyType(
    {
        Finding.CONFORM.value: gettext_lazy("Conforms"),
        Finding.NONCONFORM.value: gettext_lazy("Does not conform"),
        Finding.UNKNOWN.value: gettext_lazy("Not known yet"),
    }
)
# Why a check that was due was not carried out.
NOT_PERFORMED: Mapping[str, Words] = MappingProxyType(
    {
        "capacity": gettext_lazy("No capacity today"),
        "goods_absent": gettext_lazy("The goods were not there"),
        "weather": gettext_lazy("Weather made it impossible"),
        "equipment": gettext_lazy("Equipment out of order"),
        "withdrawn": gettext_lazy("The line was withdrawn"),
        "not_performed": gettext_lazy("Not carried out"),
    }
)


# What the ledger holds about a line, by kind of entry; rulings, results and amendments say more.
EVENTS: Mapping[str, Words] = MappingProxyType(
    {
        "examination": gettext_lazy("Ruled after inspection"),
        "disposition": gettext_lazy("Last ruling"),
        "inspection_record": gettext_lazy("Record of the inspection closed"),
        "assignment": gettext_lazy("Inspector drawn"),
        "sample.handed_over": gettext_lazy("Sample handed over"),
        "laboratory.sent_back": gettext_lazy("Result sent back to the bench"),
        "laboratory.run_judged": gettext_lazy("Run of the laboratory judged"),
        "laboratory.run_voided": gettext_lazy("Run of the laboratory made void"),
        "disposal.chosen": gettext_lazy("Disposal chosen"),
        "disposal.ordered": gettext_lazy("Disposal ordered"),
        "disposal.cancelled": gettext_lazy("Disposal taken back"),
        "disposal.carried_out": gettext_lazy("Disposal carried out"),
        "disposal.proved": gettext_lazy("Disposal proved"),
        "disposal.sorted_out": gettext_lazy("Conforming goods sorted out"),
        "disposal.closed": gettext_lazy("Case of failed goods closed"),
        "review.asked": gettext_lazy("Re-inspection asked for"),
        "review.answered": gettext_lazy("Re-inspection answered"),
        "certificate.issued": gettext_lazy("Certificate issued"),
        "certificate.replaced": gettext_lazy("Certificate replaced"),
        "certificate.revocation_proposed": gettext_lazy("Revocation of a certificate proposed"),
        "certificate.revocation_decided": gettext_lazy("Revocation of a certificate decided"),
        "message.sent": gettext_lazy("Signed message sent"),
        "message.received": gettext_lazy("Signed message received"),
    }
)
TRUTHS: Mapping[str, Words] = MappingProxyType(
    {
        "true": pgettext_lazy("truth", "yes"),
        "false": pgettext_lazy("truth", "no"),
        "none": pgettext_lazy("fact", "none"),
        "NONE": pgettext_lazy("fact", "none"),
        "SELF": pgettext_lazy("fact", "declares itself"),
    }
)
_OUTCOMES = {outcome.value: lazily(text) for outcome, text in OUTCOME_NAMES.items()}
_MODES = {mode.value: lazily(text) for mode, text in MODE_NAMES.items()}
_PHASES = {phase.value: lazily(text) for phase, text in PHASE_NAMES.items()}
_RISKS = {
    "high": pgettext_lazy("product risk", "high"),
    "higher": pgettext_lazy("product risk", "higher"),
    "general": pgettext_lazy("product risk", "general"),
}
_ACCESS = {
    "admitted": pgettext_lazy("origin access", "admitted"),
    "suspended": pgettext_lazy("origin access", "suspended"),
    "banned": pgettext_lazy("origin access", "banned"),
}
# Facts whose values are codes that have words.
FACT_WORDS: Mapping[str, Mapping[str, Words]] = MappingProxyType(
    {
        "direction": DIRECTIONS,
        "transport": TRANSPORTS,
        "unit": UNITS,
        "unit_expected": UNITS,
        "commodity_group": GROUPS,
        "ordered": {**TRUTHS, **_OUTCOMES},
        "earlier_outcome": {**TRUTHS, **_OUTCOMES},
        "raised_outcome": {**TRUTHS, **_OUTCOMES},
        "mode": {**TRUTHS, **_MODES},
        "sampling_phase": {**TRUTHS, **_PHASES},
        "product_risk": _RISKS,
        "origin_access": _ACCESS,
    }
)


# Declared text is stored in its compatibility form (NFKC): brackets are narrow there.
_LISTED = MappingProxyType(
    {
        spelled: goods.name
        for goods in COMMODITIES
        for spelled in (goods.name.zh, unicodedata.normalize("NFKC", goods.name.zh))
    }
)


def declared(goods: str) -> str:
    """Return goods as declared, or in English where they were declared by the list's own name."""
    return said(_LISTED[goods]) if goods in _LISTED else goods


def without_mark(reference: str) -> str:
    """Return a number as it was declared, without the mark that it is on no register."""
    return reference.removeprefix(UNREGISTERED)


def label(text: Text) -> Words:
    """Return the label of a column as a form has it: an English one begins with a capital."""
    return lazily(Text(zh=text.zh, en=text.en[:1].upper() + text.en[1:]))


SKILLS: Mapping[str, Words] = MappingProxyType(
    {skill.value: lazily(text) for skill, text in SKILL_NAMES.items()}
)
OBLIGATIONS: Mapping[str, Words] = MappingProxyType(
    {code: lazily(text) for code, text in OBLIGATION_NAMES.items()}
)
REASSIGN_REASONS: Mapping[str, Words] = MappingProxyType(
    {code: lazily(text) for code, text in _REASSIGN_REASONS.items()}
)
FORGO_REASONS: Mapping[str, Words] = MappingProxyType(
    {
        **{code: lazily(text) for code, text in _FORGO_REASONS.items()},
        "no_longer_asked": gettext_lazy("No longer asked for"),
    }
)
CHECKS: Mapping[str, Words] = MappingProxyType(
    {
        "documentary": pgettext_lazy("check", "Papers"),
        "identity": pgettext_lazy("check", "Identity"),
        "physical": pgettext_lazy("check", "Goods"),
        "sampling": pgettext_lazy("check", "Samples"),
        "loading": pgettext_lazy("check", "Loading"),
        "port": pgettext_lazy("check", "Port of exit"),
    }
)
# Why somebody of the role was not among those who could be drawn.
WHY_NOT: Mapping[str, Words] = MappingProxyType(
    {
        "interest": gettext_lazy("has an interest in the enterprise"),
        "acted": gettext_lazy("inspected these goods before"),
        "skill": gettext_lazy("does not hold the skill"),
        "full": gettext_lazy("has a full day"),
    }
)
