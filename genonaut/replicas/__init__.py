"""Reading from replicas: which server a request reads, and that no viewer sees their own changes disappear.

    settings.py     REPLICA_URLS as aliases of Django's databases: replica_1, replica_2...
    routing.py      what `connections["default"]` is in this thread; `on_primary` and `reads_primary` for what writes
    positions.py    positions in the primary's log: of a viewer's last change, in a cookie or by token
    watching.py     a thread for each server: how far each replica is behind
    cluster.py      which replica a request may read
    middleware.py   decides once a request, and asks the primary again if a replica fails

With REPLICA_URLS empty, only `settings` and `routing` are imported, and do nothing.
"""
