"""Secrets that a gateway makes for itself."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def token_key(data_dir: Path) -> bytes:
    """The key under which id tokens are hashed in facts: made once, kept in `data_dir`, 0600.

    Gateways that share a store keep the same hashes only with the same key: copy the file.
    """
    path = data_dir / "token.key"
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        key = secrets.token_bytes(32)
        file.write(key)
    return key
