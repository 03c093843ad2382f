"""What stands between a VTN's bytes and everything that reads them.

    bytes ─ size ─ UTF-8 ─ expat: no DTD, bounded ─ lxml: no entities, no network ─▶ tree

lxml crashes on an entity where its parser carries a schema, so expat refuses every DTD first and
the schema is asked afterwards, of the finished tree. Comments and processing instructions are
dropped: they could split a text in two.
"""

from __future__ import annotations

from typing import Final, NoReturn
from xml.parsers import expat

from lxml import etree
from openleadr.messaging import XML_SCHEMA

MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 64
MAX_ELEMENTS: Final = 20_000
MAX_ATTRIBUTES: Final = 64
"""Of one element, namespace declarations among them."""


class RefusedXmlError(Exception):
    """A message that nobody may read."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Final = reason
        """A stable word, for logs and metrics."""


def guard(raw: bytes) -> etree._Element:
    """Parse a message safely, or raise RefusedXmlError; it may still be off its schema.

    A byte order mark is accepted. Reasons: ``empty``, ``too_large``, ``not_utf8``, ``nul``,
    ``encoding``, ``doctype``, ``entity``, ``too_deep``, ``too_many_elements``,
    ``too_many_attributes``, ``malformed``.
    """
    if not raw.strip():
        raise RefusedXmlError("empty")
    if len(raw) > MAX_BYTES:
        raise RefusedXmlError("too_large", f"{len(raw)} bytes")
    if b"\0" in raw:
        raise RefusedXmlError("nul")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedXmlError("not_utf8", error.reason) from None
    _Bounds().check(raw)
    return _tree(raw)


def off_schema(root: etree._Element) -> str | None:
    """The first thing that OpenADR 2.0b's schema finds wrong, or None."""
    if XML_SCHEMA.validate(root):
        return None
    first = next(iter(XML_SCHEMA.error_log), None)
    return first.message if first is not None else "invalid"


def _tree(raw: bytes) -> etree._Element:
    # A parser of its own for every message: a failed one keeps no state for the next.
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise RefusedXmlError("malformed", error.msg or "") from None
    if root.getroottree().docinfo.doctype:
        raise RefusedXmlError("doctype")
    return root


class _Bounds:
    """One pass of expat that refuses what lxml must never see."""

    def __init__(self) -> None:
        self._depth = 0
        self._elements = 0

    def check(self, raw: bytes) -> None:
        # The encoding is ours, not the document's: a declaration cannot make the two parsers
        # read different texts.
        parser = expat.ParserCreate("utf-8")
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.StartElementHandler = self._opened
        parser.EndElementHandler = self._closed
        try:
            parser.Parse(raw, True)  # noqa: FBT003 - expat takes no keyword
        except expat.ExpatError as error:
            raise RefusedXmlError("malformed", expat.ErrorString(error.code)) from None

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in {"utf-8", "utf8", "us-ascii"}:
            raise RefusedXmlError("encoding", encoding)

    def _doctype(self, *_: object) -> NoReturn:
        raise RefusedXmlError("doctype")

    def _entity(self, *_: object) -> NoReturn:
        raise RefusedXmlError("entity")

    def _opened(self, _name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            raise RefusedXmlError("too_deep")
        if self._elements > MAX_ELEMENTS:
            raise RefusedXmlError("too_many_elements")
        if len(attributes) > MAX_ATTRIBUTES:
            raise RefusedXmlError("too_many_attributes")

    def _closed(self, _name: str) -> None:
        self._depth -= 1
