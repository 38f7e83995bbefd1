"""Culling: selections of works, what is done to all of them at once, its undo, and two works side by side."""
