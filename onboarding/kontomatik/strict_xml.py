"""One strict reading of XML for all of the vendor's documents: no DTD, no entity, no markup without end.

Built on expat, which is fed in pieces, so that a document's size never decides about memory. What expat itself
would keep without bound (one endless tag or comment, and every different element name it ever met) is bounded
here too.
"""

import pyexpat
from typing import Never

MAX_MARKUP = 1024 * 1024
MAX_NAMES = 4096
MAX_DEPTH = 32
TEXT_BUFFER = 65536
# Only what expat reads by itself: for other names pyexpat would load a Python codec that the document chooses.
ENCODINGS = frozenset({"utf-8", "us-ascii", "ascii", "iso-8859-1", "utf-16", "utf-16le", "utf-16be"})


class XmlRefused(Exception):
    """Say why a document is not read further; ``line`` counts from 1. Never holds text of the document."""

    def __init__(self, reason: str, *, line: int | None = None) -> None:
        self.reason = reason
        self.line = line
        super().__init__(reason)


class StrictParser:
    """Feed expat and refuse what no honest reply holds.

    ``expat`` is the parser itself: its element and text handlers belong to the caller and are called while
    ``feed`` and ``finish`` run. Names are interned, attributes come as a flat list of name and value.

    Raises ``XmlRefused`` for a DTD, entities, an unknown encoding, broken XML, one piece of markup beyond 1 MiB, more
    than 4,096 different names, or more than ``max_bytes`` bytes; and whatever the handlers raise.
    """

    def __init__(self, *, max_bytes: int) -> None:
        self._names: dict[str, str] = {}
        self._max_bytes = max_bytes
        self._fed = 0
        self.expat = pyexpat.ParserCreate(intern=self._names)
        self.expat.buffer_text = True
        self.expat.buffer_size = TEXT_BUFFER
        self.expat.ordered_attributes = True
        self.expat.XmlDeclHandler = self._declared
        # Entities, internal and external, can only be declared in a DTD; without one every reference is broken XML.
        self.expat.StartDoctypeDeclHandler = self._doctype

    def refuse(self, reason: str) -> Never:
        raise XmlRefused(reason, line=self.expat.CurrentLineNumber)

    def feed(self, chunk: bytes) -> None:
        """Parse the next bytes, calling the handlers."""
        self._fed += len(chunk)
        if self._fed > self._max_bytes:
            self.refuse("the document is too long")
        self._parse(chunk, final=False)
        # What expat holds back is one unfinished piece of markup.
        if self._fed - max(self.expat.CurrentByteIndex, 0) > MAX_MARKUP:
            self.refuse("a tag, comment or instruction is too long")
        if len(self._names) > MAX_NAMES:
            self.refuse("there are too many different names")

    def finish(self) -> None:
        """Say that the document ends here."""
        if not self._fed:
            self.refuse("the document is empty")
        self._parse(b"", final=True)

    def close(self) -> None:
        """Let go of the handlers: they and the parser hold each other."""
        self.expat.StartElementHandler = None
        self.expat.EndElementHandler = None
        self.expat.CharacterDataHandler = None
        self.expat.XmlDeclHandler = None
        self.expat.StartDoctypeDeclHandler = None

    def _parse(self, chunk: bytes, *, final: bool) -> None:
        try:
            self.expat.Parse(chunk, final)
        except pyexpat.ExpatError as error:
            broken = XmlRefused(f"the XML is broken ({pyexpat.ErrorString(error.code)})", line=error.lineno)
        else:
            return
        # Raised out here, so that no chain carries what expat knew.
        raise broken

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ENCODINGS:
            self.refuse("the encoding is not one that is read here")

    def _doctype(self, name: str, system_id: str | None, public_id: str | None, has_internal_subset: bool) -> None:
        if name.lower() == "html":
            self.refuse("this is a web page, not a reply")
        self.refuse("a document type declaration (DTD) is not read here")
