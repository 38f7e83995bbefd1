"""Two web machines of one site: a client may go on at either, whatever it began at the other."""

from pathlib import Path

from django.contrib.auth.hashers import make_password

from tests.factories import ContentItemFactory, UserFactory
from tests.processes import database_url
from tests.stress.servers import serving
from tests.stress.systems import OUR_SERVER
from tests.uploads.files import picture
from tests.walk.machines import cross

PASSWORD = "of alice, at both machines"


def test_a_client_of_two_machines_meets_one_site(transactional_db: None, tmp_path: Path) -> None:
    """They share the database, files and uploads on their way; thumbnails are each machine's own."""
    UserFactory(username="alice", password=make_password(PASSWORD))
    ContentItemFactory.create_batch(8)
    shared = {name: str(tmp_path / name) for name in ("MEDIA_DIR", "UPLOADS_DIR")}
    with (
        serving(database_url(), OUR_SERVER, {**shared, "THUMBNAILS_DIR": str(tmp_path / "one")}) as one,
        serving(database_url(), OUR_SERVER, {**shared, "THUMBNAILS_DIR": str(tmp_path / "two")}) as two,
    ):
        urls = (f"http://127.0.0.1:{one.port}", f"http://127.0.0.1:{two.port}")
        assert cross(*urls, "alice", PASSWORD, (picture(1), picture(2))) == []
    assert all(any((tmp_path / name).rglob("*.webp")) for name in ("one", "two"))
