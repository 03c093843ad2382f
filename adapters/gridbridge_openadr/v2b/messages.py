"""What a VTN says, as values; `inbound` makes them."""

from __future__ import annotations

from dataclasses import dataclass

from gridbridge.domain.events import Distribution
from gridbridge.domain.units import Seconds
from gridbridge_openadr.v2b.codes import Code


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A VTN's eiResponse."""

    code: int
    description: str = ""

    @property
    def ok(self) -> bool:
        """Whether the VTN is content."""
        return self.code // 100 == Code.OK // 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A bare oadrResponse: nothing more to say."""

    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribute:
    """An oadrDistributeEvent."""

    outcome: Outcome
    vtn_id: str
    distribution: Distribution
    unnamed: tuple[str, ...]
    """Why events were skipped that do not even tell their id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """An oadrCreatedPartyRegistration."""

    outcome: Outcome
    vtn_id: str
    registration_id: str | None
    """None in the answer to a query, and where the VTN turns us away."""
    ven_id: str | None
    poll: Seconds | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reregister:
    """An oadrRequestReregistration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRegistration:
    """An oadrCancelPartyRegistration."""

    request: str
    registration_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWish:
    """One report a VTN asks for, or why it cannot be read."""

    id: str
    specifier: str
    points: tuple[str, ...]
    """The rIDs."""
    granularity: Seconds
    every: Seconds
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateReport:
    """An oadrCreateReport."""

    request: str
    wishes: tuple[ReportWish, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReport:
    """An oadrCancelReport."""

    request: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterReport:
    """An oadrRegisterReport: what the VTN could report to us."""

    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredReport:
    """An oadrRegisteredReport: the VTN knows our reports and may want some at once."""

    request: str
    outcome: Outcome
    wishes: tuple[ReportWish, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatedReport:
    """An oadrUpdatedReport: our update arrived."""

    outcome: Outcome
    cancel: CancelReport | None


Message = (
    Response
    | Distribute
    | Registration
    | Reregister
    | CancelRegistration
    | CreateReport
    | CancelReport
    | RegisterReport
    | RegisteredReport
    | UpdatedReport
)


def outcome_of(message: Message) -> Outcome | None:
    """How content the VTN is, where the message is an answer that tells."""
    match message:
        case Response() | Distribute() | Registration() | RegisteredReport() | UpdatedReport():
            return message.outcome
        case _:
            return None
