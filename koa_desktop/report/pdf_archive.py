"""Makes a PDF of Qt's an archivable one (PDF/A-1b, ISO 19005-1) with its title and language.

Qt writes embedded fonts, an sRGB profile and no transparency. Its XMP is none that validators
accept, it names a CMYK colour space that nothing uses, and it tells no language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from koa_desktop.report.markup import escape

if TYPE_CHECKING:
    from pypdf import PdfWriter
    from pypdf.generic import DictionaryObject

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
   <dc:format>application/pdf</dc:format>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
   <dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
   <dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
   <pdf:Producer>{producer}</pdf:Producer>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
   <xmp:CreatorTool>{creator}</xmp:CreatorTool>
   <xmp:CreateDate>{created}</xmp:CreateDate>
   <xmp:ModifyDate>{modified}</xmp:ModifyDate>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
   <pdfaid:part>1</pdfaid:part>
   <pdfaid:conformance>B</pdfaid:conformance>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def make_archivable(writer: PdfWriter, language: str) -> None:
    """Mend metadata and colour spaces of a PDF that Qt wrote for PDF/A-1b; `language` is ISO 639.

    The metadata repeat what the document's information dictionary says, as 6.7.3 asks.
    """
    from pypdf.generic import NameObject, TextStringObject

    told = writer.metadata
    if told is None or told.creation_date is None or told.modification_date is None:
        raise ValueError("Qt wrote no information on this document")
    xmp = _XMP.format(
        title=escape(told.title or ""),
        author=escape(told.author or ""),
        language=escape(language),
        producer=escape(told.producer or ""),
        creator=escape(told.creator or ""),
        created=told.creation_date.isoformat(timespec="seconds"),
        modified=told.modification_date.isoformat(timespec="seconds"),
    )
    root = writer.root_object
    stream = root["/Metadata"].get_object()
    stream.set_data(xmp.encode("utf-8"))  # type: ignore[union-attr]
    root[NameObject("/Lang")] = TextStringObject(language)
    for page in writer.pages:
        spaces = cast("DictionaryObject", page["/Resources"])["/ColorSpace"]
        for unused in ("/CSpcmyk", "/PCSpcmyk"):
            spaces.pop(NameObject(unused), None)  # type: ignore[attr-defined]
