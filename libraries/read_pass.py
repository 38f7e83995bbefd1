"""The read pass: files that are new or changed become works, and files that are gone are noted.

Files that are as they were are not opened. What was read is written in batches of a transaction each: a scan that is
killed goes on where it was.
"""

import json
import os
from array import array
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched, islice
from tempfile import TemporaryFile
from typing import Self

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from genonaut.interruptions import interruption_waits
from genonaut.progress import Progress
from libraries.comparing import Comparison, Known
from libraries.places import Places
from libraries.reading import FileRead, read_files
from libraries.reports import Report
from libraries.walking import NOT_UTF_8, Entry, is_text, walk
from media.models import Library, LibraryFile
from media.pictures.limits import PictureError
from media.pictures.studio import Studio
