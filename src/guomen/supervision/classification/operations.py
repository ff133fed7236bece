"""Writes of classes, in the caller's transaction."""

from __future__ import annotations

from datetime import date, datetime

from guomen.supervision.classification.models import EnterpriseClass


def classify(held: EnterpriseClass, grade: int, *, on: date, at: datetime) -> EnterpriseClass:
    """Give an enterprise another class from a day on; the class it had before stays on record."""
    return held.succeed(on, at=at, grade=grade)
