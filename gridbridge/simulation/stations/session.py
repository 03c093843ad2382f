"""A transaction as its station knows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Session:
    """One transaction at one EVSE."""

    evse: int
    token: str
    started: float
    transaction: int | str | None
    """1.6: None until the CSMS has given the id; 2.x: the station's own."""
    placeholder: int
    """1.6: stands for the id in messages written before it is known."""
    begin_wh: float
    """The import register when it began."""
    mode: str = "ChargingOnly"
    """2.1: the operation mode last told."""
    priority: bool = False
    """2.1: priority charging is active."""
    _seq: int = -1

    def next_seq(self) -> int:
        """2.x seqNo: 0, 1, 2 and so on within the transaction."""
        self._seq += 1
        return self._seq
