"""What a worker of a Dask cluster needs before its first task: Django. It imports no model."""

import django
from distributed import Worker, WorkerPlugin


class DjangoPlugin(WorkerPlugin):
    """Sets Django up in a worker, whose environment has the site's settings: DJANGO_SETTINGS_MODULE, DATABASE_URL."""

    name = "django"

    def setup(self, worker: Worker) -> None:
        """Set Django up; done twice it is done once."""
        django.setup()
