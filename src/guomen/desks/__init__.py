"""Thin shells: parse, one call, render."""
