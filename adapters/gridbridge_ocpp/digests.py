"""What a station said yes to, as text for the store, and back.

The text holds the steps themselves rather than a hash of them: whether two schedules ask for the
same *from now on* can be seen only by looking at what is still to come.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson

from gridbridge_ocpp.parts import DischargeLimit, Part, Profile, Purpose
from gridbridge_ocpp.periods import Step
from gridbridge_ocpp.rungs import RateUnit

_FORM = 1


@lru_cache(maxsize=4096)
def digest(parts: tuple[Part, ...]) -> str:
    """The text of what a slot holds; stations that hold the same share it."""
    return orjson.dumps([_FORM, *(_written(part) for part in parts)]).decode()


def parts_of(text: str) -> tuple[Part, ...]:
    """What a slot holds, by the text of it; nothing where another release wrote the text.

    A station then gets once more what it holds already, which does no harm.
    """
    try:
        form, *rows = orjson.loads(text)
        return tuple(_read(row) for row in rows) if form == _FORM else ()
    except (ValueError, TypeError, KeyError, IndexError):
        return ()


def _written(part: Part) -> list[object]:
    match part:
        case Profile():
            steps = [[step.start, step.value, int(step.is_setpoint)] for step in part.steps]
            place = [part.id, part.evse, part.purpose, part.stack]
            return [
                *place,
                part.unit,
                part.phases,
                part.start,
                part.until,
                part.transaction,
                steps,
            ]
        case DischargeLimit(percent=percent):
            return [percent]
        case _:
            raise AssertionError("a removal leaves nothing to hold")


def _read(row: list[Any]) -> Part:
    if len(row) == 1:
        return DischargeLimit(percent=row[0])
    id_, evse, purpose, stack, unit, phases, start, until, transaction, steps = row
    return Profile(
        id=id_,
        evse=evse,
        purpose=Purpose(purpose),
        stack=stack,
        unit=RateUnit(unit),
        phases=phases,
        start=start,
        steps=tuple(Step(begin, value, bool(flag)) for begin, value, flag in steps),
        until=until,
        transaction=transaction,
    )
