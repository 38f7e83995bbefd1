"""Libraries: folders that are read where they lie, and whose files are works."""
