"""Reading elements of a message: texts exactly as they stand, and a name for what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from gridbridge.domain.events import RefusalReason
from gridbridge_openadr.namespaces import xcal
from gridbridge_openadr.times import Duration, InvalidTimeError, read_duration, read_instant

if TYPE_CHECKING:
    from lxml import etree

    from gridbridge.domain.units import Instant

_UNSIGNED_INT_DIGITS: Final = 10


class UnreadableError(ValueError):
    """A part of a message that cannot be read; the text names it."""

    reason: ClassVar[RefusalReason] = RefusalReason.INVALID_DATA
    """What an event with such a part is refused for."""


def find(parent: etree._Element, *path: str) -> etree._Element | None:
    """The first element at that path below `parent`."""
    return parent.find("/".join(path))


def need(parent: etree._Element, *path: str) -> etree._Element:
    """As `find`; raises UnreadableError where there is none."""
    element = find(parent, *path)
    if element is None:
        raise UnreadableError(f"{local_name(path[-1])} is missing")
    return element


def verbatim(element: etree._Element) -> str:
    """An element's text, character by character: ids are compared and echoed, never understood.

    Raises UnreadableError where it is empty or holds elements.
    """
    if len(element):
        raise UnreadableError(f"{local_name(element.tag)} holds elements")
    text = element.text or ""
    if not text:
        raise UnreadableError(f"{local_name(element.tag)} is empty")
    return text


def word(element: etree._Element) -> str:
    """The text of an element that holds one of our vocabulary's words or a number."""
    return verbatim(element).strip()


def verbatim_at(parent: etree._Element, *path: str) -> str | None:
    """The text at that path, or None where it is missing or empty."""
    element = find(parent, *path)
    if element is None or (not len(element) and not element.text):
        return None
    return verbatim(element)


def count(element: etree._Element) -> int:
    """An unsigned number of at most 10 digits; raises UnreadableError."""
    text = word(element)
    if not (text.isascii() and text.isdigit() and len(text) <= _UNSIGNED_INT_DIGITS):
        raise UnreadableError(f"{local_name(element.tag)} {text!r} is not a count")
    return int(text)


def need_instant(parent: etree._Element, *path: str) -> Instant:
    """The date-time at that path; raises UnreadableError."""
    element = need(parent, *path)
    try:
        return read_instant(word(element))
    except InvalidTimeError as error:
        raise UnreadableError(f"{_parents_name(element)}: {error}") from None


def need_duration(parent: etree._Element, *path: str) -> Duration:
    """The duration wrapped in the element at that path; raises UnreadableError."""
    element = need(parent, *path)
    # xcal:duration wraps another xcal:duration; startafter and sampling periods wrap nothing.
    inner = find(element, xcal("duration"))
    try:
        return read_duration(word(inner if inner is not None else element))
    except InvalidTimeError as error:
        raise UnreadableError(f"{local_name(element.tag)}: {error}") from None


def local_name(tag: object) -> str:
    """A name without its namespace."""
    return str(tag).rpartition("}")[2]


def _parents_name(element: etree._Element) -> str:
    parent = element.getparent()
    return local_name((element if parent is None else parent).tag)
