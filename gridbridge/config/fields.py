"""The kinds of value a key may hold: powers, currents, durations, words, addresses, wirings.

Each is lenient about spelling (a variable of the environment is text) and strict about meaning:
no truth value, infinity or bare number passes for a power or a duration.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from math import isfinite
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from gridbridge.config.problems import did_you_mean
from gridbridge.domain.ids import our_id, station_id
from gridbridge.domain.site import WIRES, Wiring

MOST_KW = 100_000
"""100 MW: more than this was written in W."""
MOST_AMPS = 10_000


class NotYetError(ValueError):
    """Something of the published configuration that this version does not implement."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not supported yet")


def real(value: object) -> object:
    """Refuse true and false, which would pass for 1 and 0, and what is not finite."""
    if isinstance(value, bool):
        raise ValueError(f"a number is expected, not {str(value).lower()}")  # noqa: TRY004 - pydantic collects ValueError only
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"a finite number is expected, not {value}")
    return value


def word(*known: str, later: tuple[str, ...] = ()) -> BeforeValidator:
    """One of the known words; those of `later` are refused as not supported yet."""

    def check(value: object) -> object:
        if isinstance(value, str) and value in later:
            raise NotYetError(repr(value))
        if value not in known:
            hint = did_you_mean(str(value), list(known))
            raise ValueError(f"{value!r} is not known here{hint}")
        return value

    return BeforeValidator(check)


Kw: TypeAlias = Annotated[
    float, Field(ge=0, le=MOST_KW, allow_inf_nan=False), BeforeValidator(real)
]
Kva: TypeAlias = Annotated[
    float, Field(gt=0, le=MOST_KW, allow_inf_nan=False), BeforeValidator(real)
]
Amps: TypeAlias = Annotated[
    float, Field(ge=0, le=MOST_AMPS, allow_inf_nan=False), BeforeValidator(real)
]
Share: TypeAlias = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False), BeforeValidator(real)]
Percent: TypeAlias = Annotated[
    float, Field(ge=0, le=100, allow_inf_nan=False), BeforeValidator(real)
]
Price: TypeAlias = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(real)]
PositiveAmps: TypeAlias = Annotated[
    float, Field(gt=0, le=MOST_AMPS, allow_inf_nan=False), BeforeValidator(real)
]
Positive: TypeAlias = Annotated[
    float, Field(gt=0, le=1000, allow_inf_nan=False), BeforeValidator(real)
]
Efficiency: TypeAlias = Annotated[
    float, Field(ge=0.5, le=1, allow_inf_nan=False), BeforeValidator(real)
]
Voltage: TypeAlias = Annotated[
    float, Field(ge=100, le=1000, allow_inf_nan=False), BeforeValidator(real)
]
OurId: TypeAlias = Annotated[
    str, Field(json_schema_extra={"pattern": "^[A-Za-z0-9._-]{1,48}$"}), AfterValidator(our_id)
]
StationName: TypeAlias = Annotated[
    str,
    Field(json_schema_extra={"pattern": r"^[A-Za-z0-9*\-_=+|@.]{1,48}$"}),
    AfterValidator(station_id),
]


def kilowatts(value: object) -> float:
    """A power of 0 or more, from a number or its text."""
    real(value)
    try:
        kw = float(value)  # type: ignore[arg-type] # what is no number is refused below
    except (TypeError, ValueError):
        raise ValueError(f"a number is expected, not {value!r}") from None
    if not 0 <= kw <= MOST_KW:
        raise ValueError(f"must be from 0 to {MOST_KW}, not {value!r}")
    return kw


_UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_NUMBER = r"(\d+(?:\.\d+)?)"
_SHORT = re.compile("".join(f"(?:{_NUMBER}{unit})?" for unit in _UNITS))
# ISO 8601 durations without years and months, whose length depends on the calendar.
_ISO = re.compile(rf"P(?:{_NUMBER}D)?(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?")
_LONGEST = 366 * 86400.0


def duration(value: object) -> float:
    """Seconds of ``90s``, ``15m``, ``1h30m``, ``PT15M``; a bare number has no unit: refused."""
    if isinstance(value, str):
        for form in (_SHORT, _ISO):
            match = form.fullmatch(value.strip())
            if match and any(match.groups()):
                numbers = zip(match.groups(), _UNITS.values(), strict=True)
                seconds = sum(float(number or 0) * unit for number, unit in numbers)
                if seconds > _LONGEST:
                    raise ValueError(f"{value!r} is longer than a year")
                return seconds
    raise ValueError(f"{value!r} is not a duration: write 90s, 15m, 1h30m or PT15M")


_DURATION_SCHEMA: dict[str, Any] = {
    "type": "string",
    "pattern": r"^(?=.*\d)([0-9.]+d)?([0-9.]+h)?([0-9.]+m)?([0-9.]+s)?$|^P(?=.*\d)[0-9.DTHMS]+$",
    "examples": ["90s", "15m", "PT15M"],
}
Duration: TypeAlias = Annotated[float, BeforeValidator(duration), WithJsonSchema(_DURATION_SCHEMA)]


def above_zero(value: float) -> float:
    """Refuse a duration of nothing."""
    if value <= 0:
        raise ValueError("must be longer than nothing")
    return value


Period: TypeAlias = Annotated[Duration, AfterValidator(above_zero)]


_PHASES = re.compile(r"(?:L[123]){1,3}")
_BETWEEN = re.compile(r"(L[123])-(L[123])")


def wiring(value: object) -> Wiring:
    """``3`` | ``L2`` | ``L1L2`` | ``L2L3L1`` | ``L1-L2``; a bare 1 is an unknown wire."""
    text = str(value).upper()
    if not isinstance(value, bool) and text == "3":
        return Wiring(wires=(0, 1, 2))
    if not isinstance(value, bool) and text == "1":
        return Wiring(wires=(0, 1, 2), known=False)
    between = _BETWEEN.fullmatch(text)
    joined = "".join(between.groups()) if between else text
    wires = (
        [WIRES.index(joined[at : at + 2]) for at in range(0, len(joined), 2)]
        if (_PHASES.fullmatch(joined))
        else []
    )
    if not wires or len(set(wires)) != len(wires):
        raise ValueError(
            f"{value!r} is not a wiring: write 3, L2, L1L2, L2L3L1, L1-L2 for a load between two "
            "wires, or 1 if unknown"
        )
    return Wiring(wires=tuple(wires), between=between is not None)


Phases: TypeAlias = Annotated[
    Wiring,
    BeforeValidator(wiring),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": [1, 3]},
                {"type": "string", "pattern": "^([13]|(L[123]){1,3}|L[123]-L[123])$"},
            ]
        }
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server listens."""

    host: str
    port: int
    """0: any free one."""

    @property
    def is_loopback(self) -> bool:
        """Whether no other machine reaches it; a name but localhost may stand for anything."""
        if self.host.lower() == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


_LISTEN = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")
_PORTS = 65536


def address(value: object) -> Address:
    """The host and port of ``127.0.0.1:8080`` or ``[::1]:8080``."""
    match = _LISTEN.fullmatch(value) if isinstance(value, str) else None
    if not match or int(match[2]) >= _PORTS:
        raise ValueError(f"{value!r} is not an address to listen on: write HOST:PORT")
    return Address(host=match[1].strip("[]"), port=int(match[2]))


Listen: TypeAlias = Annotated[
    Address, BeforeValidator(address), WithJsonSchema({"type": "string", "pattern": ":[0-9]+$"})
]


def timezone(name: str) -> str:
    """Check the name of a time zone, such as ``Europe/Berlin``."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone: write one like Europe/Berlin") from None
    return name


Timezone: TypeAlias = Annotated[str, AfterValidator(timezone)]


def web_url(text: str) -> str:
    """Check the address of a VTN: http or https, with a host and without credentials."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{text!r} is not a web address: write https://HOST/PATH")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a web address holds no credentials")
    return text


WebUrl: TypeAlias = Annotated[str, AfterValidator(web_url)]


def per_phase(value: object) -> tuple[float, float, float]:
    """``250`` or ``[250, 250, 200]``: amperes on L1, L2, L3."""
    numbers = value if isinstance(value, list | tuple) else [value] * 3
    if len(numbers) != len(WIRES):
        raise ValueError("a number, or three for L1, L2, L3, is expected")
    first, second, third = (_amperes(number) for number in numbers)
    return first, second, third


def _amperes(value: object) -> float:
    real(value)
    try:
        amps = float(value)  # type: ignore[arg-type] # what is no number is refused below
    except (TypeError, ValueError):
        raise ValueError(f"a number is expected, not {value!r}") from None
    if not 0 <= amps <= MOST_AMPS:
        raise ValueError(f"must be from 0 to {MOST_AMPS}, not {value!r}")
    return amps


PerPhase: TypeAlias = Annotated[
    tuple[float, float, float],
    BeforeValidator(per_phase),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                {
                    "type": "array",
                    "items": {"type": "number", "minimum": 0},
                    "minItems": 3,
                    "maxItems": 3,
                },
            ]
        }
    ),
]


def one_or_more(value: object) -> object:
    """A single text as a list of one."""
    return [value] if isinstance(value, str) else value


Texts: TypeAlias = Annotated[
    tuple[str, ...],
    BeforeValidator(one_or_more),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    ),
]
