"""OCPP 2.1 DER controls at the station: block R, section R04, for the types it supports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridbridge.simulation.periods import instant

if TYPE_CHECKING:
    from gridbridge.simulation.stations.frames import Payload

FIELD = {"LimitMaxDischarge": "limitMaxDischarge"}
"""The supported types (ModesSupported) and the field that carries each."""
_CONTROLS = frozenset(
    {
        "curve",
        "enterService",
        "fixedPFAbsorb",
        "fixedPFInject",
        "fixedVar",
        "freqDroop",
        "gradient",
        "limitMaxDischarge",
    }
)


@dataclass(slots=True, kw_only=True)
class Control:
    """One control as it was accepted."""

    id: str
    kind: str
    default: bool
    body: dict[str, Any]
    start: float | None
    end: float | None
    superseded: bool = False
    announced: bool = False
    """NotifyDERStartStop has told that it started."""

    @property
    def priority(self) -> int:
        """0 is the highest; the lower value wins."""
        return int(self.body["priority"])


class DerControls:
    """Which control of each type rules now."""

    def __init__(self) -> None:
        self.controls: dict[str, Control] = {}

    def set(self, request: Payload, now: float) -> Payload:
        """Answer SetDERControl (R04.FR.01-17)."""
        kind = request["controlType"]
        if kind not in FIELD:
            return {"status": "NotSupported"}
        given = _CONTROLS & request.keys()
        body = request.get(FIELD[kind], {})
        timed = {"startTime", "duration"} & body.keys()
        if given != {FIELD[kind]} or len(timed) != (0 if request["isDefault"] else 2):
            return {"status": "Rejected", "statusInfo": {"reasonCode": "InvalidValue"}}
        start = None if request["isDefault"] else instant(body["startTime"])
        new = Control(
            id=request["controlId"],
            kind=kind,
            default=request["isDefault"],
            body=body,
            start=start,
            end=None if start is None else start + body["duration"],
        )
        gone = self._supersede(new, now)
        self.controls[new.id] = new
        return {"status": "Accepted", **({"supersededIds": gone} if gone else {})}

    def _supersede(self, new: Control, now: float) -> list[str]:
        """R04.FR.03-08: within a type and kind the lower priority value wins, now."""
        gone = []
        for old in self.controls.values():
            alike = (old.kind, old.default) == (new.kind, new.default)
            if not alike or old.id == new.id or old.superseded:
                continue
            if new.priority > old.priority:
                new.superseded = True
                return [new.id]
            running = old.start is not None and old.start <= now
            if new.priority < old.priority and not running:
                old.superseded = True
                gone.append(old.id)
        return gone

    def in_force(self, kind: str, now: float) -> Control | None:
        """R04.FR.11: the active scheduled control, else the default of lowest priority value."""
        alive = [c for c in self.controls.values() if c.kind == kind and not c.superseded]
        active = [c for c in alive if c.start is not None and c.start <= now < (c.end or now)]
        defaults = [c for c in alive if c.default]
        return min(active or defaults, key=lambda control: control.priority, default=None)

    def starts_and_stops(self, now: float) -> list[Payload]:
        """NotifyDERStartStop for what began or ended since the last look (R04.FR.10, .20-22)."""
        told: list[Payload] = []
        for control in list(self.controls.values()):
            if control.start is None or control.end is None or control.superseded:
                continue
            if not control.announced and control.start <= now:
                control.announced = True
                told.append({"controlId": control.id, "started": True})
            if now >= control.end:
                told.append({"controlId": control.id, "started": False})
                del self.controls[control.id]
        return told

    def clear(self, request: Payload) -> Payload:
        """Answer ClearDERControl: by id, by type, or all of that kind (FR.41-46)."""
        if "controlId" in request:
            found = self.controls.get(request["controlId"])
            if found is None or found.default != request["isDefault"]:
                return {"status": "NotFound"}
            del self.controls[found.id]
            return {"status": "Accepted"}
        kind = request.get("controlType")
        if kind is not None and kind not in FIELD:
            return {"status": "NotSupported"}
        gone = [
            control.id
            for control in self.controls.values()
            if control.default == request["isDefault"] and kind in {None, control.kind}
        ]
        for each in gone:
            del self.controls[each]
        return {"status": "Accepted" if gone or kind is None else "NotFound"}

    def report(self, request: Payload) -> tuple[str, list[Payload]]:
        """Answer GetDERControl: the status, and what ReportDERControl lists."""
        if request.get("controlType", "LimitMaxDischarge") not in FIELD:
            return "NotSupported", []
        listed = [
            {
                "id": control.id,
                "isDefault": control.default,
                "isSuperseded": control.superseded,
                FIELD[control.kind]: control.body,
            }
            for control in self.controls.values()
            if request.get("controlId", control.id) == control.id
            and request.get("isDefault", control.default) == control.default
        ]
        return ("Accepted" if listed else "NotFound"), listed
