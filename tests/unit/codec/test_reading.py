"""What cannot be read is refused by name; what was added later does not matter."""

from __future__ import annotations

from dataclasses import dataclass, replace

import orjson
import pytest

from gridbridge.codec import CodecError, decode, decode_recorded, encode, encode_recorded
from gridbridge.domain.facts import Metered, Reading, Recorded, VtnBack
from gridbridge.domain.ids import ProgramName, SiteId, StationId, VenName
from gridbridge.domain.limits import Authority
from gridbridge.domain.schedules import Schedule
from gridbridge.domain.units import Instant, Watts

BACK = Recorded(
    at=Instant(1.5),
    writer="gw-1-9f3a",
    seq=7,
    fact=VtnBack(site=SiteId("depot-7"), ven=VenName("utility-a"), program=ProgramName("tou")),
)
METERED = Recorded(
    at=Instant(2.5),
    writer="gw-1-9f3a",
    seq=8,
    fact=Metered(
        site=SiteId("depot-7"),
        readings=(
            Reading(station=StationId("CP-1"), epoch=1, evse=1, taken=Instant(2.0)),
            Reading(station=StationId("CP-2"), epoch=1, evse=1, taken=Instant(2.0)),
        ),
    ),
)


def test_the_written_form_is_the_one_that_is_promised() -> None:
    assert encode_recorded(BACK) == (
        b'{"v":1,"value":{"at":1.5,"writer":"gw-1-9f3a","seq":7,"fact":'
        b'{"type":"VtnBack","site":"depot-7","ven":"utility-a","program":"tou"}}}'
    )


@pytest.mark.parametrize(
    ("written", "named"),
    [
        pytest.param(b"{", "not JSON", id="not JSON"),
        pytest.param(b"[1]", "v: missing", id="no object"),
        pytest.param(b'{"value":1}', "v: missing", id="no version"),
        pytest.param(b'{"v":1}', "value: missing", id="no value"),
        pytest.param(b'{"v":3,"value":1}', "unknown version 3", id="a version of the future"),
        pytest.param(b'{"v":1,"value":7}', "Recorded: expected an object", id="no record"),
    ],
)
def test_what_is_no_document_is_refused_by_name(written: bytes, named: str) -> None:
    with pytest.raises(CodecError, match=named):
        decode_recorded(written)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        pytest.param(b'"seq":7,', b"", r"Recorded\.seq: missing", id="a field is missing"),
        pytest.param(b':"VtnBack"', b':"VtnAway"', "unknown type 'VtnAway'", id="unknown tag"),
        pytest.param(b'"type":"VtnBack",', b"", "type: missing", id="no tag"),
        pytest.param(b'"type":"VtnBack"', b'"type":[]', r"unknown type \[\]", id="an odd tag"),
        pytest.param(
            b'"program":"tou"', b'"program":4', r"VtnBack\.program: expected a str", id="type"
        ),
        pytest.param(b"1.5", b'"soon"', r"Recorded\.at: expected a number", id="no number"),
        pytest.param(b":7", b":7.5", r"Recorded\.seq: expected an integer", id="no integer"),
        pytest.param(b":7", b":true", r"Recorded\.seq: expected an integer", id="a truth"),
    ],
)
def test_a_bad_field_is_refused_by_name(old: bytes, new: bytes, named: str) -> None:
    written = encode_recorded(BACK).replace(old, new)

    with pytest.raises(CodecError, match=named):
        decode_recorded(written)


def test_a_bad_field_deep_inside_is_named_with_its_way_there() -> None:
    written = encode_recorded(METERED).replace(b'"evse":1', b'"evse":"1"', 1)

    with pytest.raises(CodecError, match=r"Metered\.readings: Reading\.evse"):
        decode_recorded(written)


def test_a_value_that_its_class_refuses_is_refused() -> None:
    with pytest.raises(CodecError, match=r"Schedule: .*periods"):
        decode(b'{"v":1,"value":{"periods":[],"until":1.0}}', Schedule)


def test_members_that_nobody_knows_are_ignored() -> None:
    document = orjson.loads(encode_recorded(BACK))
    document["value"]["later"] = 1
    document["value"]["fact"]["later"] = {"a": [1]}

    assert decode_recorded(orjson.dumps(document)) == BACK


def test_a_field_with_a_default_may_be_absent() -> None:
    assert b"power" not in encode_recorded(METERED)
    assert decode_recorded(encode_recorded(METERED)) == METERED


def test_a_number_without_a_point_reads_as_a_float() -> None:
    read = decode(b'{"v":1,"value":7}', float)

    assert type(read) is float


@pytest.mark.parametrize("written", [b'"5"', b"5.0", b"9"])
def test_an_unknown_member_of_an_enum_is_refused(written: bytes) -> None:
    with pytest.raises(CodecError, match="is no Authority"):
        decode(b'{"v":1,"value":%s}' % written, Authority)


def test_a_nan_cannot_be_written() -> None:
    reading = Reading(
        station=StationId("CP-1"), epoch=1, evse=1, taken=Instant(2.0), power=Watts(float("nan"))
    )
    fact = replace(METERED, fact=Metered(site=SiteId("depot-7"), readings=(reading,)))

    with pytest.raises(CodecError, match="NaN"):
        encode_recorded(fact)


@pytest.mark.parametrize(
    "value",
    [pytest.param("\ud800", id="half a surrogate pair"), pytest.param(2**70, id="too big")],
)
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(CodecError):
        encode(value)


@dataclass(frozen=True)
class _Opaque:
    payload: complex


def test_a_type_without_json_is_the_programmers_error() -> None:
    with pytest.raises(TypeError, match="complex"):
        encode(_Opaque(1j))
