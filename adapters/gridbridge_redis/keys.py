"""Every key of the store; no other file spells one.

All keys of a partition share the hash tag ``{p07}``, all of a VEN its name, so that a script's
keys lie on one node of a cluster. Names from outside are percent-encoded.

| key | type | what |
|---|---|---|
| ``gb:meta`` | hash | ``schema``: version of this layout; ``partitions``: how many there are |
| ``gb:{p07}:facts`` | stream | facts and decisions of the partition's sites, field ``fact`` |
| ``gb:{p07}:seen:<writer>`` | sorted set | newest sequence numbers of a writer; expires |
| ``gb:{p07}:owner`` | hash | ``instance``, ``fence``, ``until_ms``; never expires |
| ``gb:{p07}:site:<S>:desired`` | hash | station: what it should hold |
| ``gb:{p07}:site:<S>:view`` | string | what the API shows of the site |
| ``gb:{p07}:site:<S>:snapshot`` | hash | ``upto``: log id; ``state``: the engine's |
| ``gb:{p07}:history:<S>`` | hash | as a snapshot: what the newest buckets were made from |
| ``gb:{p07}:history:<S>:1m`` | sorted set | metered energy a minute, by its start; 2 days |
| ``gb:{p07}:history:<S>:15m`` | sorted set | the same a quarter of an hour; 60 days |
| ``gb:{p07}:station:<id>`` | hash | ``epoch``, ``gw``: socket; ``about:<name>``: its own words |
| ``gb:{p07}:station:<id>:held`` | hash | ``<evse>:<slot>``: digest it said yes to |
| ``gb:gw`` | sorted set | instance: until when it lives, ms |
| ``gb:gw:<instance>`` | hash | ``version``, ``listeners``; expires with the lease |
| ``gb:gw:<instance>:inbox`` | stream | hints, fields ``site``, ``station``; bounded; expires |
| ``gb:ven:{name}:facts`` | stream | the VEN's own facts and decisions |
| ``gb:ven:{name}:seen:<writer>`` | sorted set | as that of a partition |
| ``gb:ven:{name}:owner`` | hash | as that of a partition: who polls |
| ``gb:ven:{name}:snapshot`` | hash | as that of a site |
| ``gb:ven:{name}:view`` | string | what the API shows of the VEN and its events |
| ``gb:config:<hash>`` | string | a configuration that was adopted |
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from gridbridge.domain.partitions import PARTITIONS, partition_of

if TYPE_CHECKING:
    from gridbridge.domain.history import Every
    from gridbridge.domain.ids import SiteId, StationId, VenName

SCHEMA = 1
"""Version of this layout."""

PREFIX = "gb:"
"""What every key begins with."""

META = "gb:meta"
GATEWAYS = "gb:gw"


def _name(text: str) -> str:
    return quote(text, safe="")


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The keys that a partition and a VEN have alike."""

    prefix: str

    @property
    def facts(self) -> str:
        """The log."""
        return f"{self.prefix}:facts"

    @property
    def owner(self) -> str:
        """The lease and its fence."""
        return f"{self.prefix}:owner"

    def seen(self, writer: str) -> str:
        """Sequence numbers lately written by that writer."""
        return f"{self.prefix}:seen:{_name(writer)}"


def of_partition(partition: int) -> LogKeys:
    """Log and lease of a partition; raises ValueError for a number that is none."""
    if not 0 <= partition < PARTITIONS:
        raise ValueError(f"there is no partition {partition}")
    return LogKeys(f"gb:{{p{partition:02}}}")


def of_ven(ven: VenName) -> LogKeys:
    """Log and lease of a VEN."""
    return LogKeys(f"gb:ven:{{{_name(ven)}}}")


@dataclass(frozen=True, slots=True)
class EngineKeys:
    """The keys of what an engine leaves behind, beside its log."""

    prefix: str

    @property
    def snapshot(self) -> str:
        """The engine's state."""
        return f"{self.prefix}:snapshot"

    @property
    def view(self) -> str:
        """What the API shows."""
        return f"{self.prefix}:view"

    @property
    def desired(self) -> str:
        """What each station of a site should hold."""
        return f"{self.prefix}:desired"


def of_site(site: SiteId) -> EngineKeys:
    """What the engine of a site leaves behind."""
    return EngineKeys(f"{of_partition(partition_of(site)).prefix}:site:{_name(site)}")


def of_ven_engine(ven: VenName) -> EngineKeys:
    """What the engine of a VEN leaves behind; it has no desired."""
    return EngineKeys(of_ven(ven).prefix)


def history(site: SiteId) -> str:
    """What the newest buckets of metered energy were made from."""
    return f"{of_partition(partition_of(site)).prefix}:history:{_name(site)}"


def history_every(site: SiteId, every: Every) -> str:
    """Metered energy in buckets of that length."""
    return f"{history(site)}:{every}"


@lru_cache(maxsize=65_536)
def station(home: SiteId, station: StationId) -> str:
    """A station's record, in the partition of its home: its site, or else its own id."""
    return f"{of_partition(partition_of(home)).prefix}:station:{_name(station)}"


def held(home: SiteId, held_by: StationId) -> str:
    """What a station said yes to."""
    return f"{station(home, held_by)}:held"


def gateway(instance: str) -> str:
    """An instance's sign of life."""
    return f"{GATEWAYS}:{_name(instance)}"


def inbox(instance: str) -> str:
    """Hints for an instance."""
    return f"{gateway(instance)}:inbox"


def config(digest: str) -> str:
    """A configuration."""
    return f"gb:config:{_name(digest)}"
