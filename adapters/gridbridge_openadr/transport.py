"""Posting a message and reading the reply, whatever the other side does."""

from __future__ import annotations

import os
import socket
import ssl
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import aiohttp

from gridbridge.domain.units import Instant
from gridbridge_openadr.exchange import NoReply, Reply, Request
from gridbridge_openadr.xml_guard import MAX_BYTES

if TYPE_CHECKING:
    from gridbridge_openadr.settings import Settings

# OpenADR 2.0b, section 10: the suites a VTN must offer, which Python leaves out of its defaults.
_SUITES_OF_2_0B: Final = "AES128-SHA256:ECDHE-ECDSA-AES128-SHA256"
_CHUNK: Final = 65_536


def tls_context(settings: Settings) -> ssl.SSLContext:
    """TLS 1.2 and later with our certificate; reads the files, so call it once.

    Raises OSError or ssl.SSLError where a file is missing or no PEM.
    """
    context = ssl.create_default_context(cafile=None if settings.ca is None else str(settings.ca))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    defaults = ":".join(
        suite["name"] for suite in context.get_ciphers() if suite["protocol"] != "TLSv1.3"
    )
    context.set_ciphers(f"{defaults}:{_SUITES_OF_2_0B}")
    if settings.certificate is not None:
        context.load_cert_chain(settings.certificate, settings.key, settings.key_password)
    return context


class Transport:
    """One VTN's services over HTTP; one request at a time, none redirected or compressed."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.vtn.rstrip("/")
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls_context(settings), limit=1),
            timeout=aiohttp.ClientTimeout(total=settings.timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            # A small reply could unpack into a large one.
            auto_decompress=False,
            headers={"Accept-Encoding": "identity", "Content-Type": "application/xml"},
        )
        self.vtn_time: Instant | None = None
        """The VTN's clock as of its last reply, in whole seconds."""

    async def post(self, request: Request) -> Reply | NoReply:
        """What became of the request; never raises for anything the other side does."""
        self.vtn_time = None
        try:
            async with self._http.post(
                f"{self._base}/{request.service}", data=request.body, allow_redirects=False
            ) as response:
                self.vtn_time = _read_date(response.headers.get("Date"))
                body = bytearray()
                async for chunk in response.content.iter_chunked(_CHUNK):
                    body += chunk
                    if len(body) > MAX_BYTES:
                        return NoReply(why="too_large")
                return Reply(status=response.status, body=bytes(body))
        except TimeoutError:
            return NoReply(why="timeout")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return NoReply(why=reason(error))

    async def close(self) -> None:
        """Close the connection."""
        await self._http.close()


def reason(error: Exception) -> str:
    """What went wrong, without the error's own words: they may quote what is nobody's business.

    What the system or the check of a certificate says of it quotes nothing but the host's name.
    """
    name = type(error).__name__
    cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"{name}: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"{name}: {cause.reason}"
    if isinstance(cause, socket.gaierror):
        return f"{name}: the host's name is not known"
    if isinstance(cause, OSError) and cause.errno is not None:
        return f"{name}: {os.strerror(cause.errno)}"
    return name


def _read_date(header: str | None) -> Instant | None:
    if header is None:
        return None
    try:
        return Instant(parsedate_to_datetime(header).timestamp())
    except ValueError:
        return None
