"""Benchmarks: speed and size of the gate beside its peers. `python -m bench --help` says how."""
