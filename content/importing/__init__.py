"""Items from lists, folders and zips: read, checked, staged and written in batches."""
