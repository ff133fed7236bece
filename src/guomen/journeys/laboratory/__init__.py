"""
From a sampling ruling to verdicts: units drawn, custody, the bench, approval.

``take_samples`` draws the units and opens the tests; ``hand_over`` and ``receive`` keep the chain
of custody; ``open_run``, ``enter`` and ``void_run`` are the bench; ``approve`` judges and
``send_back`` refuses; ``correct``, ``counter_analysis`` and ``rejudge`` come later and never edit.
"""

from guomen.journeys.laboratory.approving import approve, correct, rejudge, send_back
from guomen.journeys.laboratory.bench import Entry, enter, open_run, void_run
from guomen.journeys.laboratory.custody import counter_analysis, dispose, hand_over, receive
from guomen.journeys.laboratory.sampling import Taking, take_samples

__all__ = [
    "Entry",
    "Taking",
    "approve",
    "correct",
    "counter_analysis",
    "dispose",
    "enter",
    "hand_over",
    "open_run",
    "receive",
    "rejudge",
    "send_back",
    "take_samples",
    "void_run",
]
