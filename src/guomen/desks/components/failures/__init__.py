"""What the pages of goods that failed share, for officers and for their owners."""
