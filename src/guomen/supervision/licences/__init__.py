"""Market access: licences and their states, origins admitted, designated ports."""
