"""Stations that share none of our code: the `ocpp` package's client over `websockets`."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import websockets
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
from websockets.asyncio.client import connect

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

Json = dict[str, Any]

TIME = "2027-01-15T08:00:00Z"


class _Profiles:
    """What the CSMS told it to hold, checked by the package's own schemas on arrival."""

    calls: Any

    def __init__(self, identity: str, socket: object) -> None:
        super().__init__(identity, socket)  # type: ignore[call-arg]  # of the package's client
        self.profiles: list[dict[str, Any]] = []
        self.told = asyncio.Event()

    def keep(self, profile: dict[str, Any]) -> None:
        self.profiles.append(profile)
        self.told.set()

    async def beat(self) -> None:
        """Say that it lives."""
        client: Any = self
        await client.call(self.calls.Heartbeat())

    async def holds(self, count: int) -> list[dict[str, Any]]:
        """The profiles, once there are that many."""
        async with asyncio.timeout(30):
            while len(self.profiles) < count:
                self.told.clear()
                await self.told.wait()
        return self.profiles


class Station16(_Profiles, Client16):  # type: ignore[misc]  # the package has no types
    """An OCPP 1.6 station."""

    calls = call16

    @on("SetChargingProfile")  # type: ignore[untyped-decorator]  # the package has no types
    def _set(self, connector_id: int, cs_charging_profiles: dict[str, Any]) -> object:
        self.keep({"evse": connector_id, **cs_charging_profiles})
        return result16.SetChargingProfile(status="Accepted")

    async def work(self) -> None:
        """Boot, plug in, start to charge, and say what it measures."""
        boot = await self.call(
            call16.BootNotification(charge_point_model="One", charge_point_vendor="ACME")
        )
        assert boot.status == "Accepted"
        await self.call(
            call16.StatusNotification(connector_id=1, error_code="NoError", status="Preparing")
        )
        started = await self.call(
            call16.StartTransaction(connector_id=1, id_tag="AB", meter_start=0, timestamp=TIME)
        )
        assert started.id_tag_info["status"] == "Accepted"
        sample = {"value": "3.5", "measurand": "Power.Active.Import", "unit": "kW"}
        await self.call(
            call16.MeterValues(
                connector_id=1,
                transaction_id=started.transaction_id,
                meter_value=[{"timestamp": TIME, "sampled_value": [sample]}],
            )
        )


class _Station2x(_Profiles):
    async def work(self) -> None:
        """Boot, plug in, start to charge, and say what it measures."""
        client: Any = self
        station = {"vendor_name": "ACME", "model": "One"}
        boot = await client.call(
            self.calls.BootNotification(charging_station=station, reason="PowerUp")
        )
        assert boot.status == "Accepted"
        await client.call(
            self.calls.StatusNotification(
                timestamp=TIME, connector_status="Occupied", evse_id=1, connector_id=1
            )
        )
        sample = {
            "value": 3.5,
            "measurand": "Power.Active.Import",
            "unit_of_measure": {"unit": "kW"},
        }
        event = await client.call(
            self.calls.TransactionEvent(
                event_type="Started",
                timestamp=TIME,
                trigger_reason="Authorized",
                seq_no=0,
                transaction_info={"transaction_id": "tx-1"},
                id_token={"id_token": "AB", "type": "ISO14443"},
                evse={"id": 1},
                meter_value=[{"timestamp": TIME, "sampled_value": [sample]}],
            )
        )
        assert event.id_token_info["status"] == "Accepted"


class Station201(_Station2x, Client201):  # type: ignore[misc]  # the package has no types
    """An OCPP 2.0.1 station."""

    calls = call201

    @on("SetChargingProfile")  # type: ignore[untyped-decorator]  # the package has no types
    def _set(self, evse_id: int, charging_profile: dict[str, Any]) -> object:
        self.keep({"evse": evse_id, **charging_profile})
        return result201.SetChargingProfile(status="Accepted")


class Station21(_Station2x, Client21):  # type: ignore[misc]  # the package has no types
    """An OCPP 2.1 station."""

    calls = call21

    @on("SetChargingProfile")  # type: ignore[untyped-decorator]  # the package has no types
    def _set(self, evse_id: int, charging_profile: dict[str, Any]) -> object:
        self.keep({"evse": evse_id, **charging_profile})
        return result21.SetChargingProfile(status="Accepted")


STATIONS: dict[str, Any] = {
    "ocpp1.6": Station16,
    "ocpp2.0.1": Station201,
    "ocpp2.1": Station21,
}


def basic(identity: str, password: bytes) -> dict[str, str]:
    token = b64encode(identity.encode() + b":" + password).decode()
    return {"Authorization": f"Basic {token}"}


@asynccontextmanager
async def dialled(
    url: str,
    protocols: list[str] | None,
    headers: dict[str, str],
    trusting: ssl.SSLContext | None = None,
) -> AsyncIterator[websockets.ClientConnection]:
    """A bare socket."""
    async with connect(
        url,
        subprotocols=protocols,  # type: ignore[arg-type]  # its Subprotocol is a NewType of str
        additional_headers=headers,
        proxy=None,
        ssl=trusting,
    ) as socket:
        yield socket


@asynccontextmanager
async def station(
    url: str, protocol: str, headers: dict[str, str], kind: type[Station16] | None = None
) -> AsyncIterator[Any]:
    """A station, of another kind where that is given, that listens until the block ends."""
    async with dialled(url, [protocol], headers) as socket:
        client = (kind or STATIONS[protocol])(url.rsplit("/", 1)[1], socket)
        listening = asyncio.create_task(client.start())
        try:
            yield client
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError, websockets.ConnectionClosed):
                await listening
