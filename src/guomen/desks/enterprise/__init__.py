"""The desk of enterprises."""
