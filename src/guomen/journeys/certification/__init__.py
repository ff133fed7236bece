"""
Certificates from draft to revocation, their check by anybody, and signed messages to others.

``draft``, ``issue``, ``drop``, ``replace``, ``propose_revocation`` and ``decide_revocation`` carry
a certificate on; ``check`` tells the public what it is worth; ``clear`` and ``transfer`` send the
word on goods to customs and to the office at the port of exit.
"""

from guomen.journeys.certification.checking import (
    Checked,
    check,
    check_file,
    key_document,
    revocation_list,
)
from guomen.journeys.certification.issuing import (
    Draft,
    NoGroundError,
    NotYoursError,
    RemarksMissingError,
    decide_revocation,
    draft,
    drop,
    issue,
    issue_many,
    propose_revocation,
    replace,
)
from guomen.journeys.certification.messages import (
    clear,
    read_message,
    send_due,
    transfer,
    transfers_due,
)
from guomen.journeys.certification.offering import Ground, Offer, ground_of, without_paper
from guomen.journeys.certification.receiving import MessageRefusedError, take_in

__all__ = [
    "Checked",
    "Draft",
    "Ground",
    "MessageRefusedError",
    "NoGroundError",
    "NotYoursError",
    "Offer",
    "RemarksMissingError",
    "check",
    "check_file",
    "clear",
    "decide_revocation",
    "draft",
    "drop",
    "ground_of",
    "issue",
    "issue_many",
    "key_document",
    "propose_revocation",
    "read_message",
    "replace",
    "revocation_list",
    "send_due",
    "take_in",
    "transfer",
    "transfers_due",
    "without_paper",
]
