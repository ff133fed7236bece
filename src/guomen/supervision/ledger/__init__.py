"""What happened, kept so that no one can change it unseen."""
