"""Rehearses failures of a cluster of three nodes before a site in use: `python -m tests.chaos`."""
