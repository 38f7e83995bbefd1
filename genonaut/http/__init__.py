"""Requests and answers: bodies, caches, conditions, limits, errors and the middleware that asks them."""
