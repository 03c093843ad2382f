"""Whoever runs the gateway hears in time that a certificate ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridbridge.domain.units import Instant, Seconds
from gridbridge.testing import VirtualClock
from gridbridge_scheduler.certificates import DAY, CertificateWatch
from tests.adapters.openadr.certificates import identity

NAME = "ven/utility-a"


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """A certificate of ours and the one that vouches for it."""
    authority = identity("authority")
    ours = identity("ours", issuer=authority)
    return put(tmp_path / "ours.pem", ours.certificate_pem, authority.certificate_pem)


def put(file: Path, *parts: bytes) -> Path:
    file.write_bytes(b"".join(parts))
    return file


def read(file: Path) -> bytes:
    return file.read_bytes()


def watch(file: Path, now: float) -> CertificateWatch:
    return CertificateWatch({NAME: file}, VirtualClock(Instant(now)))


async def end_of(chain: Path) -> float:
    looking = watch(chain, 0.0)
    await looking.look()
    return looking.expires[NAME]


async def test_below_thirty_days_the_log_says_so_and_before_it_is_silent(
    chain: Path, caplog: pytest.LogCaptureFixture
) -> None:
    end = await end_of(chain)

    await watch(chain, end - 31 * DAY).look()
    assert not caplog.records

    await watch(chain, end - 29.5 * DAY).look()
    assert "certificate_ends" in caplog.text
    assert "days_left=29.5" in caplog.text


async def test_the_first_of_a_chain_to_end_counts(tmp_path: Path, chain: Path) -> None:
    end = await end_of(chain)
    later = identity("later", days=400)
    both = put(tmp_path / "both.pem", later.certificate_pem, read(chain))

    assert await end_of(both) == end


async def test_one_that_cannot_be_read_has_no_end_and_is_logged_once(
    chain: Path, caplog: pytest.LogCaptureFixture
) -> None:
    looking = watch(chain, 0.0)
    await looking.look()
    put(chain, b"half a fi")

    await looking.look()
    await looking.look()

    assert not looking.expires
    assert caplog.text.count("certificate_unreadable") == 1


async def test_one_that_was_renewed_is_seen_at_the_next_look(chain: Path) -> None:
    looking = watch(chain, 0.0)
    await looking.look()
    before = looking.expires[NAME]
    put(chain, identity("renewed", days=400).certificate_pem)

    await looking.look()

    assert looking.expires[NAME] > Seconds(before + 300 * DAY)


async def test_what_cannot_be_read_holds_up_no_other(tmp_path: Path, chain: Path) -> None:
    files = {"ocpp/0.0.0.0:9000/1": tmp_path / "gone.pem", NAME: chain}
    looking = CertificateWatch(files, VirtualClock(Instant(0.0)))

    await looking.look()

    assert set(looking.expires) == {NAME}
