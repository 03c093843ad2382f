"""Keeps documents with a DTD away from openleadr's parsers; one entity ends its process."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from aiohttp import web
from openleadr import messaging

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_MOST_BYTES = 1_000_000


class _HasDtdError(Exception):
    """The document declares a type."""


def use_safe_parser() -> None:
    """Have openleadr parse with its schema and without entities, network or external DTDs."""
    messaging.XML_PARSER = messaging.etree.XMLParser(
        schema=messaging.XML_SCHEMA,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )


@web.middleware
async def refuse_dtd(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer 400 to what is too large, no XML, or declares a document type."""
    content = await request.read()
    if len(content) > _MOST_BYTES or not _is_plain(content):
        return web.Response(status=HTTPStatus.BAD_REQUEST)
    return await handler(request)


def _is_plain(content: bytes) -> bool:
    def refuse(*_: Any) -> None:  # noqa: ANN401 - expat calls it with what it found
        raise _HasDtdError

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)  # noqa: FBT003 - expat takes it by position only
    except (_HasDtdError, expat.ExpatError):
        return False
    return True
