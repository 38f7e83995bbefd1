"""What is written into a picture that Genonaut makes: its generation data, and that it is made by AI."""

from dataclasses import replace

from media.generation_data.blocks import Generation
from media.generation_data.generators.genonaut import KEYWORD, to_genonaut
from media.generation_data.generators.infotext_writing import to_infotext
from media.generation_data.generators.values import clean_text
from media.generation_data.generators.xmp import PNG_KEYWORD

TOOL = "Genonaut"
# The term of IPTC's vocabulary for pictures that are made by AI; laws and platforms ask for it.
DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmp:CreatorTool="{TOOL}"
    Iptc4xmpExt:DigitalSourceType="{DIGITAL_SOURCE_TYPE}"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def png_texts(generation: Generation, steps: int) -> dict[str, str]:
    """Return the PNG texts of a picture by keyword: for us, for tools that read A1111's text, and the XMP packet.

    `steps` stands in A1111's text if the generation has none: without a number of steps no tool knows the text.
    """
    clean = replace(
        generation,
        prompt=clean_text(generation.prompt or ""),
        negative_prompt=clean_text(generation.negative_prompt or ""),
        steps=generation.steps or steps,
        more=generation.more | {"version": TOOL},
    )
    return {"parameters": to_infotext(clean), KEYWORD: to_genonaut(generation), PNG_KEYWORD: XMP}
