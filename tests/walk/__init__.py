"""Walks a running site as clients do and compares every answer with what SQL says of the same database.

    from tests.walk import SMALL, walk

    report = walk("http://127.0.0.1:8000", database_url, token)
    assert report.is_right, report

Nothing else may write works meanwhile: the walker adds its own and deletes them.
"""

from tests.walk.plan import FULL, SMALL, Plan
from tests.walk.record import Report
from tests.walk.walking import walk

__all__ = ["FULL", "SMALL", "Plan", "Report", "walk"]
