"""A VTN's message: what kind it is, and its parts as values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gridbridge.domain.units import Instant, Seconds
from gridbridge_openadr.namespaces import ei, oadr, pyld, xcal
from gridbridge_openadr.times import InvalidTimeError
from gridbridge_openadr.v2b.codes import Code
from gridbridge_openadr.v2b.events import read_distribution
from gridbridge_openadr.v2b.messages import (
    CancelRegistration,
    CancelReport,
    CreateReport,
    Distribute,
    Message,
    Outcome,
    RegisteredReport,
    RegisterReport,
    Registration,
    ReportWish,
    Reregister,
    Response,
    UpdatedReport,
)
from gridbridge_openadr.v2b.reading import (
    UnreadableError,
    count,
    find,
    local_name,
    need,
    need_duration,
    verbatim,
    verbatim_at,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml import etree


def read_message(signed_object: etree._Element, *, now: Instant) -> Message:
    """Translate the one payload of an oadrSignedObject.

    Raises UnreadableError where the message as a whole makes no sense; a bad event or report
    request in it is told apart and spoils no other.
    """
    payloads = list(signed_object)
    if len(payloads) != 1:
        raise UnreadableError(f"{len(payloads)} payloads in one message")
    payload = payloads[0]
    reader = _READERS.get(str(payload.tag))
    if reader is None:
        raise UnreadableError(f"{local_name(payload.tag)} is nothing a VTN sends to a VEN")
    return reader(payload, now)


def _response(payload: etree._Element, _now: Instant) -> Response:
    return Response(outcome=_outcome(payload))


def _distribute(payload: etree._Element, now: Instant) -> Distribute:
    distribution, unnamed = read_distribution(payload, now=now)
    return Distribute(
        outcome=_outcome(payload) if find(payload, ei("eiResponse")) is not None else _FINE,
        vtn_id=verbatim(need(payload, ei("vtnID"))),
        distribution=distribution,
        unnamed=unnamed,
    )


def _registration(payload: etree._Element, _now: Instant) -> Registration:
    poll = None
    if find(payload, oadr("oadrRequestedOadrPollFreq")) is not None:
        poll = _seconds(payload, oadr("oadrRequestedOadrPollFreq"))
    return Registration(
        outcome=_outcome(payload),
        vtn_id=verbatim(need(payload, ei("vtnID"))),
        registration_id=verbatim_at(payload, ei("registrationID")),
        ven_id=verbatim_at(payload, ei("venID")),
        poll=poll,
    )


def _reregister(_payload: etree._Element, _now: Instant) -> Reregister:
    return Reregister()


def _cancel_registration(payload: etree._Element, _now: Instant) -> CancelRegistration:
    return CancelRegistration(
        request=_request_id(payload),
        registration_id=verbatim(need(payload, ei("registrationID"))),
    )


def _create_report(payload: etree._Element, _now: Instant) -> CreateReport:
    return CreateReport(request=_request_id(payload), wishes=_wishes(payload))


def _cancel_report(payload: etree._Element, _now: Instant) -> CancelReport:
    return CancelReport(
        request=_request_id(payload),
        ids=tuple(verbatim(element) for element in payload.iterfind(ei("reportRequestID"))),
    )


def _register_report(payload: etree._Element, _now: Instant) -> RegisterReport:
    return RegisterReport(request=_request_id(payload))


def _registered_report(payload: etree._Element, _now: Instant) -> RegisteredReport:
    return RegisteredReport(
        request=verbatim_at(payload, ei("eiResponse"), pyld("requestID")) or "",
        outcome=_outcome(payload),
        wishes=_wishes(payload),
    )


def _updated_report(payload: etree._Element, now: Instant) -> UpdatedReport:
    cancel = find(payload, oadr("oadrCancelReport"))
    return UpdatedReport(
        outcome=_outcome(payload),
        cancel=None if cancel is None else _cancel_report(cancel, now),
    )


def _wishes(payload: etree._Element) -> tuple[ReportWish, ...]:
    return tuple(_wish(element) for element in payload.iterfind(oadr("oadrReportRequest")))


def _wish(element: etree._Element) -> ReportWish:
    identity = verbatim(need(element, ei("reportRequestID")))
    specifier = need(element, ei("reportSpecifier"))
    name = verbatim(need(specifier, ei("reportSpecifierID")))
    points = tuple(
        verbatim(need(point, ei("rID"))) for point in specifier.iterfind(ei("specifierPayload"))
    )
    granularity = every = Seconds(0.0)
    refused = None
    try:
        granularity = _seconds(specifier, xcal("granularity"))
        every = _seconds(specifier, ei("reportBackDuration"))
        if find(specifier, ei("reportInterval")) is not None:
            refused = _refused_interval(specifier)
    except UnreadableError as error:
        refused = str(error)
    return ReportWish(
        id=identity,
        specifier=name,
        points=points,
        granularity=granularity,
        every=every,
        refused=refused,
    )


def _refused_interval(specifier: etree._Element) -> str | None:
    properties = need(specifier, ei("reportInterval"), xcal("properties"))
    # OpenADR 2.0b: an interval of no length has no end, which is what we report over.
    ends = not need_duration(properties, xcal("duration")).zero
    return "a report over an interval with an end" if ends else None


def _outcome(payload: etree._Element) -> Outcome:
    response = need(payload, ei("eiResponse"))
    return Outcome(
        code=count(need(response, ei("responseCode"))),
        description=verbatim_at(response, ei("responseDescription")) or "",
    )


def _request_id(payload: etree._Element) -> str:
    return verbatim_at(payload, pyld("requestID")) or ""


def _seconds(parent: etree._Element, path: str) -> Seconds:
    try:
        return need_duration(parent, path).in_seconds()
    except InvalidTimeError as error:
        raise UnreadableError(f"{local_name(path)}: {error}") from None


_FINE: Final = Outcome(code=Code.OK)
_READERS: Final[dict[str, Callable[[etree._Element, Instant], Message]]] = {
    oadr("oadrResponse"): _response,
    oadr("oadrDistributeEvent"): _distribute,
    oadr("oadrCreatedPartyRegistration"): _registration,
    oadr("oadrRequestReregistration"): _reregister,
    oadr("oadrCancelPartyRegistration"): _cancel_registration,
    oadr("oadrCreateReport"): _create_report,
    oadr("oadrCancelReport"): _cancel_report,
    oadr("oadrRegisterReport"): _register_report,
    oadr("oadrRegisteredReport"): _registered_report,
    oadr("oadrUpdatedReport"): _updated_report,
}
