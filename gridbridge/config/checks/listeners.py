"""Addresses that would be taken twice: the second server could not start."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from gridbridge.config.fields import Address
from gridbridge.config.problems import Findings, KeyPath
from gridbridge.config.sections.document import Document
from gridbridge.config.source import Source

# By version of IP. On the newer one's asyncio listens for it alone, so the two go together.
_ANY = {4: "0.0.0.0", 6: "::"}  # noqa: S104 - compared, not listened on


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listener:
    """An address and where it is written."""

    address: Address
    at: KeyPath
    written: bool
    """False: it is the default."""

    @property
    def name(self) -> str:
        return ".".join(map(str, self.at))


def check_listeners(document: Document, source: Source, findings: Findings) -> None:
    """Tell every address that an earlier one takes, with the places of both."""
    listeners = _listeners(document)
    for number, later in enumerate(listeners):
        for earlier in listeners[:number]:
            if not _clash(earlier.address, later.address):
                continue
            # Told at what is written; a default stands nowhere.
            here, there = (later, earlier) if later.written else (earlier, later)
            where = f"at {source.place_of(there.at)}" if there.written else "by default"
            words = (
                f"{here.address} clashes with {there.address}, where {there.name} listens "
                f"{where}: give each a port of its own"
            )
            findings.error(*here.at, message=words)
            break


def _listeners(document: Document) -> list[_Listener]:
    http, ocpp = document.http, document.ocpp
    web = _Listener(address=http.listen, at=("http", "listen"), written=http.written("listen"))
    if ocpp.listeners is None:
        short = ocpp.written("listen")
        return [web, _Listener(address=ocpp.listen, at=("ocpp", "listen"), written=short)]
    long = [
        _Listener(address=each.listen, at=("ocpp", "listeners", number, "listen"), written=True)
        for number, each in enumerate(ocpp.listeners)
    ]
    return [web, *long]


def _clash(one: Address, other: Address) -> bool:
    """Whether both cannot be listened on at once; port 0 is any free one."""
    if one.port != other.port or one.port == 0:
        return False
    return (
        not _spellings(one.host).isdisjoint(_spellings(other.host))
        or _takes(one.host, other.host)
        or _takes(other.host, one.host)
    )


def _spellings(host: str) -> set[str]:
    """An IP address in one spelling, a name in lower case; both addresses of this machine."""
    if host.lower() == "localhost":
        return {"127.0.0.1", "::1"}
    try:
        return {str(ip_address(host))}
    except ValueError:
        return {host.lower()}


def _takes(wide: str, host: str) -> bool:
    """Whether listening on every address takes this one; a name may stand for any."""
    try:
        version = ip_address(host).version
    except ValueError:
        return wide in _ANY.values()
    return wide == _ANY[version]
