"""The demo: works that are made as files, as generators write them, and brought in as any library is."""
