"""The guard against hostile XML: nothing of the attack set passes, and the process lives."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from gridbridge_openadr.xml_guard import MAX_BYTES, RefusedXmlError, guard, off_schema
from tests.adapters.openadr.bench import distribute, event, response

GOOD = response()


def with_doctype(doctype: str, text: str = "&l;") -> bytes:
    """A message whose VEN id is `text`, under that document type."""
    return GOOD.replace(b"?>", f"?>{doctype}".encode(), 1).replace(b">V<", f">{text}<".encode(), 1)


def laughs(depth: int) -> str:
    entities = ['<!ENTITY l0 "ha">']
    entities += [f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, depth)]
    return f"<!DOCTYPE a [{''.join(entities)}]>"


ENTITIES = {
    "one entity": with_doctype('<!DOCTYPE a [<!ENTITY l "hello">]>'),
    "laughs 10^2": with_doctype(laughs(3), "&l2;"),
    "laughs 10^9": with_doctype(laughs(10), "&l9;"),
    "quadratic": with_doctype(f'<!DOCTYPE a [<!ENTITY l "{"x" * 100_000}">]>', "&l;" * 2_000),
    "external entity, file": with_doctype(
        '<!DOCTYPE a [<!ENTITY l SYSTEM "file:///etc/passwd">]>'
    ),
    "external entity, http": with_doctype(
        '<!DOCTYPE a [<!ENTITY l SYSTEM "http://127.0.0.1:9/">]>'
    ),
    "external DTD": with_doctype('<!DOCTYPE a SYSTEM "file:///tmp/a.dtd">', "V"),
    "public DTD": with_doctype('<!DOCTYPE a PUBLIC "-//A//B" "http://127.0.0.1:9/a.dtd">', "V"),
    "parameter entity": with_doctype(
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>', "V"
    ),
    "entity in an attribute": with_doctype('<!DOCTYPE a [<!ENTITY l "2.0b">]>', "V").replace(
        b'schemaVersion="2.0b"', b'schemaVersion="&l;"'
    ),
    "attribute list": with_doctype('<!DOCTYPE a [<!ATTLIST a b CDATA "c">]>', "V"),
    "empty doctype": with_doctype("<!DOCTYPE a>", "V"),
}
ENCODINGS = {
    "UTF-16 with mark": with_doctype('<!DOCTYPE a [<!ENTITY l "x">]>').decode().encode("utf-16"),
    "UTF-16 without mark": with_doctype("<!DOCTYPE a>", "V").decode().encode("utf-16-be"),
    "UTF-32": GOOD.decode().encode("utf-32"),
    "UTF-7 declared": GOOD.replace(b'encoding="utf-8"', b'encoding="utf-7"'),
    "Latin-1 declared": GOOD.replace(b'encoding="utf-8"', b'encoding="iso-8859-1"'),
    "no UTF-8": GOOD.replace(b">V<", b">\xff<"),
    "overlong UTF-8": GOOD.replace(b">V<", b">\xc0\xbc<"),
    "surrogate": GOOD.replace(b">V<", b">\xed\xa0\x80<"),
    "NUL": GOOD.replace(b">V<", b">\0<"),
}
SHAPES = {
    "empty": b"",
    "blank": b" \n\t",
    "lower-case doctype": with_doctype("<!doctype a>", "V"),
    "cut off": GOOD[: len(GOOD) // 2],
    "two roots": GOOD + b"<a/>",
    "undeclared entity": GOOD.replace(b">V<", b">&nbsp;<"),
    "undeclared prefix": GOOD.replace(b"ei:venID", b"no:venID"),
    "1 k nested": b"<a>" * 1_000 + b"</a>" * 1_000,
    "200 k nested": b"<a>" * 200_000 + b"</a>" * 200_000,
    "300 k elements": b"<a>" + b"<b/>" * 300_000 + b"</a>",
    "240 k elements within the size": b"<a>" + b"<b/>" * 240_000 + b"</a>",
    "100 k attributes": b"<a " + b" ".join(b'b%d=""' % i for i in range(80_000)) + b"/>",
    "9 MB of text": b"<a>" + b"x" * 9_000_000 + b"</a>",
    "50 MB of text": b"<a>" + b"x" * 50_000_000 + b"</a>",
}


@pytest.mark.parametrize(
    ("raw", "reasons"),
    [
        *(pytest.param(raw, {"doctype"}, id=name) for name, raw in ENTITIES.items()),
        *(
            pytest.param(raw, {"not_utf8", "nul", "encoding", "malformed"}, id=name)
            for name, raw in ENCODINGS.items()
        ),
        *(
            pytest.param(
                raw,
                {
                    "empty",
                    "malformed",
                    "too_large",
                    "too_deep",
                    "too_many_elements",
                    "too_many_attributes",
                },
                id=name,
            )
            for name, raw in SHAPES.items()
        ),
    ],
)
def test_hostile_xml_is_refused_by_name(raw: bytes, reasons: set[str]) -> None:
    with pytest.raises(RefusedXmlError) as refused:
        guard(raw)

    assert refused.value.reason in reasons


def test_the_whole_attack_set_costs_neither_time_nor_memory() -> None:
    raws = [*ENTITIES.values(), *ENCODINGS.values(), *SHAPES.values()]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Processor time, as the machine may be busy with others.
    started = time.process_time()
    for raw in raws:
        with pytest.raises(RefusedXmlError):
            guard(raw)

    assert (time.process_time() - started) / len(raws) < 0.05
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


def test_a_process_survives_what_crashes_the_parser_with_a_schema() -> None:
    attack = (
        "import sys\n"
        "from gridbridge_openadr.xml_guard import RefusedXmlError, guard, off_schema\n"
        "for raw in sys.stdin.buffer.read().split(b'\\0'):\n"
        "    try:\n"
        "        off_schema(guard(raw))\n"
        "        print('passed')\n"
        "    except RefusedXmlError as error:\n"
        "        print(error.reason)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", attack],
        input=b"\0".join([*ENTITIES.values(), GOOD]),
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().split() == ["doctype"] * len(ENTITIES) + ["passed"]


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(GOOD, id="as it is"),
        pytest.param(b"\xef\xbb\xbf" + GOOD, id="byte order mark"),
        pytest.param(GOOD.partition(b"?>")[2].lstrip(), id="no declaration"),
        pytest.param(GOOD.replace(b"utf-8", b"UTF-8"), id="upper-case encoding"),
        pytest.param(distribute(event()), id="an event"),
    ],
)
def test_a_sound_message_passes_and_fits_its_schema(raw: bytes) -> None:
    assert off_schema(guard(raw)) is None


def test_a_message_off_its_schema_passes_the_guard_and_is_told_apart() -> None:
    tree = guard(GOOD.replace(b"responseCode>200", b"responseCode>OK"))

    assert "responseCode" in str(off_schema(tree))


@pytest.mark.parametrize(
    "split", ["00<!-- -->42", "00<?x y?>42", "00<![CDATA[42]]>", "0&#48;42", "<![CDATA[0042]]>"]
)
def test_no_text_can_be_split(split: str) -> None:
    tree = guard(GOOD.replace(b">V<", f">{split}<".encode()))

    assert [element.text for element in tree.iter("{*}venID")] == ["0042"]


def test_the_size_bound_is_exact() -> None:
    filler = b"<a>%s</a>"
    fits = filler % (b"x" * (MAX_BYTES - 7))

    assert guard(fits).tag == "a"
    with pytest.raises(RefusedXmlError):
        guard(fits + b" ")


@tried(deadline=None)
@given(
    st.binary(max_size=300) | st.text(alphabet="<>!&;[]/a\"'= \n-?", max_size=200).map(str.encode)
)
def test_no_bytes_do_anything_but_pass_or_be_refused(raw: bytes) -> None:
    with suppress(RefusedXmlError):
        off_schema(guard(raw))


@tried(deadline=None)
@given(at=st.integers(0, len(GOOD)), cut=st.integers(0, 40), put=st.binary(max_size=20))
def test_no_damaged_message_does_anything_but_pass_or_be_refused(
    at: int, cut: int, put: bytes
) -> None:
    with suppress(RefusedXmlError):
        off_schema(guard(GOOD[:at] + put + GOOD[at + cut :]))
