"""The whole configuration: all its sections, in one file or with included ones."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from gridbridge.config.fields import OurId
from gridbridge.config.section import Section
from gridbridge.config.sections.gateway import Gateway, Http
from gridbridge.config.sections.ocpp import Ocpp
from gridbridge.config.sections.programs import ProgramSection
from gridbridge.config.sections.sites import SiteSection, VehicleClassSection
from gridbridge.config.sections.stations import StationModel
from gridbridge.config.sections.vens import Ven


class Document(Section):
    """gridbridge: from OpenADR events to limits on stations. Powers in kW, currents in A."""

    not_yet: ClassVar[frozenset[str]] = frozenset({"templates", "vehicles"})

    gateway: Gateway = Field(default_factory=Gateway)
    http: Http = Field(default_factory=Http)
    ocpp: Ocpp = Field(default_factory=Ocpp)
    vens: dict[OurId, Ven] = Field(default_factory=dict)
    """The utilities' servers that are asked for events, by a name of our own."""
    models: dict[OurId, StationModel] = Field(default_factory=dict)
    """Kinds of station."""
    sites: dict[OurId, SiteSection] = Field(default_factory=dict)
    """Connections to the grid, by a name of our own."""
    classes: dict[OurId, VehicleClassSection] = Field(default_factory=dict)
    """How cars share."""
    programs: dict[OurId, ProgramSection] = Field(default_factory=dict)
    """What a utility's events mean here, by a name of our own."""


SHARED = ("vens", "models", "sites", "classes", "programs")
"""The sections that an included file may hold, and that all gateways of a fleet must share."""
