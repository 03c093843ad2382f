"""The gateway as a child: its last words where it does not start, and nothing of it left."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridbridge.app.demo.child import GatewayDiedError, GatewayProcess


async def test_a_gateway_that_cannot_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    config = tmp_path / "gridbridge.yaml"
    config.write_text("gateway: {nam: x}\n", encoding="utf-8")
    async with GatewayProcess(config) as gateway:
        with pytest.raises(GatewayDiedError, match="nam"):
            await gateway.addresses()
        with pytest.raises(GatewayDiedError, match="ended with 1"):
            await gateway.ended()
