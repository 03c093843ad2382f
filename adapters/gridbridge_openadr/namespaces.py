"""The XML namespaces of OpenADR 2.0b, as functions that name an element: ``ei("venID")``."""

from __future__ import annotations

from typing import Final

OADR: Final = "http://openadr.org/oadr-2.0b/2012/07"
EI: Final = "http://docs.oasis-open.org/ns/energyinterop/201110"
PYLD: Final = "http://docs.oasis-open.org/ns/energyinterop/201110/payloads"
EMIX: Final = "http://docs.oasis-open.org/ns/emix/2011/06"
POWER: Final = "http://docs.oasis-open.org/ns/emix/2011/06/power"
SCALE: Final = "http://docs.oasis-open.org/ns/emix/2011/06/siscale"
XCAL: Final = "urn:ietf:params:xml:ns:icalendar-2.0"
STRM: Final = "urn:ietf:params:xml:ns:icalendar-2.0:stream"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
DSP: Final = "http://openadr.org/oadr-2.0b/2012/07/xmldsig-properties"


def oadr(name: str) -> str:
    """A name of OpenADR itself."""
    return f"{{{OADR}}}{name}"


def ei(name: str) -> str:
    """A name of Energy Interoperation."""
    return f"{{{EI}}}{name}"


def pyld(name: str) -> str:
    """A name of Energy Interoperation's payloads."""
    return f"{{{PYLD}}}{name}"


def emix(name: str) -> str:
    """A name of EMIX."""
    return f"{{{EMIX}}}{name}"


def power(name: str) -> str:
    """A name of EMIX's power extension."""
    return f"{{{POWER}}}{name}"


def scale(name: str) -> str:
    """A name of EMIX's SI scales."""
    return f"{{{SCALE}}}{name}"


def xcal(name: str) -> str:
    """A name of iCalendar."""
    return f"{{{XCAL}}}{name}"


def strm(name: str) -> str:
    """A name of iCalendar streams."""
    return f"{{{STRM}}}{name}"


def ds(name: str) -> str:
    """A name of XML signatures."""
    return f"{{{DS}}}{name}"


def dsp(name: str) -> str:
    """A name of OpenADR's signature properties."""
    return f"{{{DSP}}}{name}"
