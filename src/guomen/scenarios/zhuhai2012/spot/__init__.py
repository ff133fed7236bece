"""The work at the goods behind the year's results: orders, inspectors, visits, examinations."""
