"""The laboratories of the scenario: what they can test, and a year of samples and results."""
