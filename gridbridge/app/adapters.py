"""From the configuration's plain settings to each adapter's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge_http.settings import Settings as Http
from gridbridge_ocpp.settings import Certificate, Listener, SecurityProfile
from gridbridge_ocpp.settings import Settings as Ocpp
from gridbridge_ocpp.tokens import TokenPolicy
from gridbridge_openadr.settings import Settings as OpenAdr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gridbridge.config import HttpSettings, OcppConfig, VenConfig
    from gridbridge.config.settings import ListenerSettings
    from gridbridge.domain.programs import Program
    from gridbridge.domain.units import Seconds
    from gridbridge.engine.ven.engine import Member


def ven_settings(
    config: VenConfig, members: Sequence[Member], programs: Sequence[Program]
) -> OpenAdr:
    """What a VEN's adapter needs; it reports on each enrolled resource.

    A resource in several programs is offered as often as the one that reports most often.
    """
    every: dict[str, Seconds] = {}
    known = {program.name: program.report_every for program in programs}
    for member in members:
        period = known[member.program]
        if period is not None:
            every[member.resource] = min(period, every.get(member.resource, period))
    return OpenAdr(
        name=config.name,
        vtn=config.vtn,
        ven_name=config.ven_name,
        resources=tuple(sorted({member.resource for member in members})),
        every=every,
        poll=config.poll,
        certificate=None if config.client is None else config.client.certificate,
        key=None if config.client is None else config.client.key,
        ca=config.ca,
        vtn_fingerprint=config.vtn_fingerprint,
        allow_insecure=config.allow_insecure,
    )


def http_settings(config: HttpSettings) -> Http:
    """Where health, metrics, page and API are served."""
    return Http(
        host=config.listen.host,
        port=config.listen.port,
        allow_insecure=config.allow_insecure,
    )


def ocpp_settings(config: OcppConfig, *, token_key: bytes) -> Ocpp:
    """Where stations connect; `token_key` hides id tokens in facts."""
    return Ocpp(
        listeners=tuple(
            _listener(each, reuse_port=config.reuse_port) for each in config.listeners
        ),
        tokens=TokenPolicy(key=token_key),
    )


def certificate_files(ocpp: OcppConfig, vens: Sequence[VenConfig]) -> dict[str, Path]:
    """Every certificate we show, by a name that tells who sees it."""
    shown = {
        f"ocpp/{each.listen.host}:{each.listen.port}/{number}": pair.certificate
        for each in ocpp.listeners
        for number, pair in enumerate(each.certificates, start=1)
    }
    clients = {f"ven/{ven.name}": ven.client.certificate for ven in vens if ven.client is not None}
    return shown | clients


def _listener(config: ListenerSettings, *, reuse_port: bool) -> Listener:
    profile = SecurityProfile(config.security_profile)
    return Listener(
        host=config.listen.host,
        port=config.listen.port,
        paths=config.paths,
        security_profile=profile,
        # The configuration refuses profile 0 unless allow_insecure stands beside it; a listener
        # for passwords in the clear, which it holds to the same, needs no more leave here.
        allow_insecure=profile is SecurityProfile.OPEN,
        certificates=tuple(
            Certificate(certificate=each.certificate, key=each.key) for each in config.certificates
        ),
        reuse_port=reuse_port,
    )
