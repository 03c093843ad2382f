"""What an OCPP 1.6 station calls, in neutral words, and what it is answered."""

from __future__ import annotations

from hashlib import blake2b
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
    register,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridbridge_ocpp.schemas import Payload

MOST_CONNECTORS = 64
"""A transaction id carries the number of its connector in this many values."""

# Core profile, section 4.9: what the word says about the cable.
_OCCUPIED = {
    "Available": False,
    "Reserved": False,
    "Preparing": True,
    "Charging": True,
    "SuspendedEV": True,
    "SuspendedEVSE": True,
    "Finishing": True,
}


def transaction_id(payload: Payload) -> int:
    """The id we hand out for a StartTransaction: positive, and the same if it is asked again.

    The station repeats a StartTransaction whose answer it did not get, perhaps to another process
    of ours: made of what the station said, the id needs no memory. It carries the connector,
    because StopTransaction does not name it.
    """
    connector = whole(payload["connectorId"])
    said = f"{connector}|{payload['timestamp']}|{payload['meterStart']}|{payload['idTag']}"
    digest = int.from_bytes(blake2b(said.encode(), digest_size=4).digest())
    # 1.6 wants an integer and many stations keep it in 32 bits with a sign.
    return (digest % 2**24 + 1) * MOST_CONNECTORS + connector


def connector_of(transaction: int) -> int:
    """The connector that `transaction_id` put into an id."""
    return transaction % MOST_CONNECTORS


def _boot(payload: Payload, context: Context) -> Heard:
    booted = Booted(
        vendor=payload["chargePointVendor"],
        model=payload["chargePointModel"],
        firmware=payload.get("firmwareVersion"),
    )
    reply = {
        "status": "Accepted",
        "currentTime": stamp(context.now),
        "interval": int(context.heartbeat),
    }
    return Heard(reply=reply, words=(booted,))


def _heartbeat(_payload: Payload, context: Context) -> Heard:
    return Heard(reply={"currentTime": stamp(context.now)})


def _status(payload: Payload, context: Context) -> Heard:
    connector = whole(payload["connectorId"])
    if connector == 0:
        # Section 6.47: connector 0 is the station itself, which has no cable.
        return Heard(reply={})
    if not context.knows(connector):
        return Heard(reply={}, words=(Odd(reason="unknown_evse"),))
    status = payload["status"]
    said = StatusSaid(evse=connector, connector=1, occupied=_OCCUPIED.get(status), status=status)
    return Heard(reply={}, words=(said,))


def _verdict(token: str, context: Context) -> Payload:
    return {"status": "Accepted" if context.accepts(token) else "Invalid"}


def _authorize(payload: Payload, context: Context) -> Heard:
    return Heard(reply={"idTagInfo": _verdict(payload["idTag"], context)})


def _start(payload: Payload, context: Context) -> Heard:
    connector = whole(payload["connectorId"])
    if not 0 < connector < MOST_CONNECTORS or not context.knows(connector):
        # An EVSE that nobody counts must not charge.
        return Heard(
            reply={"transactionId": 0, "idTagInfo": {"status": "Invalid"}},
            words=(Odd(reason="unknown_evse"),),
        )
    transaction = transaction_id(payload)
    started = Started(
        evse=connector,
        transaction=str(transaction),
        token=payload["idTag"],
        register=register(payload["meterStart"]),
    )
    verdict = _verdict(payload["idTag"], context)
    return Heard(reply={"transactionId": transaction, "idTagInfo": verdict}, words=(started,))


def _stop(payload: Payload, context: Context) -> Heard:
    transaction = whole(payload["transactionId"])
    connector = connector_of(transaction)
    evse = connector if context.knows(connector) else None
    words: list[Word] = [
        *_sampled(payload.get("transactionData", ()), evse, str(transaction)),
        Ended(
            evse=evse,
            transaction=str(transaction),
            reason=payload.get("reason"),
            register=register(payload["meterStop"]),
        ),
    ]
    token = payload.get("idTag")
    reply = {} if token is None else {"idTagInfo": _verdict(token, context)}
    return Heard(reply=reply, words=tuple(words))


def _meter(payload: Payload, context: Context) -> Heard:
    connector = whole(payload["connectorId"])
    if connector != 0 and not context.knows(connector):
        return Heard(reply={}, words=(Odd(reason="unknown_evse"),))
    words: list[Word] = []
    transaction = payload.get("transactionId")
    # Only an id of ours tells which transaction runs: some stations send -1 or 0 outside of one.
    if transaction is not None and whole(transaction) >= MOST_CONNECTORS:
        if connector_of(whole(transaction)) == connector:
            words.append(Ongoing(evse=connector, transaction=str(whole(transaction))))
        else:
            words.append(Odd(reason="unknown_transaction"))
    words += _sampled(payload.get("meterValue", ()), connector, None)
    return Heard(reply={}, words=tuple(words))


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
    return Sample(
        value.get("measurand", DEFAULT_MEASURAND),
        value["value"],
        value.get("unit"),
        0,
        value.get("phase"),
        value.get("location", "Outlet"),
    )


def _noted(_payload: Payload, _context: Context) -> Heard:
    return Heard(reply={})


def _unknown_vendor(_payload: Payload, _context: Context) -> Heard:
    return Heard(reply={"status": "UnknownVendorId"})


def _rejected(_payload: Payload, _context: Context) -> Heard:
    return Heard(reply={"status": "Rejected"})


HANDLERS: dict[str, Callable[[Payload, Context], Heard]] = {
    "Authorize": _authorize,
    "BootNotification": _boot,
    "DataTransfer": _unknown_vendor,
    "DiagnosticsStatusNotification": _noted,
    "FirmwareStatusNotification": _noted,
    "Heartbeat": _heartbeat,
    "LogStatusNotification": _noted,
    "MeterValues": _meter,
    "SecurityEventNotification": _noted,
    "SignCertificate": _rejected,
    "SignedFirmwareStatusNotification": _noted,
    "StartTransaction": _start,
    "StatusNotification": _status,
    "StopTransaction": _stop,
}
"""By action: everything that a 1.6 station may call."""
