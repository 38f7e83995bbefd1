"""Files that people send: by a form, in pieces (tus), and what becomes of them when their works are deleted."""
