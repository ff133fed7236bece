"""The decision science: pure functions over frozen values and frames; no database, clock, network or dice."""
