"""A walk over lists that are read from replicas, while works are added on the primary."""

from tests.replication.conftest import Site
from tests.walk import walk
from tests.walk.works import TINY, WORKS

# As tests.walk.works makes them in the database of the suite.
MAKE = f"""INSERT INTO content_contentitem (title, prompt, content_type, quality_score, is_private, created_at, tags,
        source, updated_at, data, metadata, seed)
    SELECT 'Walked', 'walked', (ARRAY['video', 'image'])[number % 2 + 1],
        CASE WHEN number % 7 > 0 THEN number % 5 / 5.0 END, number % 5 = 0,
        '2024-01-01'::timestamptz + number / 2 * interval '1 day', '{{owl}}', 'user', now(), '{{}}', '{{}}', 1
    FROM generate_series(0, {WORKS} - 1) AS number"""


def test_every_answer_is_right_whichever_server_gives_it(site: Site) -> None:
    name, member = site.member()
    primary = site.cluster.primary
    primary.ask("UPDATE users_user SET is_staff = true WHERE username = %s", name)
    primary.ask(MAKE)
    site.cluster.catch_up()
    report = walk(site.address, primary.url, member.headers["Authorization"].removeprefix("Token "), TINY)
    assert report.is_right, report
