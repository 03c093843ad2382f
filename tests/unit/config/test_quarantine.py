"""Which errors leave one site file out, and which reject the whole configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gridbridge.config import Loaded, Rejected, load, load_to_run

Write = Callable[[str, str], Path]

MAIN = "gateway: {include: [sites/*.yaml]}\n"


def site(name: str, station: str = "", *, keys: str = "voltage: 400, import_kw: 200") -> str:
    station = station or f"CP-{name}"
    return f"sites: {{{name}: {{{keys}, stations: {{{station}: {{max_a: 32}}}}}}}}\n"


@pytest.fixture
def run(write: Write) -> Callable[..., Loaded | Rejected]:
    """What ``gridbridge run`` makes of a main file and others."""

    def load_files(
        main: str, files: Mapping[str, str], environment: Mapping[str, str] | None = None
    ) -> Loaded | Rejected:
        for name, text in files.items():
            write(name, text)
        path = write("main.yaml", main)
        strict = load(path, environment or {})
        result = load_to_run(path, environment or {})
        # Validation is never milder than a run.
        assert isinstance(strict, Rejected) == (
            isinstance(result, Rejected) or bool(result.quarantined)
        )
        return result

    return load_files


def told(quarantined_or_rejected: Loaded | Rejected, folder: Path) -> list[str]:
    it = quarantined_or_rejected
    groups = [it.problems] if isinstance(it, Rejected) else [q.problems for q in it.quarantined]
    return [str(problem).replace(f"{folder}/", "") for group in groups for problem in group]


GOOD = site("good")
BAD_FILES = [
    pytest.param(site("bad", keys="voltage: 400"), "1:9: 'import_kw' is missing", id="a value"),
    pytest.param(
        site("bad", keys="volts: 1, voltage: 400, import_kw: 200"),
        "1:15: unknown key 'volts'",
        id="a key",
    ),
    pytest.param("sites:\n  bad: {\n", "not valid YAML", id="no YAML"),
    pytest.param("", "1:1: the file is empty", id="nothing"),
    pytest.param("sites: 3\n", "1:8: 'sites' must be a mapping", id="no mapping"),
    pytest.param("sites: {bad: }\n", "1:9: 'bad' has no value", id="no site"),
    pytest.param(
        site("bad", keys="voltage: 400, import_kw: 200, programs: {x: {}}"),
        "there is no program 'x'",
        id="a name that leads nowhere",
    ),
    pytest.param(
        site("bad", keys="voltage: 400, import_kw: 1"),
        "standing profiles do not fit",
        id="a sum that does not fit",
    ),
]


@pytest.mark.parametrize(("bad", "words"), BAD_FILES)
def test_a_bad_site_file_is_left_out_alone(
    run: Callable[..., Loaded | Rejected], tmp_path: Path, bad: str, words: str
) -> None:
    result = run(MAIN, {"sites/a-bad.yaml": bad, "sites/b.yaml": GOOD})

    assert isinstance(result, Loaded), told(result, tmp_path)
    assert [each.id for each in result.sites] == ["good"]
    assert [each.file for each in result.quarantined] == [str(tmp_path / "sites/a-bad.yaml")]
    assert any(f"sites/a-bad.yaml:{words}" in it or words in it for it in told(result, tmp_path))


MODEL = "models: {m: {max_a: 32}}\n"


@pytest.mark.parametrize(
    ("main", "files", "words"),
    [
        pytest.param(
            f"{MAIN}http: {{listne: x}}\n",
            {"sites/a.yaml": GOOD},
            "main.yaml:2:8: unknown key 'listne'",
            id="in the main file",
        ),
        pytest.param(
            MAIN + site("bad", keys="voltage: 400"),
            {"sites/a.yaml": GOOD},
            "main.yaml:2:9: 'import_kw' is missing",
            id="in a site of the main file",
        ),
        pytest.param(
            MAIN,
            {"sites/a.yaml": GOOD, "sites/b.yaml": MODEL + site("bad", keys="voltage: 400")},
            "sites/b.yaml:2:9: 'import_kw' is missing",
            id="in a file that holds more than sites",
        ),
        pytest.param(
            MAIN,
            {"sites/a.yaml": GOOD, "sites/b.yaml": f"sites: {{\n{MODEL}"},
            "sites/b.yaml",
            id="in one that cannot be read and names more than sites",
        ),
        pytest.param(
            MAIN,
            {"sites/a.yaml": GOOD, "sites/b.yaml": "sits: {}\n"},
            "sites/b.yaml:1:1: unknown key 'sits'",
            id="in one that holds nobody knows what",
        ),
        pytest.param(
            "gateway: {include: [sites/a.yaml, sites/none.yaml]}\n",
            {"sites/a.yaml": GOOD},
            "'sites/none.yaml' names no file",
            id="a file that is not there",
        ),
        pytest.param(
            f"{MAIN}http: {{listne: x}}\n",
            {"sites/a.yaml": GOOD, "sites/b.yaml": site("bad", keys="voltage: 400")},
            "sites/b.yaml:1:9: 'import_kw' is missing",
            id="in the main file, beside a bad site file",
        ),
    ],
)
def test_an_error_elsewhere_rejects_everything(
    run: Callable[..., Loaded | Rejected],
    tmp_path: Path,
    *,
    main: str,
    files: Mapping[str, str],
    words: str,
) -> None:
    result = run(main, files)

    assert isinstance(result, Rejected)
    assert any(words in line for line in told(result, tmp_path))


def test_an_error_of_the_environment_rejects_everything(
    run: Callable[..., Loaded | Rejected],
) -> None:
    result = run(MAIN, {"sites/a.yaml": GOOD}, {"GRIDBRIDGE_SITES__GOOD__IMPORT_KW": "much"})

    assert isinstance(result, Rejected)


def test_an_override_of_a_site_that_is_left_out_does_no_harm(
    run: Callable[..., Loaded | Rejected],
) -> None:
    result = run(
        MAIN,
        {"sites/a.yaml": GOOD, "sites/b.yaml": site("bad", keys="voltage: 400, volts: 1")},
        {"GRIDBRIDGE_SITES__BAD__IMPORT_KW": "100"},
    )

    assert isinstance(result, Loaded)
    assert len(result.quarantined) == 1


@pytest.mark.parametrize(
    ("main", "files", "left", "out"),
    [
        pytest.param(
            MAIN,
            {"sites/a.yaml": site("x"), "sites/b.yaml": site("x", "CP-2")},
            [("x", "CP-x")],
            ["sites/b.yaml"],
            id="a site, in the order of names",
        ),
        pytest.param(
            "gateway: {include: [sites/b.yaml, sites/a.yaml]}\n",
            {"sites/a.yaml": site("x"), "sites/b.yaml": site("x", "CP-2")},
            [("x", "CP-2")],
            ["sites/a.yaml"],
            id="a site, in the order written",
        ),
        pytest.param(
            MAIN,
            {"sites/a.yaml": site("x", "CP-1"), "sites/b.yaml": site("y", "CP-1")},
            [("x", "CP-1")],
            ["sites/b.yaml"],
            id="a station",
        ),
        pytest.param(
            MAIN + site("x", "CP-1"),
            {"sites/a.yaml": site("y", "CP-1"), "sites/b.yaml": site("x", "CP-2")},
            [("x", "CP-1")],
            ["sites/a.yaml", "sites/b.yaml"],
            id="of the main file",
        ),
        pytest.param(
            MAIN,
            {
                "sites/a.yaml": site("x", "CP-1"),
                "sites/b.yaml": site("y", "CP-1"),
                "sites/c.yaml": site("z", keys="voltage: 400"),
            },
            [("x", "CP-1")],
            ["sites/b.yaml", "sites/c.yaml"],
            id="a station, hidden behind another error at first",
        ),
    ],
)
def test_of_two_files_with_the_same_name_the_later_is_left_out(
    run: Callable[..., Loaded | Rejected],
    tmp_path: Path,
    *,
    main: str,
    files: Mapping[str, str],
    left: list[tuple[str, str]],
    out: list[str],
) -> None:
    result = run(main, files)

    assert isinstance(result, Loaded), told(result, tmp_path)
    assert [(each.id, station.id) for each in result.sites for station in each.stations] == left
    assert [each.file for each in result.quarantined] == [str(tmp_path / name) for name in out]


def test_a_file_that_two_patterns_match_is_read_once(
    run: Callable[..., Loaded | Rejected],
) -> None:
    result = run("gateway: {include: [sites/a.yaml, sites/*.yaml]}\n", {"sites/a.yaml": GOOD})

    assert isinstance(result, Loaded)
    assert result.quarantined == ()


def test_what_is_left_out_does_not_count_for_the_hash(
    run: Callable[..., Loaded | Rejected],
) -> None:
    alone = run(MAIN, {"sites/a.yaml": GOOD})
    beside = run(MAIN, {"sites/b.yaml": site("bad", keys="voltage: 400")})

    assert isinstance(alone, Loaded)
    assert isinstance(beside, Loaded)
    assert beside.config_hash == alone.config_hash
