"""The pages of enterprises: parse, one call, render."""
