"""The form of a scenario: a configuration, and steps of what happens and what is expected then.

    rule: what it shows, in a sentence
    config: {programs: ..., sites: {depot: ...}}      # as an operator writes it
    steps:
      - {at: 0s, connect: [CP-1], plug: [CP-1]}       # what happens
      - {at: 1m, expect: {amps: {CP-1: 32}}}          # what holds then

A misspelled key is refused, so that no expectation goes unread. An EVSE is written as its
station (EVSE 1) or as STATION/2.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from gridbridge.config import Loaded, load
from gridbridge.config.fields import Duration
from gridbridge.domain.events import SignalKind
from gridbridge.domain.programs import Program
from gridbridge.domain.site import Site

HOST = {
    "gateway": {"name": "gw-1", "store": "embedded", "data_dir": "var"},
    "http": {"listen": "127.0.0.1:8080"},
    "ocpp": {
        "listeners": [{"listen": "127.0.0.1:9000", "security_profile": 1}],
        "credentials_dir": "credentials",
    },
    "vens": {
        "utility": {
            "protocol": "openadr-2.0b",
            "vtn": "http://127.0.0.1:8081/OpenADR2/Simple/2.0b",
            "ven_name": "depot",
            "allow_insecure": True,
        }
    },
}
"""What a gateway needs beside the rules that are under test."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AskedFor(_Strict):
    """An event, or its next version."""

    id: str
    program: str
    signal: SignalKind = SignalKind.SIMPLE
    values: dict[Duration, float]
    """From when on which value; W for powers, as the adapters hand them over."""
    end: Duration | None = None
    """None: open-ended."""
    version: int = 0
    strength: int = 0


class Drawn(_Strict):
    """What a meter says: an EVSE's, or as STATION/0 the station's main meter."""

    kw: float | None = None
    amps: tuple[float | None, float | None, float | None] | None = None
    soc: float | None = None
    kwh: float | None = None
    """What its import register shows."""


class Wanted(_Strict):
    """What somebody says that a car wants."""

    kwh: float | None = None
    leaves: Duration | None = None
    """When, from the start of the scenario."""


class Manners(_Strict):
    """How a station answers from now on."""

    answer: str = "accepted"
    """accepted | refused | unknown (it timed out) | never (nothing was heard yet)"""


class Expected(_Strict):
    """What holds at a step; only what is written is compared."""

    amps: dict[str, float | None] | None = None
    """What an EVSE may draw per wire by what it said yes to; null: it was told nothing."""
    told_kw: dict[str, float] | None = None
    """The same as it is told in watts: AC at the plug, DC at the output."""
    setpoints_kw: dict[str, float | None] | None = None
    worst_amps: dict[str, float] | None = None
    """The most an EVSE counts for."""
    evs_kw: float | None = None
    """The envelope: what all EVSEs may draw together."""
    target_kw: float | None = None
    reserve_kw: float | None = None
    envelope_kw: dict[Duration, float] | None = None
    """The envelope as it is known now for later moments."""
    why: dict[str, str] | None = None
    """Words of the chain of reasons."""
    alarms: tuple[str, ...] | None = None
    """``NAME SUBJECT``, all of them."""
    opts: dict[str, str] | None = None
    """Our answer by event: ``opt_in``, ``opt_out``."""
    writes: int | None = None
    """How many profiles all stations were sent since the last step that asked."""


class Step(_Strict):
    """What happens at a moment, in the order of these keys, and what is expected then."""

    at: Duration
    connect: tuple[str, ...] = ()
    boot: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    manners: dict[str, Manners] = Field(default_factory=dict)
    plug: tuple[str, ...] = ()
    """A car comes and its session begins."""
    unplug: tuple[str, ...] = ()
    needs: dict[str, Wanted] = Field(default_factory=dict)
    meter: dict[str, Drawn] = Field(default_factory=dict)
    event: AskedFor | None = None
    lift: dict[str, str] = Field(default_factory=dict)
    """Events by id that are cancelled, and of which program."""
    vtn_lost: tuple[str, ...] = ()
    """Programs whose VTN was silent for as long as they allow."""
    vtn_back: tuple[str, ...] = ()
    expect: Expected | None = None


class Written(_Strict):
    """A file."""

    rule: str
    xfail: str | None = None
    """Why it does not hold yet."""
    config: dict[str, Any]
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A file whose configuration was loaded as the gateway loads its own."""

    name: str
    rule: str
    site: Site
    programs: tuple[Program, ...]
    steps: tuple[Step, ...]


def read(path: Path) -> Written:
    """Read a file; raises where its form is wrong."""
    return Written.model_validate(YAML(typ="safe").load(path.read_text("utf-8")))


def scenario(written: Written, name: str, folder: Path) -> Scenario:
    """Load the configuration of a scenario; `folder` is where it is put as a file."""
    path = folder / "gridbridge.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(HOST | written.config, file)
    found = load(path, {})
    assert isinstance(found, Loaded), "\n".join(str(problem) for problem in found.problems)
    (site,) = found.sites
    return Scenario(
        name=name, rule=written.rule, site=site, programs=found.programs, steps=written.steps
    )
