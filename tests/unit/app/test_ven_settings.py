"""What a VEN's adapter is told: each enrolled resource, reported as often as its programs say."""

from __future__ import annotations

from gridbridge.app.adapters import ven_settings
from gridbridge.config.settings import VenConfig
from gridbridge.domain.ids import ProgramName, SiteId, VenName
from gridbridge.domain.limits import Authority
from gridbridge.domain.programs import Program
from gridbridge.domain.units import Seconds
from gridbridge.engine.ven.engine import Member

CONFIG = VenConfig(
    name=VenName("utility"),
    protocol="openadr-2.0b",
    vtn="https://vtn.example",
    ven_name="depot",
    poll=None,
    client=None,
    ca=None,
    vtn_fingerprint=None,
    allow_insecure=False,
)


def program(name: str, every: float | None) -> Program:
    return Program(
        name=ProgramName(name),
        ven=VenName("utility"),
        market=name,
        authority=Authority.VOLUNTARY,
        report_every=None if every is None else Seconds(every),
    )


def member(resource: str, program: str) -> Member:
    return Member(site=SiteId("site"), program=ProgramName(program), resource=resource)


def test_a_resource_is_reported_as_often_as_the_program_that_reports_it_most() -> None:
    programs = [program("slow", 900.0), program("fast", 300.0), program("silent", None)]
    members = [
        member("both", "slow"),
        member("both", "fast"),
        member("one", "slow"),
        member("one", "silent"),
        member("none", "silent"),
    ]

    settings = ven_settings(CONFIG, members, programs)

    assert settings.resources == ("both", "none", "one")
    assert settings.every == {"both": 300.0, "one": 900.0}
