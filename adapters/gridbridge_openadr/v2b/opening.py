"""From a reply to a message: guard, schema, signature, meaning, in this order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from gridbridge_openadr.exchange import NoReply, Reply
from gridbridge_openadr.namespaces import oadr
from gridbridge_openadr.v2b.inbound import read_message
from gridbridge_openadr.v2b.reading import UnreadableError
from gridbridge_openadr.xml_guard import RefusedXmlError, guard, off_schema

if TYPE_CHECKING:
    from lxml import etree

    from gridbridge.domain.ids import VenName
    from gridbridge.domain.units import Instant
    from gridbridge_openadr.signature import Verifier
    from gridbridge_openadr.v2b.messages import Message

_LONGEST_DETAIL: Final = 200
_OK: Final = 200
_SERVER_ERROR: Final = 500

log = structlog.get_logger(__name__)


class Opener:
    """Opens what a VTN sends, and logs what cannot be opened: a lost VTN once, and once back."""

    def __init__(self, *, ven: VenName, verifier: Verifier | None) -> None:
        self._ven = ven
        self._verifier = verifier
        self._reached = True

    def open(self, reply: Reply | NoReply, *, job: str, now: Instant) -> Message | None:
        """What the VTN said to `job`, or None where nobody may or can read it."""
        self._watch(reply)
        if isinstance(reply, NoReply):
            return None
        if reply.status == _OK:
            return self._open(reply.body, now)
        if reply.status < _SERVER_ERROR:
            log.warning("vtn_http_error", ven=self._ven, job=job, status=reply.status)
        return None

    def _open(self, body: bytes, now: Instant) -> Message | None:
        try:
            root = guard(body)
            # Off the schema, a message is read as far as it goes: what cannot be read of it is
            # refused event by event, and the VTN is told.
            wrong = off_schema(root)
            if wrong is not None:
                self._warn("vtn_message_off_schema", "schema", wrong)
            if self._verifier is None:
                signed_object = _only_signed_object(root)
            else:
                signed_object = self._verifier.signed_object(root, now=now)
            return read_message(signed_object, now=now)
        except RefusedXmlError as error:
            self._warn("vtn_message_refused", error.reason, str(error))
        except UnreadableError as error:
            self._warn("vtn_message_refused", "unreadable", str(error))
        return None

    def _warn(self, event: str, reason: str, detail: str) -> None:
        log.warning(event, ven=self._ven, reason=reason, detail=detail[:_LONGEST_DETAIL])

    def _watch(self, reply: Reply | NoReply) -> None:
        reached = isinstance(reply, Reply) and reply.status < _SERVER_ERROR
        if reached == self._reached:
            return
        self._reached = reached
        if reached:
            log.info("vtn_back", ven=self._ven)
        else:
            why = reply.why if isinstance(reply, NoReply) else f"http_{reply.status}"
            log.warning("vtn_unreachable", ven=self._ven, why=why)


def _only_signed_object(root: etree._Element) -> etree._Element:
    """The one oadrSignedObject, in its place: a second one could only deceive."""
    found = list(root.iter(oadr("oadrSignedObject")))
    if root.tag != oadr("oadrPayload") or len(found) != 1 or found[0].getparent() is not root:
        raise RefusedXmlError("not_openadr")
    return found[0]
