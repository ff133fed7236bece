"""Risk: what early warning found, and what was done about it."""
