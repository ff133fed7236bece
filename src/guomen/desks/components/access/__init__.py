"""The words and looks of market access that all desks share."""
