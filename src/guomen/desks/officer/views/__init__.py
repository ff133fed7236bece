"""The pages of officers: parse, one call, render."""
