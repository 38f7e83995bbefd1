"""Files among 100,000 works: cards look theirs up by key, and a thumbnail's viewer is checked in a few rows."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.test import Client

from content.listings import ContentListing
from content.models import ContentItem
from content.serializers import ContentCardSerializer
from genonaut.api.database_json import JSONReader
from media.models import MediaFile
from media.thumbnails import GRID, keep_thumbnail, thumbnail_address
from tests.plans.test_plan_guard import explain
from tests.statements import statements_run


def file_rows(sql: str) -> float:
    """Return how many files a statement reads; only by their keys. Fails if it scans the table."""
    nodes = [node for node in explain(sql) if node.get("Relation Name") == "media_mediafile"]
    assert all(node["Node Type"] in ("Index Scan", "Bitmap Heap Scan") for node in nodes), nodes
    return sum(node["Actual Rows"] * node["Actual Loops"] for node in nodes)


@pytest.mark.parametrize("query", ["page=2", "page=1400&order=asc", "content_type=image", "tag=some", "q=zeppelin"])
def test_cards_look_their_files_up_by_key(rows: None, db: None, query: str) -> None:
    reader = JSONReader(ContentCardSerializer, "https://example.org", AnonymousUser())
    with statements_run() as statements:
        page = ContentListing(AnonymousUser(), QueryDict(f"{query}&page_size=50"), read=reader).page()
    assert page.items
    read = [file_rows(sql) for sql in statements if '"media_mediafile"' in sql]
    assert len(read) == 1
    assert read[0] <= 51


def test_a_thumbnail_s_viewer_is_checked_by_keys(
    rows: None, db: None, client: Client, settings: object, tmp_path: object
) -> None:
    settings.THUMBNAILS_DIR = tmp_path
    private = ContentItem.objects.filter(pk__range=(600, 700), is_private=True).values_list("media_file", flat=True)[0]
    for pk in (1, private):
        file = MediaFile.objects.get(pk=pk)
        keep_thumbnail(file.hex, GRID[0], b"a picture")
        with statements_run() as statements:
            answer = client.get(thumbnail_address(file.hex, GRID[0]))
        (sql,) = statements
        assert file_rows(sql) <= 1
        works = [node for node in explain(sql) if node.get("Relation Name") == "content_contentitem"]
        assert all(node["Node Type"] != "Seq Scan" for node in works), works
        is_public = ContentItem.objects.filter(media_file=file, is_private=False).exists()
        assert answer.status_code == (200 if is_public else 404)
