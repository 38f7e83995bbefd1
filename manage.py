#!/usr/bin/env python
"""Django's command line for Genonaut."""

import os
import sys

from django.core.management import execute_from_command_line

from genonaut.postgres import PostgresDidNotStartError

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)  # as shells number the end by Ctrl-C; a traceback would help nobody
    except PostgresDidNotStartError as error:
        sys.exit(str(error))
