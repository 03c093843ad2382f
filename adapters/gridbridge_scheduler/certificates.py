"""How long our own certificates are still valid."""

from __future__ import annotations

import asyncio
from types import MappingProxyType
from typing import TYPE_CHECKING

import structlog
from cryptography import x509

from gridbridge.domain.units import Instant, Seconds
from gridbridge.ports.jobs import Job

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gridbridge.ports.clock import Clock

log = structlog.get_logger(__name__)

EVERY = Seconds(6 * 3600.0)
JITTER = Seconds(60.0)
DAY = Seconds(86_400.0)
WARN_BELOW = Seconds(30 * DAY)


class CertificateWatch:
    """Looks at the certificate files by name, as they lie on the disk.

    A process shows the file that it read at its start: one that was renewed since counts as
    renewed here.
    """

    def __init__(self, files: Mapping[str, Path], clock: Clock) -> None:
        self._files = dict(files)
        self._clock = clock
        self._expires: dict[str, Instant] = {}
        self._unreadable: set[str] = set()

    @property
    def expires(self) -> Mapping[str, Instant]:
        """When each was found to end, by name; one that could not be read is not in it."""
        return MappingProxyType(self._expires)

    @property
    def job(self) -> Job:
        """The look at all of them."""
        return Job(name="certificate_expiry", every=EVERY, jitter=JITTER, run=self.look)

    async def look(self) -> None:
        """Read every file; warn of each that ends within 30 days, once of an unreadable one."""
        for name, file in self._files.items():
            try:
                end = await asyncio.to_thread(_end_of, file)
            except (OSError, ValueError) as error:
                self._expires.pop(name, None)
                if name not in self._unreadable:
                    log.warning("certificate_unreadable", certificate=name, reason=str(error))
                self._unreadable.add(name)
                continue
            self._unreadable.discard(name)
            self._expires[name] = end
            left = end - self._clock.now()
            if left < WARN_BELOW:
                days = round(left / DAY, 1)
                log.warning("certificate_ends", certificate=name, file=str(file), days_left=days)


def _end_of(file: Path) -> Instant:
    """When the first certificate of a PEM chain ends, be it ours or one that vouches for it."""
    chain = x509.load_pem_x509_certificates(file.read_bytes())
    return Instant(min(each.not_valid_after_utc.timestamp() for each in chain))
