"""Which tests stay together on one worker, and which begin first so that no worker ends long before the other."""

from pathlib import PurePosixPath

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

# Its 100,000 items are written once for all of its files.
TOGETHER = ("tests/plans",)
# Those of about ten seconds and more, the longest first.
LONGEST = (
    "tests/plans",
    "tests/pages/test_turning.py",
    "tests/pages/test_scroll.py",
    "tests/pagination/test_anchored.py",
    "tests/pages/test_rows.py",
    "tests/pages/test_stage.py",
    "tests/pages/test_lightbox.py",
    "tests/pages/test_browser.py",
    "tests/pages/test_scrubber.py",
    "tests/pagination/test_ranked.py",
    "tests/admin/test_ranked.py",
    "tests/stress/test_stress.py",
    "tests/pages/test_marks.py",
    "tests/pages/test_keys.py",
    "tests/pages/test_uploads.py",
    "tests/pages/test_policy.py",
    "tests/api/test_schemathesis.py",
    "tests/web/test_bodies.py",
    "tests/web/test_caching.py",
    "tests/test_index_progress.py",
    "tests/admin/test_large_tables.py",
    "tests/api/test_switches.py",
    "tests/ranking/test_concurrency.py",
    "tests/ranking/test_reading.py",
    "tests/test_seed.py",
    "tests/test_serve.py",
)


def unit_of(nodeid: str) -> str:
    """Return the file, or the folder, whose tests run one after the other on one worker."""
    file = nodeid.split("::", 1)[0]
    folder = str(PurePosixPath(file).parent)
    return folder if folder in TOGETHER else file


class LongestFirst(LoadFileScheduling):
    """Files go to whichever worker is free, as by `--dist loadfile`, but the longest before all others."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        longest = next((unit for unit in LONGEST if unit in self.workqueue), None)
        if longest is not None:
            self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)
