"""What an OCPP 2.0.1 station calls, in neutral words, and what it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge_ocpp.meters import DEFAULT_MEASURAND
from gridbridge_ocpp.times import stamp
from gridbridge_ocpp.words import (
    Booted,
    Context,
    Ended,
    Heard,
    Odd,
    Ongoing,
    Sample,
    Sampled,
    Started,
    StatusSaid,
    Word,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridbridge_ocpp.schemas import Payload

# ConnectorStatusEnumType: what the word says about the cable.
_OCCUPIED = {"Available": False, "Reserved": False, "Occupied": True}


def _boot(payload: Payload, context: Context) -> Heard:
    station = payload["chargingStation"]
    booted = Booted(
        vendor=station["vendorName"],
        model=station["model"],
        firmware=station.get("firmwareVersion"),
    )
    reply = {
        "status": "Accepted",
        "currentTime": stamp(context.now),
        "interval": int(context.heartbeat),
    }
    # BootReasonEnumType, Triggered: asked for by us, not the end of a boot.
    words = () if payload["reason"] == "Triggered" else (booted,)
    return Heard(reply=reply, words=words)


def _heartbeat(_payload: Payload, context: Context) -> Heard:
    return Heard(reply={"currentTime": stamp(context.now)})


def _status(payload: Payload, context: Context) -> Heard:
    evse = whole(payload["evseId"])
    if not context.knows(evse):
        return Heard(reply={}, words=(Odd(reason="unknown_evse"),))
    status = payload["connectorStatus"]
    said = StatusSaid(
        evse=evse,
        connector=whole(payload["connectorId"]),
        occupied=_OCCUPIED.get(status),
        status=status,
    )
    return Heard(reply={}, words=(said,))


def _verdict(token: Payload, context: Context) -> Payload:
    return {"status": "Accepted" if context.accepts(token["idToken"]) else "Invalid"}


def _authorize(payload: Payload, context: Context) -> Heard:
    return Heard(reply={"idTokenInfo": _verdict(payload["idToken"], context)})


def _transaction(payload: Payload, context: Context) -> Heard:
    token = payload.get("idToken")
    reply = {} if token is None else {"idTokenInfo": _verdict(token, context)}
    evse = whole(payload["evse"]["id"]) if "evse" in payload else None
    if evse is not None and not context.knows(evse):
        return Heard(reply=reply, words=(Odd(reason="unknown_evse"),))
    info = payload["transactionInfo"]
    transaction = info["transactionId"]
    values = _sampled(payload.get("meterValue", ()), evse, transaction)
    match payload["eventType"]:
        case "Started":
            text = None if token is None else token["idToken"]
            said: Word = Started(evse=evse, transaction=transaction, token=text)
            return Heard(reply=reply, words=(said, *values))
        case "Updated":
            said = Ongoing(evse=evse, transaction=transaction)
            return Heard(reply=reply, words=(said, *values))
        case "Ended":
            reason = info.get("stoppedReason")
            said = Ended(evse=evse, transaction=transaction, reason=reason)
            return Heard(reply=reply, words=(*values, said))
        case _:
            return Heard(reply=reply, words=(Odd(reason="unknown_event_type"), *values))


def _meter(payload: Payload, context: Context) -> Heard:
    evse = whole(payload["evseId"])
    if evse != 0 and not context.knows(evse):
        return Heard(reply={}, words=(Odd(reason="unknown_evse"),))
    return Heard(reply={}, words=tuple(_sampled(payload["meterValue"], evse, None)))


def _sampled(
    values: list[Payload] | tuple[()], evse: int | None, transaction: str | None
) -> list[Sampled]:
    return [
        Sampled(
            evse=evse,
            transaction=transaction,
            timestamp=each["timestamp"],
            samples=tuple(_sample(value) for value in each["sampledValue"]),
        )
        for each in values
    ]


def _sample(value: Payload) -> Sample:
    unit = value.get("unitOfMeasure", {})
    return Sample(
        value.get("measurand", DEFAULT_MEASURAND),
        value["value"],
        unit.get("unit"),
        whole(unit.get("multiplier", 0)),
        value.get("phase"),
        value.get("location", "Outlet"),
    )


def _noted(_payload: Payload, _context: Context) -> Heard:
    return Heard(reply={})


def _unknown_vendor(_payload: Payload, _context: Context) -> Heard:
    return Heard(reply={"status": "UnknownVendorId"})


def _rejected(_payload: Payload, _context: Context) -> Heard:
    return Heard(reply={"status": "Rejected"})


def _accepted(_payload: Payload, _context: Context) -> Heard:
    return Heard(reply={"status": "Accepted"})


def _no_certificate_status(_payload: Payload, _context: Context) -> Heard:
    return Heard(reply={"status": "Failed"})


HANDLERS: dict[str, Callable[[Payload, Context], Heard]] = {
    "Authorize": _authorize,
    "BootNotification": _boot,
    "ClearedChargingLimit": _noted,
    "DataTransfer": _unknown_vendor,
    "FirmwareStatusNotification": _noted,
    "GetCertificateStatus": _no_certificate_status,
    "Heartbeat": _heartbeat,
    "LogStatusNotification": _noted,
    "MeterValues": _meter,
    "NotifyChargingLimit": _noted,
    "NotifyCustomerInformation": _noted,
    "NotifyDisplayMessages": _noted,
    # Part 2, K15: Rejected says that no schedule comes for this car; TxDefaultProfile rules.
    "NotifyEVChargingNeeds": _rejected,
    "NotifyEVChargingSchedule": _accepted,
    "NotifyEvent": _noted,
    "NotifyMonitoringReport": _noted,
    "NotifyReport": _noted,
    "PublishFirmwareStatusNotification": _noted,
    "ReportChargingProfiles": _noted,
    "ReservationStatusUpdate": _noted,
    "SecurityEventNotification": _noted,
    "SignCertificate": _rejected,
    "StatusNotification": _status,
    "TransactionEvent": _transaction,
}
"""By action: what a 2.0.1 station may call; the rest is answered NotSupported."""
