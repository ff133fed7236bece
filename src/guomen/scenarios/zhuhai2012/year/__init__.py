"""One year of declarations, 25 May 2011 to 24 May 2012, and what inspection of them would find."""
