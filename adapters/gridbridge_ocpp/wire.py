"""Each version's translator, and calls that are built once for all stations they fit."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from gridbridge_ocpp.periods import CannotExpressError
from gridbridge_ocpp.rpc.prepared import Prepared, prepare
from gridbridge_ocpp.schemas import WrongPayloadError
from gridbridge_ocpp.v16.inbound import HANDLERS as HANDLERS_16
from gridbridge_ocpp.v16.outbound import written as written_16
from gridbridge_ocpp.v21.inbound import HANDLERS as HANDLERS_21
from gridbridge_ocpp.v21.outbound import written as written_21
from gridbridge_ocpp.v201.inbound import HANDLERS as HANDLERS_201
from gridbridge_ocpp.v201.outbound import written as written_201
from gridbridge_ocpp.versions import OcppVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gridbridge_ocpp.parts import Part
    from gridbridge_ocpp.schemas import Payload
    from gridbridge_ocpp.words import Context, Heard

HANDLERS: Mapping[OcppVersion, Mapping[str, Callable[[Payload, Context], Heard]]] = {
    OcppVersion.V16: HANDLERS_16,
    OcppVersion.V201: HANDLERS_201,
    OcppVersion.V21: HANDLERS_21,
}
"""What a station of a version may call, and what reads it."""

_WRITTEN: Mapping[OcppVersion, Callable[[Part], tuple[str, Payload]]] = {
    OcppVersion.V16: written_16,
    OcppVersion.V201: written_201,
    OcppVersion.V21: written_21,
}


@lru_cache(maxsize=1024)
def call_for(version: OcppVersion, part: Part) -> Prepared:
    """The call that tells a station this, checked against the version's rules and its schema.

    Stations of one version that are told the same share it. Raises CannotExpressError where a rule
    or the schema forbids it.
    """
    action, payload = _WRITTEN[version](part)
    try:
        return prepare(version, action, payload)
    except WrongPayloadError as error:
        raise CannotExpressError(str(error)) from None
