"""Static files as they are served: our modules minified, hashed and compressed by WhiteNoise."""

from collections.abc import Callable
from functools import cache, cached_property
from typing import Any

import minify
from django.contrib.staticfiles.storage import StaticFilesStorage as PlainStorage
from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

from genonaut.assets.build_id import static_build
from genonaut.http.addresses import below_root

# Packages bring theirs as they want them.
OURS = "js/"
# Beside the manifest: the digest of the sources that were collected.
BUILD_NAME = "build.txt"


class BelowRoot:
    """Addresses of files that begin where the site does. STATIC_URL with a prefix would be fixed once it was read."""

    def url(self, *args: Any, **kwargs: Any) -> str:  # noqa: ANN401 - Django's own
        """Return the address of a file."""
        return below_root(self._path(*args, **kwargs))

    @cached_property
    def _path(self) -> Callable[..., str]:
        """The same without where the site begins, kept: a page names some 20 files, and their names never change."""
        return cache(super().url)


class DevelopmentStorage(BelowRoot, PlainStorage):
    """Files under their own names, as runserver serves them."""


class StaticFilesStorage(BelowRoot, CompressedManifestStaticFilesStorage):
    """WhiteNoise's, with our modules minified as they are collected."""

    def load_manifest(self) -> tuple[dict[str, str], str]:
        """Read the manifest, and of which sources it is."""
        try:
            with self.manifest_storage.open(BUILD_NAME) as file:
                self.collected_build = file.read().decode()
        except FileNotFoundError:
            self.collected_build = ""
        return super().load_manifest()

    def save_manifest(self) -> None:
        """Write the manifest, and of which sources it is."""
        super().save_manifest()
        self.manifest_storage.delete(BUILD_NAME)
        self.manifest_storage._save(BUILD_NAME, ContentFile(static_build().encode()))

    def is_current(self) -> bool:
        """Return whether the files that this process names are those of its own sources."""
        return self.collected_build == static_build()

    def _save(self, name: str, content: Any) -> str:  # noqa: ANN401 - Django's File
        """Write a file: each one as it is collected, and under the name with its digest."""
        if name.startswith(OURS) and name.endswith(".js"):
            content.seek(0)  # it was read for its digest
            content = ContentFile(
                minify.string("application/javascript", content.read().decode()).encode(), name=content.name
            )
        return super()._save(name, content)
