"""
Who may do what at the desk of officers: one table from role to moves, and nothing else anywhere.

What a line is open to is said by its lifecycle; an officer may make a move when both allow it. The
reach of every move is the subtree of the officer's agency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from guomen.journeys.certification.receiving import RECEIVERS
from guomen.journeys.clearance.overriding import OVERRIDABLE
from guomen.supervision.agencies.models import Role
from guomen.supervision.declarations.lifecycle import LINE, OPEN, LineMove, LineState


class Move(StrEnum):
    """What an officer can do."""

    SEE = "see"
    EXPORT = "export"
    PROVE = "prove"
    REPLAY = "replay"
    LODGE = "lodge"
    SUPPLY = "supply"
    AMEND = "amend"
    WITHDRAW = "withdraw"
    REDECIDE = "redecide"
    RAISE = "raise"
    SETTLE = "settle"
    APPROVE = "approve"
    # Of goods that failed and of certificates: dispose, account for it, certify, revoke.
    DISPOSE = "dispose"
    ACCOUNT = "account"
    CERTIFY = "certify"
    REVOKE = "revoke"
    # Signed messages of other offices: take them in.
    RECEIVE = "receive"
    RECORD = "record"
    SAMPLE = "sample"
    BENCH = "bench"
    APPROVE_RESULTS = "approve_results"
    ASSIGN = "assign"
    INSPECT = "inspect"
    # In the room of access: look, keep the registers, look at sites, decide, be the second person.
    SEE_REGISTERS = "see_registers"
    KEEP_REGISTERS = "keep_registers"
    REVIEW_SITES = "review_sites"
    DECIDE_ACCESS = "decide_access"
    APPROVE_ACCESS = "approve_access"
    WATCH = "watch"
    JUDGE_SIGNAL = "judge_signal"
    # The plan of the day: see it, be the first of two persons, be the second.
    SEE_PLAN = "see_plan"
    PROPOSE_PLAN = "propose_plan"
    RELEASE_PLAN = "release_plan"
    # How enterprises stand: class, credit, blacklist.
    SEE_STANDING = "see_standing"
    ASSESS = "assess"
    SIGN_CLASS = "sign_class"
    KEEP_CREDIT = "keep_credit"
    JUDGE_CREDIT = "judge_credit"
    DECIDE_LIST = "decide_list"
    TAKE_IN = "take_in"


_READING = frozenset({Move.SEE, Move.EXPORT, Move.PROVE, Move.REPLAY, Move.SEE_STANDING})
_CHECKING = _READING | {Move.RECORD, Move.RAISE, Move.INSPECT}
_EXAMINING = _READING | {
    Move.LODGE,
    Move.SUPPLY,
    Move.AMEND,
    Move.WITHDRAW,
    Move.REDECIDE,
    Move.RAISE,
    Move.SETTLE,
    Move.RECORD,
}
_APPROVING = _READING | {
    Move.RAISE,
    Move.SETTLE,
    Move.APPROVE,
    Move.ASSIGN,
    Move.SIGN_CLASS,
    Move.JUDGE_CREDIT,
    Move.DECIDE_LIST,
}

_WATCHING = frozenset({Move.WATCH, Move.JUDGE_SIGNAL})

# Custodians of keys and administrators keep the house; they do not read consignments.
_OF_CONSIGNMENTS: Mapping[Role, frozenset[Move]] = MappingProxyType(
    {
        Role.DIRECTOR: _APPROVING | _WATCHING,
        Role.APPROVER: _APPROVING | {Move.APPROVE_RESULTS},
        Role.BRANCH_HEAD: _APPROVING | _EXAMINING | {Move.SAMPLE} | _WATCHING,
        Role.DOCUMENT_EXAMINER: _EXAMINING | {Move.INSPECT},
        Role.INSPECTOR: _CHECKING | {Move.SETTLE, Move.REDECIDE, Move.SAMPLE},
        Role.SAMPLER: _CHECKING | {Move.SAMPLE},
        Role.PORT_CHECKER: _CHECKING,
        Role.LOADING_SUPERVISOR: _CHECKING,
        Role.VETERINARIAN: _CHECKING,
        Role.ANALYST: _READING | {Move.BENCH},
        Role.CERTIFICATE_OFFICER: _READING,
        Role.CONTROL_OFFICER: _READING | {Move.RAISE} | {Move.WATCH},
        Role.RISK_ANALYST: _READING | {Move.RAISE} | _WATCHING,
        Role.ACCESS_REVIEWER: _READING,
        Role.CLASS_ASSESSOR: _READING | {Move.ASSESS},
        Role.CREDIT_OFFICER: _READING | {Move.KEEP_CREDIT, Move.TAKE_IN, Move.REDECIDE},
        Role.CASE_OFFICER: _READING | {Move.RAISE, Move.JUDGE_CREDIT},
        Role.EMERGENCY_COMMANDER: _READING | {Move.RAISE},
        Role.LIAISON_OFFICER: _READING | {Move.TAKE_IN},
        Role.QUALITY_ANALYST: _READING | {Move.WATCH},
        Role.CAMPAIGN_LEADER: _READING | {Move.WATCH},
        Role.COMPLAINT_OFFICER: _READING,
        Role.AUDITOR: _READING | {Move.WATCH},
        Role.KEY_CUSTODIAN: frozenset(),
        Role.ADMINISTRATOR: frozenset(),
    }
)

_DECIDING_ACCESS = frozenset({Move.KEEP_REGISTERS, Move.REVIEW_SITES, Move.DECIDE_ACCESS})
# Whoever reads consignments reads the registers too.
_OF_REGISTERS: Mapping[Role, frozenset[Move]] = MappingProxyType(
    {
        Role.DIRECTOR: frozenset({Move.APPROVE_ACCESS}),
        Role.APPROVER: frozenset({Move.APPROVE_ACCESS}),
        Role.BRANCH_HEAD: _DECIDING_ACCESS | {Move.APPROVE_ACCESS},
        Role.ACCESS_REVIEWER: _DECIDING_ACCESS,
        Role.INSPECTOR: frozenset({Move.REVIEW_SITES}),
        Role.VETERINARIAN: frozenset({Move.REVIEW_SITES}),
    }
)
_SECOND = frozenset({Move.ACCOUNT, Move.REVOKE})
_OF_DISPOSITIONS: Mapping[Role, frozenset[Move]] = MappingProxyType(
    {
        Role.DIRECTOR: _SECOND,
        Role.APPROVER: _SECOND,
        Role.BRANCH_HEAD: _SECOND | {Move.DISPOSE},
        Role.DOCUMENT_EXAMINER: frozenset({Move.DISPOSE}),
        Role.INSPECTOR: frozenset({Move.DISPOSE, Move.ACCOUNT}),
        Role.VETERINARIAN: frozenset({Move.CERTIFY}),
        Role.CERTIFICATE_OFFICER: frozenset({Move.CERTIFY}),
    }
)
_SECOND_OF_PLANS = frozenset({Move.SEE_PLAN, Move.RELEASE_PLAN})
_OF_PLANS: Mapping[Role, frozenset[Move]] = MappingProxyType(
    {
        Role.DIRECTOR: _SECOND_OF_PLANS,
        Role.APPROVER: _SECOND_OF_PLANS,
        Role.RISK_ANALYST: frozenset({Move.SEE_PLAN, Move.PROPOSE_PLAN}),
    }
)
MOVES: Mapping[Role, frozenset[Move]] = MappingProxyType(
    {
        role: moves
        | _OF_REGISTERS.get(role, frozenset())
        | _OF_DISPOSITIONS.get(role, frozenset())
        | _OF_PLANS.get(role, frozenset())
        | (frozenset({Move.RECEIVE}) if role in RECEIVERS else frozenset())
        | (frozenset({Move.SEE_PLAN}) if Move.WATCH in moves else frozenset())
        | (frozenset({Move.SEE_REGISTERS}) if Move.SEE in moves else frozenset())
        for role, moves in _OF_CONSIGNMENTS.items()
    }
)

# What is opened is recorded on its work order: a result typed here would pass the laboratory by.
_RESULT_DUE = (LineState.UNDER_DOCUMENT_CHECK,)
_WITHDRAWABLE = tuple(state for state in LineState if (state, LineMove.WITHDRAW) in LINE.moves)
# Where a line must stand for a move about it; moves that are not named here are always open.
STANDS: Mapping[Move, tuple[LineState, ...]] = MappingProxyType(
    {
        Move.SUPPLY: (LineState.HELD,),
        Move.AMEND: OPEN,
        Move.WITHDRAW: _WITHDRAWABLE,
        Move.REDECIDE: OPEN,
        Move.RAISE: OVERRIDABLE,
        Move.SETTLE: OVERRIDABLE,
        Move.RECORD: _RESULT_DUE,
    }
)


def moves_of(roles: Iterable[str]) -> frozenset[Move]:
    """Return every move that any of the roles allows."""
    return frozenset(move for role in roles for move in MOVES.get(Role(role), ()))


def open_for(moves: frozenset[Move], state: str) -> frozenset[Move]:
    """Return the moves that are open on a line in a state."""
    everywhere = tuple(LineState)
    return frozenset(m for m in moves if LineState(state) in STANDS.get(m, everywhere))
