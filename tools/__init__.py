"""Set-up, checks and lock files of the project; no part of the product."""
