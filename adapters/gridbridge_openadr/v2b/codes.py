"""Response codes of OpenADR 2.0b, and which of them an answer carries."""

from __future__ import annotations

from enum import IntEnum

from openleadr.enums import STATUS_CODES

from gridbridge.domain.events import Answer, Opt, RefusalReason


class Code(IntEnum):
    """OpenADR 2.0b profile specification, application error codes."""

    OK = 200
    OUT_OF_SEQUENCE = STATUS_CODES.OUT_OF_SEQUENCE
    INVALID_ID = STATUS_CODES.INVALID_ID
    INVALID_DATA = STATUS_CODES.INVALID_DATA
    SIGNAL_NOT_SUPPORTED = STATUS_CODES.SIGNAL_NOT_SUPPORTED
    REPORT_NOT_SUPPORTED = STATUS_CODES.REPORT_NOT_SUPPORTED
    TARGET_MISMATCH = STATUS_CODES.TARGET_MISMATCH
    NOT_REGISTERED = STATUS_CODES.NOT_REGISTERED_OR_AUTHORIZED


_OF_REFUSAL = {
    RefusalReason.OUT_OF_SEQUENCE: Code.OUT_OF_SEQUENCE,
    RefusalReason.INVALID_DATA: Code.INVALID_DATA,
    RefusalReason.UNKNOWN_SIGNAL: Code.SIGNAL_NOT_SUPPORTED,
    RefusalReason.TARGET_MISMATCH: Code.TARGET_MISMATCH,
    RefusalReason.UNKNOWN_MARKET: Code.INVALID_ID,
}


def code_of(answer: Answer) -> Code:
    """The code of an eventResponse: 200 unless the event was refused."""
    return Code.OK if answer.refused is None else _OF_REFUSAL[answer.refused]


def opt_of(answer: Answer) -> str:
    """The optType of an eventResponse: what was refused is opted out of."""
    return "optIn" if answer.opt is Opt.IN and answer.refused is None else "optOut"
