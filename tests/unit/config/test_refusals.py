"""What is refused, where it stands and in which words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridbridge.config import Loaded, Rejected, load

EXAMPLE = Path(__file__).parents[3] / "config" / "gridbridge.yaml"
SITE = "sites: {a: {voltage: 400, import_kw: 200, stations: {CP-1: {max_a: 32}}}}\n"
IN_THE_CLEAR = (
    "an address that other machines reach needs tls: {certificate, key}, or allow_insecure: true"
    " where passwords may cross the network in the clear"
)
VEN = "vens: {u: {protocol: openadr-2.0b, vtn: 'https://v/2.0b', ven_name: d}}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # --- YAML
        pytest.param("", "main.yaml:1:1: the file is empty", id="empty"),
        pytest.param(
            "- a\n", "main.yaml:1:1: a mapping is expected, as in `sites: {...}`", id="a list"
        ),
        pytest.param(
            "a: [1,\n b: 2",
            "main.yaml:2:6: not valid YAML: expected ',' or ']', but got '<stream end>':"
            " is a comma or a bracket missing?",
            id="broken",
        ),
        pytest.param(
            "gateway: {name: a}\nhttp: {}\ngateway: {}\n",
            "main.yaml:3:1: duplicate key 'gateway': first at line 1, column 1 [gateway]",
            id="a key twice",
        ),
        pytest.param(
            "a: " + "[" * 3000 + "]" * 3000,
            "main.yaml:1:1: not valid YAML: nested too deeply",
            id="deeper than anybody reads",
        ),
        pytest.param(
            "gateway:\n\tname: a\n",
            "main.yaml:2:1: not valid YAML: found character '\\t' that cannot start any token:"
            " indent with spaces",
            id="a tab",
        ),
        pytest.param(
            "gateway:\n  name: a: b\n",
            "main.yaml:2:10: not valid YAML: mapping values are not allowed here: does a key lack"
            " its colon, or a text with a colon its quotes?",
            id="a colon too many",
        ),
        pytest.param(
            "<<: {gateway: {}}\n",
            "main.yaml:1:1: merge keys (<<) are not supported: use `models`",
            id="a merge key",
        ),
        pytest.param(
            "sites: &all {a: *all}\n",
            "main.yaml:1:8: the alias *all contains itself [sites.a]",
            id="an alias of itself",
        ),
        pytest.param(
            "gateway: {name: !shell rm}\n",
            "main.yaml:1:17: the tag !shell is not supported [gateway.name]",
            id="a tag",
        ),
        pytest.param(
            "http:\ngateway: {}\n", "main.yaml:1:1: 'http' has no value [http]", id="no value"
        ),
        # --- keys
        pytest.param(
            "gatway: {}\n",
            "main.yaml:1:1: unknown key 'gatway'; did you mean 'gateway'? [gatway]",
            id="a key nobody knows",
        ),
        pytest.param(
            SITE.replace("import_kw: 200", "import_kw: 200, import_kv: 20"),
            "main.yaml:1:43: unknown key 'import_kv'; did you mean 'import_kw'?"
            " [sites.a.import_kv]",
            id="a key nobody knows, deep",
        ),
        pytest.param(
            "http: {port: 1}\n",
            "main.yaml:1:8: unknown key 'port'; known: listen, allow_insecure [http.port]",
            id="few keys are known: all are told",
        ),
        pytest.param(
            "vehicles: {file: fleet.csv}\n",
            "main.yaml:1:1: 'vehicles' is not supported yet [vehicles]",
            id="a section not built yet",
        ),
        pytest.param(
            SITE.replace("max_a: 32", "max_a: 32, pause: never"),
            "main.yaml:1:72: 'pause' is not supported yet [sites.a.stations.CP-1.pause]",
            id="a key not built yet",
        ),
        pytest.param(
            "ocpp: {credentials_dir: ~no-such-user/keys}\n",
            "main.yaml:1:25: ~no-such-user is nobody's home here [ocpp.credentials_dir]",
            id="a home of nobody",
        ),
        pytest.param(
            SITE.replace("voltage: 400, ", ""),
            "main.yaml:1:9: 'voltage' is missing [sites.a.voltage]",
            id="a key that is missing, at what lacks it",
        ),
        pytest.param(
            SITE.replace("import_kw", "import_kv"),
            "main.yaml:1:27: unknown key 'import_kv'; did you mean 'import_kw'?"
            " [sites.a.import_kv]",
            id="a key that is missing for it is misspelt, once",
        ),
        pytest.param(
            SITE.replace("import_kw: 200", "import_kw: "),
            "main.yaml:1:27: 'import_kw' has no value [sites.a.import_kw]",
            id="a key that must be there and has no value, once",
        ),
        # --- values
        pytest.param(
            SITE.replace("import_kw: 200", "import_kw: true"),
            "main.yaml:1:38: a number is expected, not true [sites.a.import_kw]",
            id="a power is no truth value",
        ),
        pytest.param(
            SITE.replace("import_kw: 200", "import_kw: .inf"),
            "main.yaml:1:38: a finite number is expected, not inf [sites.a.import_kw]",
            id="a power is not infinite",
        ),
        pytest.param(
            SITE.replace("import_kw: 200", "import_kw: .nan"),
            "main.yaml:1:38: a finite number is expected, not nan [sites.a.import_kw]",
            id="a power is a number",
        ),
        pytest.param(
            SITE.replace("import_kw: 200", "import_kw: 200 kW"),
            "main.yaml:1:38: a number is expected, not '200 kW' [sites.a.import_kw]",
            id="the unit of a power is in the key",
        ),
        pytest.param(
            SITE.replace("import_kw: 200", "import_kw: 200000"),
            "main.yaml:1:38: must be 100000 or less [sites.a.import_kw]",
            id="a power in W",
        ),
        pytest.param(
            SITE.replace("import_kw: 200", "import_kw: [{kw: 200}]"),
            "main.yaml:1:38: a limit that changes with the time of day is not supported yet"
            " [sites.a.import_kw]",
            id="a limit by the time of day",
        ),
        pytest.param(
            SITE.replace("voltage: 400", "voltage: 400, timezone: Europe/Berlni"),
            "main.yaml:1:37: 'Europe/Berlni' is not a time zone: write one like Europe/Berlin"
            " [sites.a.timezone]",
            id="a time zone",
        ),
        pytest.param(
            SITE.replace("voltage: 400", "voltage: 400, mode: contrl"),
            "main.yaml:1:33: 'contrl' is not known here; did you mean 'control'? [sites.a.mode]",
            id="a word",
        ),
        pytest.param(
            SITE.replace("max_a: 32", "max_a: 32, phases: 2"),
            "main.yaml:1:80: 2 is not a wiring: write 3, L2, L1L2, L2L3L1, L1-L2 for a load"
            " between two wires, or 1 if unknown [sites.a.stations.CP-1.phases]",
            id="two unknown wires",
        ),
        pytest.param(
            SITE.replace("CP-1", "'CP:1'"),
            "main.yaml:1:54: 'CP:1' is not a station's identity:"
            " 1 to 48 of A-Z a-z 0-9 * - _ = + | @ . [sites.a.stations.CP:1]",
            id="a station's identity",
        ),
        pytest.param(
            SITE.replace("{a:", "{a b:"),
            "main.yaml:1:9: 'a b' is not an id: use 1 to 48 of A-Z a-z 0-9 . _ - [sites.a b]",
            id="an id of ours",
        ),
        pytest.param(
            SITE.replace("max_a: 32", "max_a: 32, settle: 12"),
            "main.yaml:1:80: 12 is not a duration: write 90s, 15m, 1h30m or PT15M"
            " [sites.a.stations.CP-1.settle]",
            id="a duration without a unit",
        ),
        pytest.param(
            SITE.replace("max_a: 32", "max_a: 32, evses: {0: {}}"),
            "main.yaml:1:80: '0' is not an EVSE: they count from 1"
            " [sites.a.stations.CP-1.evses.0]",
            id="EVSEs count from 1",
        ),
        pytest.param(
            SITE.replace("{CP-1: {max_a: 32}}", "[CP-1]"),
            "main.yaml:1:53: a mapping is expected, as in {key: value} [sites.a.stations]",
            id="stations are no list",
        ),
        pytest.param(
            "gateway: {store: 'sentinel://x/1'}\n",
            "main.yaml:1:18: sentinel:// is not supported yet [gateway.store]",
            id="sentinel by name",
        ),
        pytest.param(
            "gateway: {store: 'mysql://user:secret@x/1'}\n",
            "main.yaml:1:18: write embedded, redis://HOST:PORT, rediss://HOST:PORT or"
            " unix:///PATH [gateway.store]",
            id="a store that is none, and its password is not repeated",
        ),
        pytest.param(
            "gateway: {store: 'redis://user:secret@host:port'}\n",
            "main.yaml:1:18: write embedded, redis://HOST:PORT, rediss://HOST:PORT or"
            " unix:///PATH [gateway.store]",
            id="a store whose port is none",
        ),
        pytest.param(
            "gateway: {store: 'unix://'}\n",
            "main.yaml:1:18: write embedded, redis://HOST:PORT, rediss://HOST:PORT or"
            " unix:///PATH [gateway.store]",
            id="a store without a path",
        ),
        pytest.param(
            "gateway: {store: embedded, store_file: x}\n",
            "main.yaml:1:40: give either store or store_file [gateway.store_file]",
            id="two stores",
        ),
        pytest.param(
            "gateway: {store_file: nowhere}\n",
            "main.yaml:1:23: nowhere cannot be read: No such file or directory"
            " [gateway.store_file]",
            id="a secret that is not there",
        ),
        pytest.param(
            "gateway: {include: [x.yaml]}\n",
            "main.yaml:1:21: 'x.yaml' names no file [gateway.include.0]",
            id="an included file that is not there",
        ),
        pytest.param(
            "programs: {p: {report: {every: 0.5s}, match: {ven: u, market_context: m},"
            " authority: price}}\n",
            "main.yaml:1:32: a whole number of seconds is expected, 1s or more"
            " [programs.p.report.every]",
            id="reports of less than a second",
        ),
        # --- http, ocpp, vens
        pytest.param(
            "http: {listen: 8080}\n",
            "main.yaml:1:16: 8080 is not an address to listen on: write HOST:PORT [http.listen]",
            id="a port alone",
        ),
        pytest.param(
            "ocpp: {unknown_station: pending}\n",
            "main.yaml:1:25: 'pending' is not supported yet [ocpp.unknown_station]",
            id="pending",
        ),
        pytest.param(
            "ocpp: {security_profile: 0}\n",
            "main.yaml:1:26: security profile 0 needs allow_insecure: true"
            " [ocpp.security_profile]",
            id="no security by mistake",
        ),
        pytest.param(
            "ocpp: {security_profile: 2}\n",
            "main.yaml:1:26: security profile 2 needs tls: {certificate, key}"
            " [ocpp.security_profile]",
            id="TLS without a certificate",
        ),
        pytest.param(
            "ocpp: {security_profile: 3}\n",
            "main.yaml:1:26: security profile 3 (client certificates) is not supported yet"
            " [ocpp.security_profile]",
            id="client certificates",
        ),
        pytest.param(
            "ocpp: {listen: '0.0.0.0:9000'}\n",
            f"main.yaml:1:16: {IN_THE_CLEAR} [ocpp.listen]",
            id="passwords in the clear by mistake",
        ),
        pytest.param(
            "ocpp: {listeners: [{listen: 'gw.example:9000', security_profile: 1}]}\n",
            f"main.yaml:1:29: {IN_THE_CLEAR} [ocpp.listeners.0.listen]",
            id="passwords in the clear at one of several",
        ),
        pytest.param(
            "ocpp: {allow_insecure: true, tls: {certificate: main.yaml, key: main.yaml}}\n",
            "main.yaml:1:24: allow_insecure does nothing with tls [ocpp.allow_insecure]",
            id="insecure and yet with TLS",
        ),
        pytest.param(
            "ocpp: {listen: '127.0.0.1:1', listeners: [{listen: '[::1]:2'}]}\n",
            "main.yaml:1:16: listen belongs to the short form: write it in each of listeners"
            " [ocpp.listen]",
            id="both forms",
        ),
        pytest.param(
            "ocpp: {listeners: [{listen: 'localhost:2'}, {listen: 'localhost:2'}]}\n",
            "main.yaml:1:54: localhost:2 clashes with localhost:2, where ocpp.listeners.0.listen"
            " listens at main.yaml:1:29: give each a port of its own [ocpp.listeners.1.listen]",
            id="an address twice",
        ),
        pytest.param(
            "ocpp: {paths: [/ocpp]}\n",
            "main.yaml:1:16: '/ocpp' is not a path for stations: write one like /ocpp/{id}"
            " [ocpp.paths.0]",
            id="a path without an identity",
        ),
        pytest.param(
            "ocpp: {tls: {certificate: [a, b], key: a}}\n",
            "main.yaml:1:40: 2 certificates need as many keys, not 1 [ocpp.tls.key]",
            id="a certificate without its key",
        ),
        pytest.param(
            VEN.replace("openadr-2.0b", "openadr-3.1"),
            "main.yaml:1:22: 'openadr-3.1' is not supported yet [vens.u.protocol]",
            id="a protocol not built yet",
        ),
        pytest.param(
            VEN.replace("https", "http"),
            "main.yaml:1:41: an http:// address of another machine needs allow_insecure: true"
            " [vens.u.vtn]",
            id="no plain HTTP by mistake",
        ),
        pytest.param(
            VEN.replace("ven_name: d", "ven_name: 7"),
            "main.yaml:1:69: a text is expected: put it in quotes [vens.u.ven_name]",
            id="a name that looks like a number",
        ),
        pytest.param(
            VEN.replace("ven_name: d", "ven_name: d, poll: 100ms"),
            "main.yaml:1:78: '100ms' is not a duration: write 90s, 15m, 1h30m or PT15M"
            " [vens.u.poll]",
            id="a unit nobody knows",
        ),
        pytest.param(
            VEN.replace("ven_name: d", "ven_name: d, vtn_fingerprint: AB:CD"),
            "main.yaml:1:89: a fingerprint is 10 or 32 bytes in hex:"
            " AB:CD:EF:01:23:45:67:89:AB:CD [vens.u.vtn_fingerprint]",
            id="half a fingerprint",
        ),
    ],
)
def test_a_problem_is_told_at_its_place(
    told: Callable[..., list[str]], text: str, expected: str
) -> None:
    assert told(text) == [expected]


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [(b"\xff", 1, 1), (b"a: 1\nb: \xc3\xa4\xe4\n", 2, 5)],
    ids=["from the start", "after a letter of two bytes"],
)
def test_what_is_no_utf_8_is_told_at_the_byte(
    tmp_path: Path, content: bytes, line: int, column: int
) -> None:
    main = tmp_path / "main.yaml"
    main.write_bytes(content)

    result = load(main, {})

    assert isinstance(result, Rejected)
    assert [str(each) for each in result.problems] == [
        f"{main}:{line}:{column}: the file is not UTF-8 text: save it as UTF-8"
    ]


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    result = load(tmp_path, {})

    assert isinstance(result, Rejected)
    assert [str(each) for each in result.problems] == [
        f"{tmp_path}: this is a directory: name a file in it"
    ]


def test_all_problems_are_told_at_once_in_the_order_of_lines(
    told: Callable[..., list[str]],
) -> None:
    text = """\
        http: {listn: "127.0.0.1:1"}
        sites:
          a:
            voltage: 4000
            import_kw: 200
            import_kw: 300
            circuits: {main: {parent: man}}
          b: {voltage: 400, import_kw: -1}
          c: {voltage: 400, import_kw: 1, stations: {C-1: {max_a: 32}}}
        """

    assert told(text) == [
        "main.yaml:1:8: unknown key 'listn'; did you mean 'listen'? [http.listn]",
        "main.yaml:4:14: must be 1000 or less [sites.a.voltage]",
        "main.yaml:6:5: duplicate key 'import_kw': first at line 5, column 5 [sites.a.import_kw]",
        "main.yaml:8:32: must be 0 or more [sites.b.import_kw]",
        (
            "main.yaml:9:32: standing profiles do not fit: 1 EVSE 4.573 kW + loads 0 kW ="
            " 4.573 kW, more than import_kw 1: lower offline_a [sites.c.import_kw]"
        ),
    ]


def test_an_unknown_key_hides_no_sum_that_does_not_fit(told: Callable[..., list[str]]) -> None:
    text = SITE.replace("import_kw: 200", "import_kw: 2, import_kv: 200")

    assert [line.split(": ", 2)[1][:30] for line in told(text)] == [
        "standing profiles do not fit",
        "unknown key 'import_kv'; did y",
    ]


@given(st.text(max_size=200))
def test_no_text_makes_loading_fail(text: str) -> None:
    with TemporaryDirectory() as folder:
        main = Path(folder, "main.yaml")
        main.write_text(text, encoding="utf-8")

        assert isinstance(load(main, {}), Loaded | Rejected)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_damage_to_the_example_makes_loading_fail(data: st.DataObject) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    at = data.draw(st.integers(min_value=0, max_value=len(text)))
    until = data.draw(st.integers(min_value=at, max_value=min(at + 40, len(text))))
    instead = data.draw(
        st.sampled_from(["", "{", "]", "~", "true", "-1", "{a: b}", "'x'", "&a *a"])
    )
    with TemporaryDirectory() as folder:
        main = Path(folder, "main.yaml")
        main.write_text(text[:at] + instead + text[until:], encoding="utf-8")

        assert isinstance(load(main, {}), Loaded | Rejected)
