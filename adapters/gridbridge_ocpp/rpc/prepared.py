"""A call validated and encoded once, for as many stations as are to have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridbridge_ocpp.rpc import frames
from gridbridge_ocpp.schemas import Kind, WrongPayloadError, check_outbound
from gridbridge_ocpp.versions import OcppVersion

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A call's action and payload as they stand in a frame; the id is filled in per station."""

    version: OcppVersion
    action: str
    text: str


def prepare(version: OcppVersion, action: str, payload: Mapping[str, Any]) -> Prepared:
    """Check the payload strictly and encode it. Raises WrongPayloadError, naming path and rule."""
    check_outbound(version, action, Kind.REQUEST, payload)
    try:
        text = frames.encoded(action, payload)
    except TypeError as error:
        raise WrongPayloadError(f"{action} request is not JSON: {error}") from None
    return Prepared(version=version, action=action, text=text)
