"""The `ocpp` package's clients in all three versions, with one set of verbs."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint as Client16
from ocpp.v16 import call as call16
from ocpp.v16 import call_result as result16
from ocpp.v21 import ChargePoint as Client21
from ocpp.v21 import call as call21
from ocpp.v21 import call_result as result21
from ocpp.v201 import ChargePoint as Client201
from ocpp.v201 import call as call201
from ocpp.v201 import call_result as result201

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

EVSE = 1


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds")


class _Client:
    """Answers each call in a task of its own, so that a slow answer keeps nobody waiting."""

    calls: Any
    _connection: Any
    route_message: Callable[[str], Awaitable[None]]

    def __init__(
        self, identity: str, socket: object, asked: Callable[[dict[str, Any]], Awaitable[str]]
    ) -> None:
        super().__init__(identity, socket)  # type: ignore[call-arg]  # of the package's client
        self.asked = asked
        self.answering: set[asyncio.Future[None]] = set()

    async def start(self) -> None:
        """Route what comes, until the socket closes."""
        while True:
            message = await self._connection.recv()
            task = asyncio.ensure_future(self.route_message(message))
            self.answering.add(task)
            task.add_done_callback(self.answering.discard)

    def stop(self) -> None:
        """Answer nothing more."""
        for task in tuple(self.answering):
            task.cancel()


class Station16(_Client, Client16):  # type: ignore[misc]  # the package has no types
    """An OCPP 1.6 station."""

    @on("SetChargingProfile")  # type: ignore[untyped-decorator]  # the package has no types
    async def _set(self, connector_id: int, cs_charging_profiles: dict[str, Any]) -> object:
        status = await self.asked({"evse": connector_id, **cs_charging_profiles})
        return result16.SetChargingProfile(status=status)

    async def boot(self) -> None:
        """Say that it started."""
        await self.call(
            call16.BootNotification(charge_point_model="One", charge_point_vendor="ACME")
        )

    async def status(self, *, occupied: bool) -> None:
        """Say whether a cable is plugged in."""
        await self.call(
            call16.StatusNotification(
                connector_id=EVSE,
                error_code="NoError",
                status="Preparing" if occupied else "Available",
            )
        )

    async def begin(self, _wish: str) -> str:
        """Begin to charge; the name of the transaction."""
        answer = await self.call(
            call16.StartTransaction(
                connector_id=EVSE, id_tag="AB", meter_start=0, timestamp=_now()
            )
        )
        return str(answer.transaction_id)

    async def meter(self, transaction: str | None, *, watts: float, amps: float) -> None:
        """Say what is drawn."""
        sampled = [
            {"value": f"{watts:.1f}", "measurand": "Power.Active.Import", "unit": "W"},
            *(
                {
                    "value": f"{amps:.2f}",
                    "measurand": "Current.Import",
                    "phase": phase,
                    "unit": "A",
                }
                for phase in ("L1", "L2", "L3")
            ),
        ]
        await self.call(
            call16.MeterValues(
                connector_id=EVSE,
                transaction_id=None if transaction is None else int(transaction),
                meter_value=[{"timestamp": _now(), "sampled_value": sampled}],
            )
        )


class _Client2x(_Client):
    async def boot(self) -> None:
        """Say that it started."""
        client: Any = self
        await client.call(
            self.calls.BootNotification(
                charging_station={"vendor_name": "ACME", "model": "One"}, reason="PowerUp"
            )
        )

    async def status(self, *, occupied: bool) -> None:
        """Say whether a cable is plugged in."""
        client: Any = self
        await client.call(
            self.calls.StatusNotification(
                timestamp=_now(),
                connector_status="Occupied" if occupied else "Available",
                evse_id=EVSE,
                connector_id=1,
            )
        )

    async def begin(self, wish: str) -> str:
        """Begin to charge; the name of the transaction."""
        client: Any = self
        await client.call(
            self.calls.TransactionEvent(
                event_type="Started",
                timestamp=_now(),
                trigger_reason="Authorized",
                seq_no=0,
                transaction_info={"transaction_id": wish},
                id_token={"id_token": "AB", "type": "ISO14443"},
                evse={"id": EVSE},
            )
        )
        return wish

    async def meter(self, _transaction: str | None, *, watts: float, amps: float) -> None:
        """Say what is drawn."""
        client: Any = self
        sampled = [
            {
                "value": round(watts, 1),
                "measurand": "Power.Active.Import",
                "unit_of_measure": {"unit": "W"},
            },
            *(
                {
                    "value": round(amps, 2),
                    "measurand": "Current.Import",
                    "phase": phase,
                    "unit_of_measure": {"unit": "A"},
                }
                for phase in ("L1", "L2", "L3")
            ),
        ]
        await client.call(
            self.calls.MeterValues(
                evse_id=EVSE, meter_value=[{"timestamp": _now(), "sampled_value": sampled}]
            )
        )


class Station201(_Client2x, Client201):  # type: ignore[misc]  # the package has no types
    """An OCPP 2.0.1 station."""

    calls = call201

    @on("SetChargingProfile")  # type: ignore[untyped-decorator]  # the package has no types
    async def _set(self, evse_id: int, charging_profile: dict[str, Any]) -> object:
        status = await self.asked({"evse": evse_id, **charging_profile})
        return result201.SetChargingProfile(status=status)


class Station21(_Client2x, Client21):  # type: ignore[misc]  # the package has no types
    """An OCPP 2.1 station."""

    calls = call21

    @on("SetChargingProfile")  # type: ignore[untyped-decorator]  # the package has no types
    async def _set(self, evse_id: int, charging_profile: dict[str, Any]) -> object:
        status = await self.asked({"evse": evse_id, **charging_profile})
        return result21.SetChargingProfile(status=status)


CLIENTS: dict[str, Any] = {"ocpp1.6": Station16, "ocpp2.0.1": Station201, "ocpp2.1": Station21}
