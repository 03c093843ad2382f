"""Two servers never get the same address."""

from __future__ import annotations

from collections.abc import Callable

import pytest


def both(http: str, ocpp: str) -> str:
    return "".join(
        f"{server}: {{listen: '{listen}', allow_insecure: true}}\n"
        for server, listen in (("http", http), ("ocpp", ocpp))
    )


@pytest.mark.parametrize(
    ("http", "ocpp"),
    [
        ("127.0.0.1:9000", "127.0.0.1:9000"),
        ("127.0.0.1:9000", "0.0.0.0:9000"),
        ("0.0.0.0:9000", "127.0.0.1:9000"),
        ("localhost:9000", "127.0.0.1:9000"),
        ("[::1]:9000", "localhost:9000"),
        ("localhost:9000", "[::]:9000"),
        ("[::1]:9000", "[::]:9000"),
        ("[::1]:9000", "[0:0:0:0:0:0:0:1]:9000"),
        ("gw.example:9000", "GW.example:9000"),
        ("gw.example:9000", "0.0.0.0:9000"),
    ],
)
def test_a_clash_is_told_with_both_places(
    told: Callable[..., list[str]], http: str, ocpp: str
) -> None:
    assert told(both(http, ocpp)) == [
        (
            f"main.yaml:2:16: {ocpp} clashes with {http}, where http.listen listens at"
            " main.yaml:1:16: give each a port of its own [ocpp.listen]"
        )
    ]


@pytest.mark.parametrize(
    ("http", "ocpp"),
    [
        ("127.0.0.1:9000", "127.0.0.1:9001"),
        ("127.0.0.1:0", "0.0.0.0:0"),
        ("127.0.0.1:9000", "127.0.0.2:9000"),
        # IPv6's any-address leaves IPv4 alone.
        ("127.0.0.1:9000", "[::]:9000"),
        ("0.0.0.0:9000", "[::]:9000"),
        ("127.0.0.1:9000", "[::1]:9000"),
        ("gw.example:9000", "other.example:9000"),
    ],
)
def test_what_can_be_listened_on_together_is_no_clash(
    told: Callable[..., list[str]], http: str, ocpp: str
) -> None:
    assert told(both(http, ocpp)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "http: {listen: '127.0.0.1:9000'}\n",
            "main.yaml:1:16: 127.0.0.1:9000 clashes with 127.0.0.1:9000, where ocpp.listen listens"
            " by default: give each a port of its own [http.listen]",
            id="the first is written",
        ),
        pytest.param(
            "ocpp: {listen: '127.0.0.1:8080'}\n",
            "main.yaml:1:16: 127.0.0.1:8080 clashes with 127.0.0.1:8080, where http.listen listens"
            " by default: give each a port of its own [ocpp.listen]",
            id="the second is written",
        ),
    ],
)
def test_a_default_that_clashes_is_told_at_what_is_written(
    told: Callable[..., list[str]], text: str, expected: str
) -> None:
    assert told(text) == [expected]


def test_each_listener_of_several_is_compared_with_all_before(
    told: Callable[..., list[str]],
) -> None:
    text = """\
        http: {listen: "127.0.0.1:9002"}
        ocpp:
          listeners:
            - {listen: "127.0.0.1:9001"}
            - {listen: "0.0.0.0:9002", allow_insecure: true}
            - {listen: "0.0.0.0:9001", allow_insecure: true}
        """

    assert told(text) == [
        (
            "main.yaml:5:16: 0.0.0.0:9002 clashes with 127.0.0.1:9002, where http.listen listens"
            " at main.yaml:1:16: give each a port of its own [ocpp.listeners.1.listen]"
        ),
        (
            "main.yaml:6:16: 0.0.0.0:9001 clashes with 127.0.0.1:9001, where"
            " ocpp.listeners.0.listen listens at main.yaml:4:16: give each a port of its own"
            " [ocpp.listeners.2.listen]"
        ),
    ]


def test_a_clash_from_the_environment_names_the_variable(
    told: Callable[..., list[str]],
) -> None:
    lines = told("ocpp: {listen: '127.0.0.1:9100'}\n", GRIDBRIDGE_HTTP__LISTEN="127.0.0.1:9100")

    assert lines == [
        (
            "main.yaml:1:16: 127.0.0.1:9100 clashes with 127.0.0.1:9100, where http.listen listens"
            " at $GRIDBRIDGE_HTTP__LISTEN: give each a port of its own [ocpp.listen]"
        )
    ]
