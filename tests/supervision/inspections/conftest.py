"""The small bureau of the journeys."""

from tests.journeys.conftest import custodians, register

__all__ = ["custodians", "register"]
