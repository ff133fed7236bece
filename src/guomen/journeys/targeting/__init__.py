"""
The plan of the day from results to use: learn, build, release, decide by it, judge it.

``learning`` reads what was found, ``building`` makes a plan of it, ``releasing`` lets two persons
put it into force, ``in_force`` gives lines their chance under it, ``looking`` answers the pages.
"""
