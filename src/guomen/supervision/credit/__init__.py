"""Credit: the level of an enterprise and the blacklist."""
