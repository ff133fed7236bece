"""The plan of the day: models, plans and their release, what each port can do."""
