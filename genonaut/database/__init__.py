"""Everything between Django and PostgreSQL's connections."""
