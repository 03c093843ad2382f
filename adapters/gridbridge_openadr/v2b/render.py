"""Our messages. Each function returns the oadrSignedObject that `seal` makes bytes of.

The elements are built one by one, so that whatever an id holds is escaped; nothing is pasted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

from gridbridge_openadr.namespaces import (
    EI,
    OADR,
    POWER,
    PYLD,
    SCALE,
    STRM,
    XCAL,
    ei,
    oadr,
    power,
    pyld,
    scale,
    strm,
    xcal,
)
from gridbridge_openadr.times import write_duration, write_instant
from gridbridge_openadr.v2b import offer
from gridbridge_openadr.v2b.codes import Code, code_of, opt_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gridbridge.domain.decisions import ReportUpdate, Sample
    from gridbridge.domain.events import Answer
    from gridbridge.domain.units import Instant
    from gridbridge_openadr.signature import Signer

_GOOD: Final = "Quality Good - Non Specific"
_UNCERTAIN: Final = "Quality Uncertain - Non Specific"
_LONGEST_TEXT: Final = 200
_NOMINAL_HERTZ: Final = "50"
_NOMINAL_VOLTS: Final = "230"


def seal(
    signed_object: etree._Element, *, signer: Signer | None, nonce: str, now: Instant
) -> bytes:
    """The message as it goes out, signed where there is a signer."""
    root = etree.Element(oadr("oadrPayload"), nsmap={"oadr": OADR})
    if signer is not None:
        root.append(signer.sign(signed_object, nonce=nonce, now=now))
    root.append(signed_object)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def query_registration(*, request: str) -> etree._Element:
    """Ask what the VTN speaks: oadrQueryRegistration."""
    signed_object, message = _message("oadrQueryRegistration")
    _add(message, pyld("requestID"), request)
    return signed_object


def create_party_registration(
    *,
    request: str,
    ven_name: str,
    signs: bool,
    registration: str | None,
    ven_id: str | None,
) -> etree._Element:
    """Register, or with the ids of a registration renew it: oadrCreatePartyRegistration."""
    signed_object, message = _message("oadrCreatePartyRegistration")
    _add(message, pyld("requestID"), request)
    if registration is not None:
        _add(message, ei("registrationID"), registration)
    if ven_id is not None:
        _add(message, ei("venID"), ven_id)
    _add(message, oadr("oadrProfileName"), "2.0b")
    _add(message, oadr("oadrTransportName"), "simpleHttp")
    _add(message, oadr("oadrReportOnly"), "false")
    _add(message, oadr("oadrXmlSignature"), "true" if signs else "false")
    _add(message, oadr("oadrVenName"), ven_name)
    _add(message, oadr("oadrHttpPullModel"), "true")
    return signed_object


def canceled_party_registration(
    *, request: str, code: Code, registration: str, ven_id: str
) -> etree._Element:
    """Confirm the end of a registration: oadrCanceledPartyRegistration."""
    signed_object, message = _message("oadrCanceledPartyRegistration")
    _response(message, request=request, code=code)
    _add(message, ei("registrationID"), registration)
    _add(message, ei("venID"), ven_id)
    return signed_object


def poll(*, ven_id: str) -> etree._Element:
    """Ask for the next message: oadrPoll."""
    signed_object, message = _message("oadrPoll")
    _add(message, ei("venID"), ven_id)
    return signed_object


def request_event(*, request: str, ven_id: str) -> etree._Element:
    """Ask for every event that stands: oadrRequestEvent."""
    signed_object, message = _message("oadrRequestEvent")
    body = _add(message, pyld("eiRequestEvent"))
    _add(body, pyld("requestID"), request)
    _add(body, ei("venID"), ven_id)
    return signed_object


def created_event(
    *, request: str, ven_id: str, answers: Iterable[Answer], code: Code = Code.OK
) -> etree._Element:
    """Answer events: oadrCreatedEvent.

    A `code` other than 200 refuses the whole distribution; it goes without answers.
    """
    signed_object, message = _message("oadrCreatedEvent")
    body = _add(message, pyld("eiCreatedEvent"))
    answers = tuple(answers)
    # With event responses, the request id stands in each of them and not above.
    _response(body, request="" if answers else request, code=code)
    if answers:
        responses = _add(body, ei("eventResponses"))
        for answer in answers:
            response = _add(responses, ei("eventResponse"))
            _add(response, ei("responseCode"), str(code_of(answer).value))
            _add(response, ei("responseDescription"), answer.why[:_LONGEST_TEXT])
            _add(response, pyld("requestID"), request)
            qualified = _add(response, ei("qualifiedEventID"))
            _add(qualified, ei("eventID"), answer.event)
            _add(qualified, ei("modificationNumber"), str(answer.version))
            _add(response, ei("optType"), opt_of(answer))
    _add(body, ei("venID"), ven_id)
    return signed_object


def register_report(
    *,
    request: str,
    ven_id: str,
    rates: Mapping[str, offer.Rate],
    now: Instant,
    asked_by: str | None,
) -> etree._Element:
    """Tell what we can report of each resource, and how often: oadrRegisterReport.

    `asked_by` is the report request a VTN asked for the METADATA with, None where it did not.
    """
    signed_object, message = _message("oadrRegisterReport")
    _add(message, pyld("requestID"), request)
    for quantity in offer.QUANTITIES.values():
        report = _add(message, oadr("oadrReport"))
        for resource, rate in rates.items():
            _describe(report, quantity, resource, rate)
        _add(report, ei("reportRequestID"), asked_by or "0")
        _add(report, ei("reportSpecifierID"), quantity.specifier)
        _add(report, ei("reportName"), f"METADATA_{offer.NAME}")
        _add(report, ei("createdDateTime"), write_instant(now))
    _add(message, ei("venID"), ven_id)
    if asked_by is not None:
        _add(message, ei("reportRequestID"), asked_by)
    return signed_object


def registered_report(*, request: str, ven_id: str) -> etree._Element:
    """Want none of the VTN's own reports: oadrRegisteredReport."""
    signed_object, message = _message("oadrRegisteredReport")
    _response(message, request=request, code=Code.OK)
    _add(message, ei("venID"), ven_id)
    return signed_object


def created_report(
    *, request: str, ven_id: str, code: Code, pending: Iterable[str], why: str
) -> etree._Element:
    """Tell which of the requested reports will come: oadrCreatedReport."""
    signed_object, message = _message("oadrCreatedReport")
    _response(message, request=request, code=code, why=why)
    _pending(message, pending)
    _add(message, ei("venID"), ven_id)
    return signed_object


def canceled_report(*, request: str, ven_id: str, pending: Iterable[str]) -> etree._Element:
    """Tell which reports still come: oadrCanceledReport."""
    signed_object, message = _message("oadrCanceledReport")
    _response(message, request=request, code=Code.OK)
    _pending(message, pending)
    _add(message, ei("venID"), ven_id)
    return signed_object


def update_report(*, request: str, ven_id: str, update: ReportUpdate) -> etree._Element:
    """Deliver a report, whose specifier is one of `offer.QUANTITIES`: oadrUpdateReport."""
    quantity = offer.QUANTITIES[update.specifier]
    signed_object, message = _message("oadrUpdateReport")
    _add(message, pyld("requestID"), request)
    report = _add(message, oadr("oadrReport"))
    starts = [sample.start for samples in update.samples.values() for sample in samples]
    if starts:
        _add(_add(report, xcal("dtstart")), xcal("date-time"), write_instant(min(starts)))
        intervals = _add(report, strm("intervals"))
        for resource, samples in update.samples.items():
            for sample in samples:
                _sample(intervals, quantity, resource, sample)
    _add(report, ei("eiReportID"), update.id)
    _add(report, ei("reportRequestID"), update.request)
    _add(report, ei("reportSpecifierID"), update.specifier)
    _add(report, ei("reportName"), offer.NAME)
    _add(report, ei("createdDateTime"), write_instant(update.created))
    _add(message, ei("venID"), ven_id)
    return signed_object


def _describe(
    report: etree._Element, quantity: offer.Quantity, resource: str, rate: offer.Rate
) -> None:
    description = _add(report, oadr("oadrReportDescription"))
    _add(description, ei("rID"), resource)
    _add(_add(description, ei("reportDataSource")), ei("resourceID"), resource)
    _add(description, ei("reportType"), offer.TYPE)
    item = _add(description, quantity.item)
    _add(item, power("itemDescription"), quantity.description)
    _add(item, power("itemUnits"), quantity.units)
    _add(item, scale("siScaleCode"), "none")
    if quantity.is_power:
        # The schema wants them with every power; they say nothing of ours.
        attributes = _add(item, power("powerAttributes"))
        _add(attributes, power("hertz"), _NOMINAL_HERTZ)
        _add(attributes, power("voltage"), _NOMINAL_VOLTS)
        _add(attributes, power("ac"), "true")
    _add(description, ei("readingType"), quantity.reading)
    sampling = _add(description, oadr("oadrSamplingRate"))
    _add(sampling, oadr("oadrMinPeriod"), write_duration(rate.shortest))
    _add(sampling, oadr("oadrMaxPeriod"), write_duration(rate.longest))
    _add(sampling, oadr("oadrOnChange"), "false")


def _sample(
    intervals: etree._Element, quantity: offer.Quantity, resource: str, sample: Sample
) -> None:
    interval = _add(intervals, ei("interval"))
    _add(_add(interval, xcal("dtstart")), xcal("date-time"), write_instant(sample.start))
    _add(_add(interval, xcal("duration")), xcal("duration"), write_duration(sample.length))
    payload = _add(interval, oadr("oadrReportPayload"))
    _add(payload, ei("rID"), resource)
    value = repr(round(quantity.value_of(sample), 3))
    _add(_add(payload, ei("payloadFloat")), ei("value"), value)
    _add(payload, oadr("oadrDataQuality"), _GOOD if sample.complete else _UNCERTAIN)


def _pending(message: etree._Element, pending: Iterable[str]) -> None:
    reports = _add(message, oadr("oadrPendingReports"))
    for identity in pending:
        _add(reports, ei("reportRequestID"), identity)


def _response(parent: etree._Element, *, request: str, code: Code, why: str = "") -> None:
    response = _add(parent, ei("eiResponse"))
    _add(response, ei("responseCode"), str(code.value))
    description = why or ("OK" if code is Code.OK else code.name)
    _add(response, ei("responseDescription"), description[:_LONGEST_TEXT])
    _add(response, pyld("requestID"), request)


def _message(name: str) -> tuple[etree._Element, etree._Element]:
    """(the signed object, the message in it).

    All prefixes are declared on the signed object, as what is signed must not change its
    meaning with the element around it.
    """
    signed_object = etree.Element(
        oadr("oadrSignedObject"),
        nsmap={
            "oadr": OADR,
            "ei": EI,
            "pyld": PYLD,
            "xcal": XCAL,
            "strm": STRM,
            "power": POWER,
            "scale": SCALE,
        },
    )
    signed_object.set(oadr("Id"), "oadrSignedObject")
    message = _add(signed_object, oadr(name))
    message.set(ei("schemaVersion"), "2.0b")
    return signed_object, message


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, name)
    element.text = text
    return element
