"""Stations for the fan-out bench: `python -m tests.bench._fanout_stations PORT COUNT`.

Each accepts whatever it is told. They live in a process of their own, so what they cost is not
the server's; they leave when their standard input ends.
"""

from __future__ import annotations

import asyncio
import sys

import aiohttp
import uvloop

from tests.bench._fanout_sockets import VERSION, allow_sockets, station_name

AT_ONCE = 20
ID_STARTS = len('[2,"')


async def station(client: aiohttp.ClientSession, url: str, entry: asyncio.Semaphore) -> None:
    async with entry:
        socket = await client.ws_connect(url, protocols=[VERSION])
    async for message in socket:
        if message.type is aiohttp.WSMsgType.TEXT:
            message_id = message.data[ID_STARTS : message.data.index('"', ID_STARTS)]
            await socket.send_str(f'[3,"{message_id}",{{"status":"Accepted"}}]')


async def attend(port: int, count: int) -> None:
    entry = asyncio.Semaphore(AT_ONCE)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as client, asyncio.TaskGroup() as group:
        urls = [f"ws://127.0.0.1:{port}/ocpp/{station_name(number)}" for number in range(count)]
        stations = [group.create_task(station(client, url, entry)) for url in urls]
        await asyncio.to_thread(sys.stdin.read)
        for task in stations:
            task.cancel()


if __name__ == "__main__":
    allow_sockets()
    uvloop.run(attend(int(sys.argv[1]), int(sys.argv[2])))
