"""Where an embedded server lives: its folder, its socket, its password, its configuration.

<data_dir>/gateway.lock       held by the one gateway that the folder serves
<data_dir>/valkey/            0700
    server.lock               held by the server for as long as it lives
    password                  0600, made once; the configuration holds its hash only
    valkey.conf  valkey.log   the log is cut off at `LOG_CAP` bytes, with one older file
    valkey.sock               or elsewhere where this path is too long; `socket` tells where
    appendonlydir/            the data
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from gridbridge_redis.keys import PREFIX
from gridbridge_redis.url import StoreUrl

if TYPE_CHECKING:
    from typing import BinaryIO

USER = "gridbridge"

PERMISSIONS = f"resetkeys ~{PREFIX}* resetchannels +@all -@admin -@dangerous +info"
"""What the user may do: everything to our keys, and nothing to the server."""

LONGEST_SOCKET = 103
"""Bytes of a socket's path: sockaddr_un holds 108 on Linux, 104 on macOS, with an ending zero."""

LOG_CAP = 1_000_000

LAST_WORDS = 4
"""Lines of the log that tell why a server ended."""


@dataclass(frozen=True, slots=True)
class Place:
    """The files of one embedded server."""

    data_dir: Path

    @property
    def folder(self) -> Path:
        """The server's own folder."""
        return self.data_dir / "valkey"

    @property
    def gateway_lock(self) -> Path:
        """Held by the gateway."""
        return self.data_dir / "gateway.lock"

    @property
    def server_lock(self) -> Path:
        """Held by the server."""
        return self.folder / "server.lock"

    @property
    def config(self) -> Path:
        """What the server reads."""
        return self.folder / "valkey.conf"

    @property
    def log(self) -> Path:
        """What the server writes."""
        return self.folder / "valkey.log"

    @property
    def _socket_note(self) -> Path:
        return self.folder / "socket"

    def prepare(self) -> None:
        """Make the folder, closed to others, and the password; write the configuration."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        password = self.folder / "password"
        if not password.exists():
            _write(password, secrets.token_hex(32))
        self._place_socket()
        _write(self.config, self._configuration())

    @property
    def socket(self) -> Path:
        """Where the server listens."""
        return Path(self._socket_note.read_text("utf-8"))

    @property
    def url(self) -> StoreUrl:
        """How to reach the server."""
        password = (self.folder / "password").read_text("utf-8")
        return StoreUrl(f"unix://{USER}:{password}@{quote(str(self.socket))}")

    @property
    def socket_is_elsewhere(self) -> bool:
        """Whether the socket's path would have been too long in the folder."""
        return self.socket.parent != self.folder

    def _place_socket(self) -> None:
        socket = self.folder / "valkey.sock"
        if len(os.fsencode(socket)) > LONGEST_SOCKET:
            # A folder that only we can enter, as `mkdtemp` makes it.
            socket = Path(tempfile.mkdtemp(prefix="gridbridge-")) / socket.name
        _write(self._socket_note, str(socket))

    def clear_socket(self) -> None:
        """Remove what the server leaves outside its folder."""
        if self._socket_note.exists() and self.socket_is_elsewhere:
            shutil.rmtree(self.socket.parent, ignore_errors=True)

    def open_log(self) -> BinaryIO:
        """The log, to be written at its end."""
        return self.log.open("ab")

    def cap_log(self) -> None:
        """Set a log aside that has grown too long; the server opens it anew for each line."""
        if self.log.exists() and self.log.stat().st_size > LOG_CAP:
            self.log.replace(self.log.with_suffix(".log.1"))

    def last_words(self) -> str:
        """The end of the log, on one line."""
        lines = self.log.read_text("utf-8", "replace").splitlines() if self.log.exists() else []
        return " | ".join([line for line in lines if line][-LAST_WORDS:])

    def _configuration(self) -> str:
        password = (self.folder / "password").read_bytes()
        digest = hashlib.sha256(password).hexdigest()
        return "\n".join(
            [
                "port 0",
                f"unixsocket {_quoted(self.socket)}",
                "unixsocketperm 700",
                f"dir {_quoted(self.folder)}",
                f"logfile {_quoted(self.log)}",
                "daemonize no",
                "databases 1",
                # Every write reaches the kernel at once and the disk within a second.
                "appendonly yes",
                "appendfsync everysec",
                'save ""',
                # Nothing may be forgotten to make room: a write fails instead.
                "maxmemory-policy noeviction",
                "user default off resetpass resetkeys resetchannels -@all",
                f"user {USER} on resetpass #{digest} {PERMISSIONS}",
                "",
            ]
        )


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _write(path: Path, text: str) -> None:
    """Write a file that only we can read, wholly or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
