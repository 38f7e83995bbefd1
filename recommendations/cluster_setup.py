"""Sets Django up in the processes of a Dask cluster, scheduler and workers: `--preload recommendations.cluster_setup`.

Tasks name functions of ours, whose modules import models. The environment has the site's settings:
DJANGO_SETTINGS_MODULE and DATABASE_URL.
"""

import django


def dask_setup(service: object) -> None:
    """Set Django up before the process takes tasks."""
    django.setup()
