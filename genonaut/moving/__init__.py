"""Moves the database to another server beside a running site, by logical replication of all its tables."""
