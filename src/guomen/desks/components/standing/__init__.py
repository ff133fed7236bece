"""What the desks of officers and of enterprises share about class and credit."""
