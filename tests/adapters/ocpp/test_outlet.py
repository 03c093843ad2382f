"""Frames leave in order: at once while the socket takes them, else when it does again."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from gridbridge_ocpp.outlet import Outlet


class Socket:
    """What an outlet needs of a WebSocket."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.paused: asyncio.Future[None] | None = None
        self.lost = False

    async def send_str(self, frame: str) -> None:
        if self.lost:
            raise ConnectionResetError
        self.written.append(frame)
        if self.paused is not None:
            await self.paused

    def pause(self) -> asyncio.Future[None]:
        self.paused = asyncio.get_running_loop().create_future()
        return self.paused


def outlet_of(socket: Socket) -> Outlet:
    return Outlet(cast("Any", socket))


async def test_what_the_socket_takes_is_written_at_once() -> None:
    socket = Socket()
    outlet = outlet_of(socket)

    outlet.send(["a", "b"])

    assert socket.written == ["a", "b"]
    assert not outlet.stuck


async def test_what_it_does_not_take_waits_and_keeps_its_order() -> None:
    socket = Socket()
    outlet = outlet_of(socket)
    paused = socket.pause()
    outlet.send(["a", "b", "c"])
    assert socket.written == ["a"]
    assert outlet.stuck

    draining = asyncio.create_task(outlet.drain())
    await asyncio.sleep(0)
    assert socket.written == ["a"]
    socket.paused = None
    paused.set_result(None)
    await draining

    assert socket.written == ["a", "b", "c"]
    assert not outlet.stuck


async def test_what_waits_is_not_written_once_it_was_given_up() -> None:
    socket = Socket()
    outlet = outlet_of(socket)
    paused = socket.pause()
    outlet.send(["a", "b"])
    draining = asyncio.create_task(outlet.drain())
    await asyncio.sleep(0)

    outlet.give_up()
    socket.paused = None
    paused.set_result(None)
    await draining

    assert socket.written == ["a"]
    assert not outlet.stuck


async def test_a_socket_that_is_lost_ends_the_writing() -> None:
    socket = Socket()
    outlet = outlet_of(socket)
    socket.lost = True

    outlet.send(["a", "b"])

    assert outlet.gone
    assert not outlet.stuck


async def test_a_socket_that_is_lost_while_it_was_waited_for_ends_the_writing() -> None:
    socket = Socket()
    outlet = outlet_of(socket)
    paused = socket.pause()
    outlet.send(["a", "b"])

    paused.set_exception(ConnectionResetError())
    await outlet.drain()

    assert socket.written == ["a"]
    assert outlet.gone
    assert not outlet.stuck
