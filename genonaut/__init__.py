"""The project: what every domain shares, and nothing of any one domain."""
