"""`manage.py missing_files` names works whose file is gone, cut short or changed."""

from hashlib import sha256
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from tests.factories import ContentItemFactory, MediaFileFactory

CONTENT = b"the bytes of a work"


def test_files_that_are_gone_short_or_changed_are_named_with_their_works(
    db: None, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    settings.MEDIA_ROOT = tmp_path
    works = {}
    for name, bytes_there in {"whole": CONTENT, "short": CONTENT[:5], "changed": CONTENT[::-1], "gone": None}.items():
        digest = sha256(CONTENT + name.encode()).digest() if name != "whole" else sha256(CONTENT).digest()
        file = MediaFileFactory(sha256=digest, size=len(CONTENT), stored_as=f"{name}.txt")
        works[name] = ContentItemFactory(media_file=file).pk
        if bytes_there is not None:
            (tmp_path / f"{name}.txt").write_bytes(bytes_there)

    def named(*options: str) -> list[str]:
        with pytest.raises(CommandError, match=r"^Files that are missing or changed: \d\.$") as raised:
            call_command("missing_files", *options, verbosity=0)
        assert raised.value.returncode == 1
        lines = capsys.readouterr().out.splitlines()
        names = [line.split()[1].removesuffix(".txt:") for line in lines[::2]]
        assert lines[1::2] == [f"    works: {works[name]}" for name in names]
        return names

    assert named() == ["short", "gone"]
    assert named("--hash") == ["short", "changed", "gone"]
    for name in ("short", "changed", "gone"):
        (tmp_path / f"{name}.txt").write_bytes(CONTENT)
    call_command("missing_files", verbosity=0)
    assert capsys.readouterr().out == "Every file is there.\n"
