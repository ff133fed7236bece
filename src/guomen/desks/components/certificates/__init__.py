"""Certificates as paper, and as the pages of officers, enterprises and the public show them."""
