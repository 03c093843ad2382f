"""Signals: the pairs of name and type that we act on, with their units.

Conversion is exact in decimal up to the last step, so that 0.1 kW is 100 W.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from openleadr.enums import SIGNAL_NAME, SIGNAL_TARGET_MRID, SIGNAL_TYPE

from gridbridge.domain.events import Interval, RefusalReason, Signal, SignalKind
from gridbridge.domain.units import FOREVER
from gridbridge_openadr.namespaces import EMIX, OADR, POWER, ei, oadr, power, scale, strm, xcal
from gridbridge_openadr.v2b.reading import (
    UnreadableError,
    count,
    find,
    local_name,
    need,
    need_duration,
    need_instant,
    word,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from gridbridge.domain.units import Instant

_TOLERANCE_S: Final = 1.0
"""Rounding of a VTN's durations to whole seconds."""

_MAX_EXPONENT: Final = 30
"""No power or price has more digits than this before or after its point."""

_EV_CLASSES: Final = frozenset({SIGNAL_TARGET_MRID.ELECTRIC_VEHICLE, SIGNAL_TARGET_MRID.EVSE})
"""Device classes of a signal's own target that name what we control."""

_SCALES: Final = {
    "p": Decimal("1e-12"),
    "n": Decimal("1e-9"),
    "micro": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "c": Decimal("1e-2"),
    "d": Decimal("1e-1"),
    "none": Decimal(1),
    "k": Decimal("1e3"),
    "M": Decimal("1e6"),
    "G": Decimal("1e9"),
    "T": Decimal("1e12"),
}


class UnknownSignalError(UnreadableError):
    """A signal, or a unit of one, that we do not act on."""

    reason = RefusalReason.UNKNOWN_SIGNAL


class OtherDevicesError(UnreadableError):
    """Every signal is for device classes that are not ours."""

    reason = RefusalReason.TARGET_MISMATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """How the values of one pair are read."""

    kind: SignalKind
    item: str | None = None
    """The element that must name the unit; None: values are bare and no unit may stand."""
    units: frozenset[str] = frozenset()
    """Its itemUnits; empty: any currency."""
    lowest: Decimal = Decimal("-Infinity")
    highest: Decimal = Decimal("Infinity")
    whole: bool = False


_SIMPLE: Final = _Rule(kind=SignalKind.SIMPLE, lowest=Decimal(0), highest=Decimal(3), whole=True)
_RULES: Final = {
    (SIGNAL_NAME.SIMPLE, SIGNAL_TYPE.LEVEL): _SIMPLE,
    (SIGNAL_NAME.simple, SIGNAL_TYPE.LEVEL): _SIMPLE,
    (SIGNAL_NAME.ELECTRICITY_PRICE, SIGNAL_TYPE.PRICE): _Rule(
        kind=SignalKind.PRICE, item=oadr("currencyPerKWh")
    ),
    # J/s is the schema's other spelling of W.
    (SIGNAL_NAME.LOAD_DISPATCH, SIGNAL_TYPE.SETPOINT): _Rule(
        kind=SignalKind.LOAD_DISPATCH, item=power("powerReal"), units=frozenset({"W", "J/s"})
    ),
    (SIGNAL_NAME.LOAD_CONTROL, SIGNAL_TYPE.X_LOAD_CONTROL_CAPACITY): _Rule(
        kind=SignalKind.LOAD_CONTROL_CAPACITY, lowest=Decimal(0), highest=Decimal(1)
    ),
}


def read_signals(parent: etree._Element, *, start: Instant, end: Instant) -> tuple[Signal, ...]:
    """The signals of an event's eiEventSignals over the event's period.

    A signal for device classes other than ours is none of our business and left out.
    Raises UnknownSignalError naming a pair or unit we do not act on, OtherDevicesError where none
    is left, UnreadableError for what cannot be read and where intervals do not fill the period.
    """
    signals = []
    for element in parent.iterfind(ei("eiEventSignal")):
        if _is_for_others(element):
            continue
        signals.append(_read_signal(element, start=start, end=end))
    if not signals:
        raise OtherDevicesError("no signal for electric vehicles")
    return tuple(signals)


def _is_for_others(element: etree._Element) -> bool:
    classes = {
        word(mrid)
        for mrid in element.iterfind(f"{ei('eiTarget')}/{power('endDeviceAsset')}/{power('mrid')}")
    }
    return bool(classes) and not classes & _EV_CLASSES


def _read_signal(element: etree._Element, *, start: Instant, end: Instant) -> Signal:
    pair = word(need(element, ei("signalName"))), word(need(element, ei("signalType")))
    rule = _RULES.get(pair)
    if rule is None:
        raise UnknownSignalError(f"signal {pair[0]}/{pair[1]}")
    factor, currency = _read_unit(element, rule, pair[0])
    intervals = tuple(_read_intervals(element, rule, factor, start=start, end=end))
    covered = intervals[-1].end
    # OpenADR 2.0b conformance rule 8: "The sum of all interval durations [...] must be equal to"
    # the duration of the active period.
    if covered != end and not abs(covered - end) < _TOLERANCE_S:
        raise UnreadableError(f"{pair[0]}: the intervals do not add up to the active period")
    return Signal(kind=rule.kind, intervals=intervals, currency=currency)


def _read_unit(element: etree._Element, rule: _Rule, name: str) -> tuple[Decimal, str | None]:
    """What to multiply values by, and the currency of a price."""
    item = _item_base(element)
    if rule.item is None:
        if item is not None:
            raise UnknownSignalError(f"{name} in {local_name(item.tag)}")
        return Decimal(1), None
    if item is None:
        raise UnreadableError(f"{name}: the unit is missing")
    if item.tag != rule.item:
        raise UnknownSignalError(f"{name} in {local_name(item.tag)}")
    space = item.tag.rpartition("}")[0] + "}"
    units = word(need(item, f"{space}itemUnits"))
    if rule.units and units not in rule.units:
        raise UnknownSignalError(f"{name} in {units}")
    code = word(need(item, scale("siScaleCode")))
    if code not in _SCALES:
        raise UnknownSignalError(f"{name} with scale code {code}")
    return _SCALES[code], None if rule.units else units


def _item_base(element: etree._Element) -> etree._Element | None:
    """The element that stands for EMIX's itemBase: it follows signalID and is no currentValue."""
    spaces = tuple(f"{{{space}}}" for space in (OADR, POWER, EMIX))
    return next((child for child in element if str(child.tag).startswith(spaces)), None)


def _read_intervals(
    element: etree._Element, rule: _Rule, factor: Decimal, *, start: Instant, end: Instant
) -> Iterator[Interval]:
    cursor = start
    found = _in_order(list(element.iterfind(f"{strm('intervals')}/{ei('interval')}")))
    for number, interval in enumerate(found):
        if find(interval, xcal("dtstart")) is not None:
            stated = need_instant(interval, xcal("dtstart"), xcal("date-time"))
            if not abs(stated - cursor) < _TOLERANCE_S:
                raise UnreadableError(f"interval {number} starts off its predecessor's end")
        length = need_duration(interval, xcal("duration"))
        last = number == len(found) - 1
        if length.zero and not (last and end == FOREVER):
            raise UnreadableError(f"interval {number} has no length")
        until = end if length.zero else length.after(cursor)
        # The VTN's rounding must leave neither gap nor overlap.
        if last and abs(until - end) < _TOLERANCE_S:
            until = end
        if until <= cursor:
            raise UnreadableError(f"interval {number} has no length")
        yield Interval(start=cursor, end=until, value=_read_value(interval, rule, factor))
        cursor = until


def _in_order(intervals: list[etree._Element]) -> list[etree._Element]:
    """By uid where every interval has a number of its own, else as they stand."""
    if not intervals:
        raise UnreadableError("intervals are missing")
    by_uid = {}
    for interval in intervals:
        uid = find(interval, xcal("uid"), xcal("text"))
        try:
            by_uid[count(uid) if uid is not None else -1] = interval
        except UnreadableError:
            return intervals
    if len(by_uid) < len(intervals):
        return intervals
    return [by_uid[uid] for uid in sorted(by_uid)]


def _read_value(interval: etree._Element, rule: _Rule, factor: Decimal) -> float:
    text = word(need(interval, ei("signalPayload"), ei("payloadFloat"), ei("value")))
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise UnreadableError(f"value {text!r} is not a number") from None
    if not value.is_finite() or abs(value.adjusted()) > _MAX_EXPONENT:
        raise UnreadableError(f"value {text!r} is not a finite number")
    value *= factor
    if not rule.lowest <= value <= rule.highest or (rule.whole and value % 1):
        raise UnreadableError(f"value {text!r} is out of range for {rule.kind.value}")
    return float(value)
