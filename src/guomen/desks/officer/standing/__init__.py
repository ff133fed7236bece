"""Class, credit and blacklist at the desk of officers."""

from guomen.desks.officer.standing.pages import pages

__all__ = ["pages"]
