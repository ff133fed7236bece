"""
Long work as records: what somebody asked for, how far it is, what came of it.

Not for what the work is: the kinds lie in ``guomen.journeys.jobs``.
"""
