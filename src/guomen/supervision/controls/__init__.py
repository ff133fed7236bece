"""Orders that stop or check matching lines."""
