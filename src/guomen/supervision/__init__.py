"""One Django application per mechanism; none imports another."""
