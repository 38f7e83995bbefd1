"""The texts of comments as HTML: plain text, in which addresses of the web become links."""

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

ADDRESS = re.compile(r"(https?://[^\s<>\"'`{}|\\^]{1,2000})")
# What ends a sentence ends no address.
TRAILING = ".,:;!?)]"
# Search engines are not to follow what strangers write, and the site that is opened does not hear of this one.
LINK = '<a href="{}" rel="nofollow ugc noopener noreferrer">{}</a>'


def linked(text: str) -> SafeString:
    """Return a text as HTML, escaped, with links to the http and https addresses in it."""
    parts = ADDRESS.split(text)
    return format_html_join("", "{}", ((_link(part) if place % 2 else part,) for place, part in enumerate(parts)))


def _link(part: str) -> SafeString:
    address = part.rstrip(TRAILING)
    if address in ("http://", "https://", "http:/", "https:/", "http", "https"):
        return format_html("{}", part)
    return format_html(LINK + "{}", address, address, part[len(address) :])
