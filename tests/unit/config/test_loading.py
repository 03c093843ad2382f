"""From files to what the gateway runs on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gridbridge.config import Loaded, Rejected, load
from gridbridge.domain.ids import EvseRef, SiteId, StationId
from gridbridge.domain.site import Circuit, Evse, Kind, Mode, Site, Station, VehicleClass, Wiring
from gridbridge.domain.units import Amperes, Seconds, Watts

SMALLEST = "sites: {a: {voltage: 400, import_kw: 200, stations: {CP-1: {max_a: 32}}}}\n"
EXAMPLE = Path(__file__).parents[3] / "config" / "gridbridge.yaml"


def test_the_smallest_site_implies_circuit_main_and_evse_1_on_three_wires(
    loaded: Callable[..., Loaded],
) -> None:
    evse = Evse(
        ref=EvseRef(station=StationId("CP-1"), evse=1),
        kind=Kind.AC,
        wiring=Wiring(wires=(0, 1, 2)),
        max_amps=Amperes(32.0),
        min_amps=Amperes(6.0),
    )
    site = Site(
        id=SiteId("a"),
        mode=Mode.CONTROL,
        timezone="UTC",
        voltage=400.0,
        import_w=Watts(200_000.0),
        export_w=Watts(0.0),
        circuits=(Circuit(name="main", parent=None, limit_amps=None),),
        stations=(
            Station(
                id=StationId("CP-1"),
                circuit="main",
                evses=(evse,),
                settle=Seconds(30.0),
                offline_amps=Amperes(6.0),
            ),
        ),
        classes={"default": VehicleClass()},
    )

    assert loaded(SMALLEST).sites == (site,)


def test_the_example_loads_without_a_warning() -> None:
    result = load(EXAMPLE, {})

    assert isinstance(result, Loaded), result
    assert result.warnings == ()


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    result = load(tmp_path / "none.yaml", {})

    assert isinstance(result, Rejected)
    assert [str(each) for each in result.problems] == [
        f"{tmp_path}/none.yaml: there is no such file: write it, or name another"
    ]


def test_without_a_word_stations_of_this_machine_meet_a_password_on_port_9000(
    loaded: Callable[..., Loaded], tmp_path: Path
) -> None:
    it = loaded(SMALLEST)

    (listener,) = it.ocpp.listeners
    assert (listener.listen.host, listener.listen.port) == ("127.0.0.1", 9000)
    assert (listener.paths, listener.security_profile) == (("/ocpp/{id}",), 1)
    assert it.ocpp.credentials_dir == tmp_path / "credentials"
    assert (it.http.listen.host, it.http.listen.port) == ("127.0.0.1", 8080)
    assert (it.gateway.store_url, it.gateway.data_dir) == (None, tmp_path / "var")


# --- includes


def test_included_files_add_to_the_shared_sections(
    loaded: Callable[..., Loaded], write: Callable[[str, str], Path]
) -> None:
    write("sites/a.yaml", SMALLEST)
    write("sites/b.yaml", SMALLEST.replace("a:", "b:", 1).replace("CP-1", "CP-2"))

    it = loaded("gateway: {include: [sites/*.yaml]}\n")

    assert [site.id for site in it.sites] == ["a", "b"]


def test_a_problem_of_an_included_file_names_that_file(
    told: Callable[..., list[str]], write: Callable[[str, str], Path]
) -> None:
    write("sites/a.yaml", SMALLEST.replace("voltage", "volts"))

    assert told("gateway: {include: [sites/*.yaml]}\n") == [
        "sites/a.yaml:1:13: unknown key 'volts'; did you mean 'voltage'? [sites.a.volts]",
    ]


def test_an_id_in_two_files_is_a_duplicate(
    told: Callable[..., list[str]], write: Callable[[str, str], Path]
) -> None:
    write("more.yaml", SMALLEST)

    assert told(f"gateway: {{include: [more.yaml]}}\n{SMALLEST}") == [
        "more.yaml:1:9: duplicate 'a': first at main.yaml:2:9 [sites.a]"
    ]


def test_an_included_file_says_nothing_of_the_process(
    told: Callable[..., list[str]], write: Callable[[str, str], Path]
) -> None:
    write("more.yaml", "http: {}\nsites: 3\n")

    assert told("gateway: {include: [more.yaml]}\n") == [
        "more.yaml:1:1: 'http' belongs into the main file [http]",
        "more.yaml:2:8: 'sites' must be a mapping [sites]",
    ]


def test_a_pattern_without_a_file_is_only_told(told: Callable[..., list[str]]) -> None:
    assert told("gateway: {include: [sites/*.yaml]}\n") == [
        "main.yaml:1:21: warning: 'sites/*.yaml' names no file [gateway.include.0]"
    ]


# --- files named in the configuration


def test_a_path_is_relative_to_the_file_it_stands_in(
    loaded: Callable[..., Loaded], write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    write("more/ca.pem", "")
    write(
        "more/ven.yaml",
        "vens: {u: {protocol: openadr-2.0b, vtn: 'https://v/x', ven_name: d, tls: {ca: ca.pem}}}",
    )

    (ven,) = loaded("gateway: {include: [more/ven.yaml]}\n").vens

    assert ven.ca == tmp_path / "more" / "ca.pem"


def test_a_certificate_that_is_not_here_may_be_there_where_it_runs(
    told: Callable[..., list[str]],
) -> None:
    assert told("ocpp: {tls: {certificate: a.pem, key: [a.key]}}\n") == [
        "main.yaml:1:27: warning: there is no file a.pem [ocpp.tls.certificate]",
        "main.yaml:1:39: warning: there is no file a.key [ocpp.tls.key]",
    ]


def test_the_address_of_the_store_may_come_from_a_file_and_is_never_shown(
    loaded: Callable[..., Loaded], write: Callable[[str, str], Path]
) -> None:
    write("store.secret", "rediss://:hunter2@store:6380/0\n")

    it = loaded("gateway: {store_file: store.secret}\n")

    assert it.gateway.store_url == "rediss://:hunter2@store:6380/0"
    assert "hunter2" not in repr(it)


def test_what_a_secret_file_holds_is_never_repeated(
    told: Callable[..., list[str]], write: Callable[[str, str], Path]
) -> None:
    write("store.secret", "hunter2")

    assert told("gateway: {store_file: store.secret}\n") == [
        (
            "main.yaml:1:23: store.secret holds no address: write embedded, redis://HOST:PORT,"
            " rediss://HOST:PORT or unix:///PATH [gateway.store_file]"
        )
    ]


# --- the hash


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(f"# a comment\n{SMALLEST}", id="comments"),
        pytest.param(SMALLEST.replace("200", "200.0"), id="the spelling of a number"),
        pytest.param(SMALLEST.replace("import_kw", "mode: control, import_kw"), id="a default"),
        pytest.param(f"gateway: {{name: gw-2, data_dir: x}}\n{SMALLEST}", id="the process"),
        pytest.param(f"gateway: {{store: 'redis://:pw@x'}}\n{SMALLEST}", id="the store"),
    ],
)
def test_the_hash_is_that_of_what_decides(loaded: Callable[..., Loaded], same: str) -> None:
    expected = loaded(SMALLEST).config_hash

    assert loaded(same).config_hash == expected


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(SMALLEST.replace("200", "201"), id="a limit"),
        pytest.param(SMALLEST.replace("CP-1", "CP-2"), id="a station"),
        pytest.param(f"classes: {{bus: {{weight: 2}}}}\n{SMALLEST}", id="a class"),
    ],
)
def test_another_decision_has_another_hash(loaded: Callable[..., Loaded], other: str) -> None:
    expected = loaded(SMALLEST).config_hash

    assert loaded(other).config_hash != expected


def test_the_document_is_json_of_the_shared_sections(loaded: Callable[..., Loaded]) -> None:
    document = json.loads(loaded(SMALLEST).document)

    assert set(document) == {"vens", "models", "sites", "classes", "programs"}
    assert document["sites"]["a"]["import_kw"] == 200.0
