"""Levels of nodes: each counts the rows from its own key to that of the next node of its level."""

LEAF, INNER, ROOT = 0, 1, 2
