"""What stands in the way of a start, told at the key of the configuration to change."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from gridbridge.domain.units import Seconds
from gridbridge.ports.archive import ArchiveError
from gridbridge.ports.store import StoreDownError
from gridbridge_redis.embedded import DataDirInUseError, EmbeddedValkeyError
from gridbridge_redis.url import InvalidUrlError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gridbridge.config import KeyPath, Loaded
    from gridbridge.ports.clock import Clock
    from gridbridge_redis.store import RedisStore


log = structlog.get_logger(__name__)

DATA_DIR: KeyPath = ("gateway", "data_dir")

STORE_WITHIN = Seconds(5.0)
"""How long a store may take until it answers."""
STORE_AGAIN = Seconds(0.5)


class NotReadyError(Exception):
    """The gateway could not start; the text says where, why, and what to do."""


async def answering(store: RedisStore, clock: Clock) -> None:
    """Open a store; one that is only just starting gets a moment.

    Raises StoreDownError where it still does not answer.
    """
    give_up = clock.now() + STORE_WITHIN
    while True:
        try:
            await store.open()
        except StoreDownError as error:
            if clock.now() >= give_up:
                raise
            log.warning("store_not_ready", reason=str(error))
            await clock.sleep(STORE_AGAIN)
        else:
            return


@contextmanager
def opening_store(loaded: Loaded) -> Iterator[None]:
    """Whatever keeps the store from being opened, or the embedded one from being started."""
    at = loaded.gateway.store_at
    try:
        with using_data_dir(loaded):
            yield
    except DataDirInUseError as error:
        words = f"{error}: stop that one, or give this one a data_dir of its own"
        raise _not_ready(loaded, DATA_DIR, words) from error
    except StoreDownError as error:
        words = f"the store cannot be used ({error}): start it, or correct its address"
        raise _not_ready(loaded, at, words) from error
    except (EmbeddedValkeyError, InvalidUrlError) as error:
        raise _not_ready(loaded, at, str(error)) from error


@contextmanager
def using_data_dir(loaded: Loaded) -> Iterator[None]:
    """A folder for our own files that cannot be made or written."""
    try:
        yield
    except OSError as error:
        folder = loaded.gateway.data_dir
        words = f"{folder} cannot be used ({_reason(error)}): name a folder that can be written"
        raise _not_ready(loaded, DATA_DIR, words) from error


@contextmanager
def opening_archive(loaded: Loaded) -> Iterator[None]:
    """A folder for the archive that cannot be written."""
    try:
        yield
    except ArchiveError as error:
        words = f"the archive cannot be used: {error}"
        raise _not_ready(loaded, loaded.gateway.archive_at, words) from error


@contextmanager
def listening(loaded: Loaded, addresses: dict[KeyPath, str]) -> Iterator[None]:
    """An address that cannot be had, or a certificate that cannot be read.

    `addresses` are those that are being taken, by their keys.
    """
    try:
        yield
    except OSError as error:
        at = _which(addresses, error)
        if isinstance(error, ssl.SSLError) or error.errno == errno.ENOENT:
            words = f"the certificate or key for {addresses[at]} cannot be read"
        else:
            words = f"{addresses[at]} cannot be listened on"
        words = f"{words} ({_reason(error)})"
        if error.errno == errno.EADDRINUSE:
            words += ": stop what listens there, or write another port"
        raise _not_ready(loaded, at, words) from error


def _which(addresses: dict[KeyPath, str], error: OSError) -> KeyPath:
    """The address that the error's own words name, else the first."""
    ports = {at: address.rpartition(":")[2] for at, address in addresses.items()}
    named = (at for at, port in ports.items() if f", {port})" in str(error))
    return next(named, next(iter(addresses)))


def _not_ready(loaded: Loaded, at: KeyPath, words: str) -> NotReadyError:
    return NotReadyError(str(loaded.problem(at, words)))


def _reason(error: OSError) -> str:
    """In the system's words, without what libraries put around them."""
    if isinstance(error, ssl.SSLError):
        return error.reason or "no PEM"
    if isinstance(error, socket.gaierror):
        return "the name is not known"
    return os.strerror(error.errno) if error.errno else str(error)
