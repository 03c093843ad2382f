"""What has to be stored of what a station said and of what became of its slots."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gridbridge.domain.facts import ProfileAnswered, SiteFact

if TYPE_CHECKING:
    from gridbridge_ocpp.directory import StationEntry
    from gridbridge_ocpp.hearing import Said
    from gridbridge_ocpp.keys import Key
    from gridbridge_ocpp.schemas import Payload
    from gridbridge_ocpp.slot_record import SlotRecord
    from gridbridge_ocpp.telling import Result
    from gridbridge_ocpp.versions import OcppVersion
    from gridbridge_ocpp.words import Heard


class Record(NamedTuple):
    """What has to be stored, as a whole, before its call may be answered."""

    facts: tuple[SiteFact, ...] = ()
    description: tuple[tuple[str, str], ...] = ()
    """What the station said of itself."""
    forget: bool = False
    """The store shall forget what the station said yes to."""
    acknowledged: tuple[Key, str, SlotRecord] | None = None
    """What a slot holds from now on; stored after the facts of it, so that a crash in between
    costs one more call."""
    message_id: str | None = None
    """The call to answer then."""
    reply: Payload | None = None
    said: Said | None = None


def of_slot(entry: StationEntry, epoch: int, result: Result) -> Record:
    """The record of what became of a slot."""
    key, version, outcome, sent, detail, holds = result
    acknowledged = None if holds is None else (key, *holds)
    if outcome is None:
        return Record(acknowledged=acknowledged)
    answered = ProfileAnswered(
        site=entry.site,
        station=entry.id,
        epoch=epoch,
        evse=key[0],
        slot=key[1],
        version=version,
        outcome=outcome,
        sent=sent,
        detail=detail,
    )
    return Record(facts=(answered,), acknowledged=acknowledged)


def of_call(
    entry: StationEntry, version: OcppVersion, message_id: str, heard: Heard, said: Said
) -> Record:
    """The record of what a call said, with the reply that it is owed once that is stored."""
    booted = said.booted
    description: tuple[tuple[str, str], ...] = ()
    if booted is not None:
        description = (
            ("vendor", booted.vendor),
            ("model", booted.model),
            ("firmware", booted.firmware or ""),
            ("protocol", version.value),
        )
    return Record(
        facts=tuple(said.facts),
        description=description,
        forget=booted is not None and entry.forgets_on_reboot,
        message_id=message_id,
        reply=heard.reply,
        said=said,
    )
