"""Samples, their custody, the laboratory bench, results and verdicts."""
