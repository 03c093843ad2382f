"""openleadr's own VTN in a process of its own: its services keep their state on their classes.

    python vtn_process.py SETTINGS_JSON

It prints a JSON object a line for whatever it sees, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import sys
import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from lxml import etree
    from openleadr import OpenADRServer, messaging

# The parser with a schema crashes on an entity; what comes in here is ours, but habits count.
messaging.XML_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


def tell(kind: str, **fields: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    print(json.dumps({"kind": kind, **fields}, default=str), flush=True)  # noqa: T201 - the pipe


class Vtn:
    """One VTN that asks for one event and for every report it is offered."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.ven_fingerprint = given.pop("ven_fingerprint", None)
        self.event = {"level": 2, "in_s": 600, "for_s": 1800} | given.pop("event", {})
        self.server = OpenADRServer(
            vtn_id="VTN",
            requested_poll_freq=timedelta(seconds=1),
            ven_lookup=self.look_up,
            show_fingerprint=False,
            **given,
        )
        self.known: dict[str, str] = {}
        self.server.add_handler("on_create_party_registration", self.on_registration)
        self.server.add_handler("on_register_report", self.on_report)

    def look_up(self, ven_id: str) -> dict[str, Any] | None:
        if ven_id not in self.known:
            return None
        return {
            "ven_id": ven_id,
            "ven_name": self.known[ven_id],
            "fingerprint": self.ven_fingerprint,
            "registration_id": "R-0042",
        }

    async def on_registration(self, info: dict[str, Any]) -> tuple[str, str]:
        self.known["ven-x"] = info["ven_name"]
        tell("registered", name=info["ven_name"], signs=info["xml_signature"])
        self.server.add_event(
            ven_id="ven-x",
            event_id="peak-x",
            signal_name="SIMPLE",
            signal_type="level",
            intervals=[
                {
                    "dtstart": datetime.now(UTC) + timedelta(seconds=self.event["in_s"]),
                    "duration": timedelta(seconds=self.event["for_s"]),
                    "signal_payload": self.event["level"],
                }
            ],
            callback=self.on_opt,
            market_context="http://market",
        )
        return "ven-x", "R-0042"

    async def on_opt(self, ven_id: str, event_id: str, opt_type: str) -> None:
        tell("opt", ven=ven_id, event=event_id, opt=opt_type)

    async def on_report(
        self,
        ven_id: str,
        resource_id: str,
        measurement: str,
        unit: str,
        scale: str,
        min_sampling_interval: timedelta,
        max_sampling_interval: timedelta,
    ) -> Any:  # noqa: ANN401 - openleadr's tuple
        del ven_id, scale
        tell(
            "offered",
            resource=resource_id,
            measurement=measurement,
            unit=unit,
            every=(min_sampling_interval.total_seconds(), max_sampling_interval.total_seconds()),
        )

        def on_values(values: list[tuple[datetime, float]]) -> None:
            for when, value in values:
                tell("reported", resource=resource_id, unit=unit, when=when, value=value)

        return on_values, timedelta(seconds=60), timedelta(seconds=300)


async def main() -> None:
    vtn = Vtn(json.loads(sys.argv[1]))
    await vtn.server.run()
    tell("ready")
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await vtn.server.stop()


if __name__ == "__main__":
    asyncio.run(main())
