"""The desk of programs."""
