"""
How an enterprise stands: its class, its credit, the blacklist.

``crediting`` keeps credit files and derives levels from them, ``merits`` verifies and awards,
``blacklisting`` lists and releases, ``classing`` assesses and signs, ``partners`` takes in what
other departments know, ``reconsidering`` flags open rulings that read what was changed since.
"""
