"""Times and durations: tolerant in reading, strict in writing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from gridbridge.domain.units import FOREVER, Instant, Seconds
from gridbridge_openadr.times import (
    InvalidTimeError,
    read_duration,
    read_instant,
    write_duration,
    write_instant,
)

NEW_YEAR = 1_767_225_600.0


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        pytest.param("2026-01-01T00:00:00Z", NEW_YEAR, id="UTC"),
        pytest.param("2026-01-01T00:00:00.25Z", NEW_YEAR + 0.25, id="fraction"),
        pytest.param("2026-01-01T00:00:00.123456Z", NEW_YEAR + 0.123456, id="microseconds"),
        pytest.param("2026-01-01T00:00:00.Z", NEW_YEAR, id="the schema's empty fraction"),
        pytest.param("2026-01-01T00:00:00+00:00", NEW_YEAR, id="offset zero"),
        pytest.param("2025-12-31T19:00:00-05:00", NEW_YEAR, id="behind UTC"),
        pytest.param("2026-01-01T05:30:00+05:30", NEW_YEAR, id="ahead of UTC"),
        pytest.param(" 2026-01-01T00:00:00Z\n", NEW_YEAR, id="blanks around it"),
    ],
)
def test_instants_are_read(text: str, instant: float) -> None:
    assert read_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-01T00:00:00",
        "2026-01-01",
        "2026-02-30T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:00+25:00",
        "0000-01-01T00:00:00Z",
        "12026-01-01T00:00:00Z",
        "\u0662026-01-01T00:00:00Z",
        "now",
    ],
)
def test_what_names_no_instant_is_refused(text: str) -> None:
    with pytest.raises(InvalidTimeError):
        read_instant(text)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        pytest.param("PT1H", NEW_YEAR + 3600, id="hour"),
        pytest.param("P1DT2H3M4S", NEW_YEAR + 93_784, id="mixed"),
        pytest.param("PT0.5S", NEW_YEAR + 0.5, id="fraction"),
        pytest.param("P1W", NEW_YEAR + 604_800, id="week"),
        pytest.param("1W", NEW_YEAR + 604_800, id="the schema's week without P"),
        pytest.param("+PT5M", NEW_YEAR + 300, id="plus"),
        pytest.param("P", NEW_YEAR, id="bare P"),
        pytest.param("PT0S", NEW_YEAR, id="zero"),
        pytest.param("P1M", NEW_YEAR + 31 * 86_400, id="January's month"),
        pytest.param("P2Y3M", 1_838_160_000.0, id="years and months by the calendar"),
        pytest.param("P9999Y", FOREVER, id="beyond the calendar in years"),
        pytest.param("P999999999D", FOREVER, id="beyond the calendar in days"),
    ],
)
def test_durations_end_where_the_calendar_says(text: str, end: float) -> None:
    assert read_duration(text).after(Instant(NEW_YEAR)) == end


def test_a_month_after_the_31st_ends_on_the_last_day_of_a_shorter_one() -> None:
    start = read_instant("2024-01-31T12:00:00Z")

    assert read_duration("P1M").after(start) == read_instant("2024-02-29T12:00:00Z")


@pytest.mark.parametrize("text", ["", "5", "PT", "-P", "P0D"])
def test_zero_is_zero_however_spelt_and_nothing_is_no_duration(text: str) -> None:
    if text in {"", "5"}:
        with pytest.raises(InvalidTimeError):
            read_duration(text)
    else:
        assert read_duration(text).zero


@pytest.mark.parametrize("text", ["-PT5M", "P-5M", "W", "1D", "PT5", "P1H", "P\u0661D", "forever"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(InvalidTimeError):
        read_duration(text)


def test_a_length_in_months_alone_is_not_a_number_of_seconds() -> None:
    with pytest.raises(InvalidTimeError):
        read_duration("P1M").in_seconds()


@tried(deadline=None)
@given(st.integers(min_value=0, max_value=250_000_000_000_000_000))
def test_what_is_written_is_read_back(microseconds: int) -> None:
    instant = Instant(microseconds // 10**6 + 0.5)

    assert read_instant(write_instant(instant)) == instant


@tried(deadline=None)
@given(st.integers(min_value=0, max_value=10**9))
def test_durations_are_written_in_whole_seconds(seconds: int) -> None:
    length = Seconds(float(seconds))

    assert read_duration(write_duration(length)).in_seconds() == length


@tried(deadline=None)
@given(st.text(alphabet="PT0123456789YMDHSW.+-", max_size=20))
def test_no_text_does_anything_but_be_read_or_refused(text: str) -> None:
    for read in (read_duration, read_instant):
        try:
            read(text)
        except InvalidTimeError:
            continue
