"""Use-cases: the only code that combines mechanisms."""
