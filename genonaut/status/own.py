"""The panels of the site itself, in their order."""

from collections.abc import Callable

from genonaut.status.database import database_panel
from genonaut.status.machine import checks_panel, disks_panel, versions_panel
from genonaut.status.panels import Contents
from genonaut.status.rankings import rankings_panel
from genonaut.status.tasks import upkeep_panel, workers_panel
from genonaut.status.traffic import traffic_panel

OWN_PANELS: dict[str, Callable[[], Contents]] = {
    "Traffic": traffic_panel,
    "Database": database_panel,
    "Disks": disks_panel,
    "Workers": workers_panel,
    "Upkeep": upkeep_panel,
    "Rankings": rankings_panel,
    "Checks": checks_panel,
    "Versions": versions_panel,
}
