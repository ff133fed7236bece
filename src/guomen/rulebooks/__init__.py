"""The law as data: rules and dated tables, every row with source, period and certainty."""
