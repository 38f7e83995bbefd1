"""What other programs read of a work beside its file: JSON and XMP."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from media.generation_data.blocks import Generation

# What XML 1.0 cannot hold.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmp:CreateDate={created}{rating}>
{properties}
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""


def json_text(generation: Generation) -> str:
    """Return what is known as one JSON object, without what is not."""
    told = {name: value for name, value in asdict(generation).items() if value not in (None, "", [], {}, False)}
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def xmp(
    *, title: str, description: str, tags: Sequence[str], creator: str, created_at: datetime, rating: int | None
) -> str:
    """Return an XMP packet (ISO 16684-1) with Dublin Core's properties; a rating is 1 to 5."""
    properties = [
        _bag("dc:title", "rdf:Alt", [title], ' xml:lang="x-default"'),
        _bag("dc:description", "rdf:Alt", [description], ' xml:lang="x-default"'),
        _bag("dc:creator", "rdf:Seq", [creator]),
        _bag("dc:subject", "rdf:Bag", tags),
    ]
    return XMP.format(
        created=quoteattr(created_at.isoformat()),
        rating="" if rating is None else f' xmp:Rating="{rating}"',
        properties="\n".join(text for text in properties if text),
    )


def _bag(name: str, kind: str, texts: Sequence[str], attributes: str = "") -> str:
    items = "".join(f"<rdf:li{attributes}>{escape(NOT_XML.sub('', text))}</rdf:li>" for text in texts if text)
    return f"   <{name}><{kind}>{items}</{kind}></{name}>" if items else ""
