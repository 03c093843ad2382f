"""What follows from a message of the VTN: facts to store, messages to answer with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog
from lxml import etree

from gridbridge.domain.facts import (
    Distributed,
    Registered,
    ReportCancelled,
    ReportRequested,
    VenFact,
)
from gridbridge_openadr.v2b import offer, render
from gridbridge_openadr.v2b.codes import Code
from gridbridge_openadr.v2b.messages import (
    CancelRegistration,
    CancelReport,
    CreateReport,
    Distribute,
    Message,
    RegisteredReport,
    RegisterReport,
    Registration,
    ReportWish,
    Reregister,
    Response,
    UpdatedReport,
)
from gridbridge_openadr.v2b.wishes import why_refused

if TYPE_CHECKING:
    from gridbridge_openadr.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A message that answers one of the VTN's."""

    service: str
    write: Callable[[], etree._Element]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What to do about a message; the facts first, the replies once they are stored."""

    facts: tuple[VenFact, ...] = ()
    replies: tuple[Owed, ...] = ()
    metadata_for: str | None = None
    """The report request by which the VTN asked what we can report."""
    cancelled: bool = False
    """The VTN ended our registration."""


def consequences(message: Message, *, settings: Settings, held: Registered) -> Consequences:
    """Translate a message that came under the registration `held`."""
    result = Consequences()
    match message:
        case Distribute():
            result = _of_distribution(message, settings, held)
        case CreateReport() | RegisteredReport():
            if message.wishes:
                result = _of_wishes(message.wishes, message.request, settings, held)
        case CancelReport():
            result = _of_cancelled_reports(message, settings, held)
        case UpdatedReport():
            if message.cancel is not None:
                result = _of_cancelled_reports(message.cancel, settings, held)
        case RegisterReport():
            result = _of_offer(message, held)
        case CancelRegistration():
            result = _of_cancelled_registration(message, settings, held)
        case Response() | Registration() | Reregister():
            pass
    return result


def _of_offer(message: RegisterReport, held: Registered) -> Consequences:
    write = partial(render.registered_report, request=message.request, ven_id=held.ven_id)
    return Consequences(replies=(Owed(service="EiReport", write=write),))


def _of_distribution(message: Distribute, settings: Settings, held: Registered) -> Consequences:
    if message.vtn_id != held.vtn_id:
        log.warning("vtn_id_unknown", ven=settings.name, vtn_id=message.vtn_id)
        write = partial(
            render.created_event,
            request=message.distribution.request,
            ven_id=held.ven_id,
            answers=(),
            code=Code.INVALID_ID,
        )
        return Consequences(replies=(Owed(service="EiEvent", write=write),))
    for why in message.unnamed:
        log.warning("event_unreadable", ven=settings.name, detail=why)
    for refusal in message.distribution.refusals:
        log.warning(
            "event_refused",
            ven=settings.name,
            event_id=refusal.event,
            version=refusal.version,
            reason=refusal.reason.value,
            detail=refusal.detail,
        )
    return Consequences(facts=(Distributed(ven=settings.name, distribution=message.distribution),))


def _of_wishes(
    wishes: tuple[ReportWish, ...], request: str, settings: Settings, held: Registered
) -> Consequences:
    refused = ""
    metadata_for = None
    taken: list[ReportWish] = []
    for wish in wishes:
        if wish.specifier == offer.METADATA:
            metadata_for = wish.id
            continue
        why = why_refused(wish, resources=settings.resources, every=settings.every)
        if why is None:
            taken.append(wish)
        else:
            log.warning("report_refused", ven=settings.name, request=wish.id, detail=why)
            refused = refused or why
    pending = [wish.id for wish in taken]
    write = partial(
        render.created_report,
        request=request,
        ven_id=held.ven_id,
        code=Code.REPORT_NOT_SUPPORTED if refused else Code.OK,
        pending=pending if metadata_for is None else [*pending, metadata_for],
        why=refused,
    )
    return Consequences(
        facts=tuple(
            ReportRequested(
                ven=settings.name,
                request=wish.id,
                specifier=wish.specifier,
                resources=wish.points,
                granularity=wish.granularity,
                every=wish.every,
            )
            for wish in taken
        ),
        replies=(Owed(service="EiReport", write=write),),
        metadata_for=metadata_for,
    )


def _of_cancelled_reports(
    message: CancelReport, settings: Settings, held: Registered
) -> Consequences:
    write = partial(
        render.canceled_report, request=message.request, ven_id=held.ven_id, pending=()
    )
    return Consequences(
        facts=tuple(
            ReportCancelled(ven=settings.name, request=identity) for identity in message.ids
        ),
        replies=(Owed(service="EiReport", write=write),),
    )


def _of_cancelled_registration(
    message: CancelRegistration, settings: Settings, held: Registered
) -> Consequences:
    ours = message.registration_id == held.registration
    if not ours:
        log.warning("registration_id_unknown", ven=settings.name)
    write = partial(
        render.canceled_party_registration,
        request=message.request,
        code=Code.OK if ours else Code.INVALID_ID,
        registration=message.registration_id,
        ven_id=held.ven_id,
    )
    return Consequences(replies=(Owed(service="EiRegisterParty", write=write),), cancelled=ours)
