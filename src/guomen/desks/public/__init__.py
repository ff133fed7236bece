"""The desk of the public."""
