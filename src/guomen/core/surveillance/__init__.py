"""When to raise the alarm."""
