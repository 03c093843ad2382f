"""The codes of CALLERROR, and how each version spells them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from gridbridge_ocpp.schemas import Violation

if TYPE_CHECKING:
    from gridbridge_ocpp.versions import OcppVersion


class ErrorCode(StrEnum):
    """The codes as OCPP 2.x spells them (part 4, section 4.3)."""

    FORMAT_VIOLATION = "FormatViolation"
    GENERIC_ERROR = "GenericError"
    INTERNAL_ERROR = "InternalError"
    NOT_IMPLEMENTED = "NotImplemented"
    """The action is not known."""
    NOT_SUPPORTED = "NotSupported"
    """The action is known, but not supported here."""
    OCCURRENCE_CONSTRAINT_VIOLATION = "OccurrenceConstraintViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    PROTOCOL_ERROR = "ProtocolError"
    RPC_FRAMEWORK_ERROR = "RpcFrameworkError"
    SECURITY_ERROR = "SecurityError"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"


# OCPP-J 1.6 section 4.2.3; its errata keep the misspellings, and it has no code for the frame.
_IN_16 = {
    ErrorCode.FORMAT_VIOLATION: "FormationViolation",
    ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION: "OccurenceConstraintViolation",
    ErrorCode.RPC_FRAMEWORK_ERROR: "FormationViolation",
}


def spelling(code: ErrorCode, version: OcppVersion) -> str:
    """The code as the version writes it."""
    return code.value if version.is_2x else _IN_16.get(code, code.value)


_BY_VIOLATION = {
    Violation.FORMAT: ErrorCode.FORMAT_VIOLATION,
    Violation.TYPE: ErrorCode.TYPE_CONSTRAINT_VIOLATION,
    Violation.OCCURRENCE: ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION,
    Violation.PROPERTY: ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
}


def code_of(violation: Violation) -> ErrorCode:
    """The code for a payload that breaks a rule which is not tolerated."""
    return _BY_VIOLATION[violation]
