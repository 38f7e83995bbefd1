"""A prototype of lists over several servers: the page at any rank by the sums of each server's own counts.

servers     servers of their own, each with a part of the rows
aliases     the servers as databases of Django, each with a thread that reads it
narrowing   arithmetic: between which keys a rank lies, by counts of several servers
reading     pages, totals, positions and cursors, in at most three round trips
lists       the gallery's lists as readers of a ranking
truth       the same by COUNT and ORDER BY, in the same snapshots
writers     rows that come, go and move meanwhile
trips       counts round trips
"""
