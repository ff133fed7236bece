"""The desk of officers."""
