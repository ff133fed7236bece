"""Templates, static files and tags that every desk may use."""
