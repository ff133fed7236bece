"""The sampling planner and the verdict explainer: one pair of pages that any desk can mount."""
