"""Anchors: the key of every 2,000th row or so of a long list and its total, stored for a while under the list's hash.

From the nearest anchor any page is a scan of at most so many rows. Anchors are exact for as long as the list's version
is the one that they were built at. docs/decisions/0008 has the reasons and the figures.

    anchored_list.py  a list that may have anchors
    store.py          anchors as they are stored
    build_sql.py      the two statements that find them
    building.py       one build, in one transaction
    scheduler.py      which builds begin when, each in a thread
    reader.py         keys by scans from the nearest anchor
    pages.py          pages of a list that has anchors, and of one that may get some
"""
