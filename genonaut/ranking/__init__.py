"""Exact ranks: the row at rank N, the rank of a row and exact counts, at the same cost at any depth. See README.md.

It knows Django models and PostgreSQL, and neither HTTP nor any domain.
"""
