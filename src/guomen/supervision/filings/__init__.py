"""What enterprises report about themselves: additives, responsibility, farm records, own tests."""
