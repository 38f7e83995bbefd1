"""The web server: gunicorn's processes, and in each of them waitress with our limits."""
