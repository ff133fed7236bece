"""The decision science: pure functions over frozen values and frames; no database or clock."""
