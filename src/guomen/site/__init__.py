"""Settings, addresses and start-up."""
