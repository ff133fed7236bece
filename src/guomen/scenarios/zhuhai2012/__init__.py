"""
Zhuhai, May 2011 to May 2012: registers in the article's numbers and a year of declarations.

All enterprises, people and events of the year are invented.
"""
