"""Declarations, their lines, and checks that are owed."""
