"""
Analysis of history: what left the database as monthly Parquet, aggregated by one definition.

Aggregates are written once as Ibis expressions and run on DuckDB on one machine or on Spark on a
cluster. Knows no database of the house and no mechanism; ``journeys`` bring the rows.
"""
