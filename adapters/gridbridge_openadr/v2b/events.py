"""Events: an oadrDistributeEvent read event by event, so that a bad one spoils no other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gridbridge.domain.events import (
    Distribution,
    Event,
    EventStatus,
    Refusal,
)
from gridbridge.domain.ids import EventId
from gridbridge.domain.units import FOREVER, Instant, Seconds
from gridbridge_openadr.namespaces import ei, emix, oadr, pyld, xcal
from gridbridge_openadr.times import InvalidTimeError
from gridbridge_openadr.v2b.reading import (
    UnreadableError,
    count,
    find,
    local_name,
    need,
    need_duration,
    need_instant,
    verbatim,
    verbatim_at,
    word,
)
from gridbridge_openadr.v2b.signals import read_signals

if TYPE_CHECKING:
    from lxml import etree


_TARGET_WORDS: Final = {
    "venID": "ven",
    "resourceID": "resource",
    "groupID": "group",
    "groupName": "group_name",
    "partyID": "party",
}
_BEYOND_PRIORITY: Final = 10**10
"""More than the largest priority."""


def read_distribution(
    payload: etree._Element, *, now: Instant
) -> tuple[Distribution, tuple[str, ...]]:
    """All events of an oadrDistributeEvent, and why events without an id had to be skipped."""
    events: list[Event] = []
    refusals: list[Refusal] = []
    unnamed: list[str] = []
    for element in payload.iterfind(oadr("oadrEvent")):
        try:
            read = _read_event(element, now=now)
        except UnreadableError as error:
            unnamed.append(str(error))
            continue
        if isinstance(read, Event):
            events.append(read)
        else:
            refusals.append(read)
    distribution = Distribution(
        request=verbatim_at(payload, pyld("requestID")) or "",
        events=tuple(events),
        refusals=tuple(refusals),
    )
    return distribution, tuple(unnamed)


def _read_event(element: etree._Element, *, now: Instant) -> Event | Refusal:
    """The event, or its refusal; raises UnreadableError where not even its id can be read."""
    descriptor = need(element, ei("eiEvent"), ei("eventDescriptor"))
    identity = EventId(verbatim(need(descriptor, ei("eventID"))))
    response_required = element.findtext(oadr("oadrResponseRequired"), "").strip() != "never"
    version = 0
    try:
        version = count(need(descriptor, ei("modificationNumber")))
        event = _read_content(
            need(element, ei("eiEvent")), identity=identity, version=version, now=now
        )
    except UnreadableError as error:
        return Refusal(
            event=identity,
            version=version,
            reason=error.reason,
            detail=str(error),
            response_required=response_required,
        )
    return replace(event, response_required=response_required)


def _read_content(
    event: etree._Element, *, identity: EventId, version: int, now: Instant
) -> Event:
    descriptor = need(event, ei("eventDescriptor"))
    status = word(need(descriptor, ei("eventStatus")))
    try:
        period = _read_period(event)
        created = need_instant(descriptor, ei("createdDateTime"))
    except UnreadableError:
        # Whatever else is wrong with it: a cancelled event must not stand.
        if status != "cancelled":
            raise
        period, created = _Period(start=now, end=now), now
    # Completed before its end: the VTN asks for nothing any more.
    lifted = status == "cancelled" or (status == "completed" and period.end > now)
    return Event(
        id=identity,
        version=version,
        status=EventStatus.CANCELLED if lifted else EventStatus.STANDING,
        market=word(need(descriptor, ei("eiMarketContext"), emix("marketContext"))),
        created=created,
        start=period.start,
        end=period.end,
        start_after=period.start_after,
        ramp_up=period.ramp_up,
        strength=_read_strength(descriptor),
        # OpenADR 2.0b, testEvent: whatever is not "false" marks a test.
        test=(verbatim_at(descriptor, ei("testEvent")) or "false").strip() != "false",
        targets=_read_targets(event),
        signals=()
        if lifted
        else read_signals(need(event, ei("eiEventSignals")), start=period.start, end=period.end),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Period:
    """An eiActivePeriod."""

    start: Instant
    end: Instant
    start_after: Seconds = Seconds(0.0)
    ramp_up: Seconds = Seconds(0.0)


def _read_period(event: etree._Element) -> _Period:
    properties = need(event, ei("eiActivePeriod"), xcal("properties"))
    start = need_instant(properties, xcal("dtstart"), xcal("date-time"))
    length = need_duration(properties, xcal("duration"))
    return _Period(
        start=start,
        # OpenADR 2.0b: a duration of 0 means that the event has no end until it is given one.
        end=FOREVER if length.zero else length.after(start),
        start_after=_optional_length(
            properties, xcal("tolerance"), xcal("tolerate"), xcal("startafter")
        ),
        ramp_up=_optional_length(properties, ei("x-eiRampUp")),
    )


def _optional_length(properties: etree._Element, *path: str) -> Seconds:
    if find(properties, *path) is None:
        return Seconds(0.0)
    try:
        return need_duration(properties, *path).in_seconds()
    except InvalidTimeError as error:
        raise UnreadableError(f"{local_name(path[-1])}: {error}") from None


def _read_targets(event: etree._Element) -> tuple[str, ...]:
    target = find(event, ei("eiTarget"))
    if target is None:
        return ()
    words = []
    for element in target:
        name = local_name(element.tag)
        # Assets, nodes and areas wrap their name in further elements.
        value = "".join(str(text) for text in element.itertext())
        words.append(f"{_TARGET_WORDS.get(name, name)}:{value}")
    return tuple(words)


def _read_strength(descriptor: etree._Element) -> int:
    """The larger, the stronger: 2.0b counts 1 as the strongest and 0 as no priority at all."""
    element = find(descriptor, ei("priority"))
    priority = 0 if element is None else count(element)
    return 0 if priority == 0 else _BEYOND_PRIORITY - priority
