"""What was written is known when it is read back, and only then."""

from __future__ import annotations

import pytest

from gridbridge.codec import CodecError, encode_recorded
from gridbridge_redis.own_words import MOST, OwnWords
from tests.contract.samples import recorded


def test_what_was_written_here_is_read_back_as_it_was() -> None:
    words, fact = OwnWords(), recorded(1)

    assert words.decoded(words.encoded(fact)) is fact


def test_what_another_instance_wrote_is_decoded() -> None:
    fact = recorded(2)

    assert OwnWords().decoded(encode_recorded(fact)) == fact


def test_the_same_entry_read_twice_means_the_same() -> None:
    words, fact = OwnWords(), recorded(3)
    document = words.encoded(fact)

    assert words.decoded(document) == words.decoded(document) == fact


def test_what_nobody_reads_is_forgotten_and_still_readable() -> None:
    words = OwnWords()
    documents = [words.encoded(recorded(seq)) for seq in range(MOST + 1)]

    assert words.decoded(documents[0]) == recorded(0)


def test_what_is_no_fact_is_refused() -> None:
    with pytest.raises(CodecError):
        OwnWords().decoded(b"{}")
