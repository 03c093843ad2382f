"""Errors as problem documents (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson
from aiohttp import web

from gridbridge.ports.store import StoreDownError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CONTENT_TYPE = "application/problem+json"


class ProblemError(Exception):
    """A request that cannot be answered, in words for whoever asked."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@web.middleware
async def as_problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer every foreseen failure with a problem document."""
    try:
        return await handler(request)
    except ProblemError as problem:
        return _response(problem.status, problem.detail)
    except StoreDownError:
        return _response(HTTPStatus.SERVICE_UNAVAILABLE, "the store does not answer")
    except web.HTTPException as error:
        allowed = {name: error.headers[name] for name in ("Allow",) if name in error.headers}
        status = HTTPStatus(error.status)
        asked = f"{request.method} {request.path}"
        return _response(status, f"{status.phrase}: {asked}", headers=allowed)


def _response(
    status: HTTPStatus, detail: str, *, headers: dict[str, str] | None = None
) -> web.Response:
    body = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    return web.Response(
        status=status, body=orjson.dumps(body), content_type=CONTENT_TYPE, headers=headers
    )
