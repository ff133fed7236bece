"""Marks that change whenever a register does, so that what was read may be kept until then."""
