"""The science of sampling: how many units to take, and what taking them can and cannot show."""
