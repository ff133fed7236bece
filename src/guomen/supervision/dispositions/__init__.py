"""Last rulings on lines, what failed and what became of it, and certificates."""
