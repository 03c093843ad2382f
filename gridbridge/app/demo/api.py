"""What the gateway says of itself, over HTTP as anybody can ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import aiohttp

if TYPE_CHECKING:
    from types import TracebackType

Document = dict[str, Any]
"""JSON of the API."""


class GatewayApi:
    """Reads `/api/v1` of one gateway for as long as the context is open."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2.0))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def sites(self) -> list[Document] | None:
        """Every site with stations and events; None where no answer came."""
        try:
            async with self._session.get(f"{self._url}/api/v1/sites") as answer:
                if not answer.ok:
                    return None
                found: list[Document] = await answer.json()
                return found
        except (aiohttp.ClientError, TimeoutError):
            return None
