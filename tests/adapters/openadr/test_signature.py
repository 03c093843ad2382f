"""Signatures: openleadr and we accept each other's, and nothing forged, wrapped or replayed."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from openleadr import messaging
from signxml.algorithms import CanonicalizationMethod, SignatureConstructionMethod
from signxml.signer import XMLSigner

from gridbridge.domain.units import Instant
from gridbridge_openadr.namespaces import DS, DSP, ds, dsp, ei, oadr
from gridbridge_openadr.signature import (
    Nonces,
    RefusedSignatureError,
    Signer,
    Verifier,
    full_fingerprint,
)
from gridbridge_openadr.times import write_instant
from gridbridge_openadr.v2b import render
from gridbridge_openadr.xml_guard import guard
from tests.adapters.openadr.bench import NOW, OK
from tests.adapters.openadr.certificates import Identity, identity

VTN = {kind: identity("vtn", kind=kind) for kind in ("ec", "rsa")}
OTHER = identity("somebody else")


def signed(by: Identity, *, ven: str = "genuine", at: Instant = NOW, nonce: str = "n1") -> bytes:
    """A signed message in which the VEN id is `ven`."""
    signer = Signer(certificate=by.certificate_pem, key=by.key_pem)
    return render.seal(render.poll(ven_id=ven), signer=signer, nonce=nonce, now=at)


def signed_in_place(by: Identity, *, at: Instant = NOW, nonce: str = "n1") -> bytes:
    """The same as many VTNs do it: namespaces on the root, exclusive canonicalisation."""
    inner = render.poll(ven_id="genuine")
    root = etree.Element(oadr("oadrPayload"), nsmap=inner.nsmap | {"ds": DS, "dsp": DSP})
    root.append(inner)
    protect = etree.Element(dsp("ReplayProtect"), nsmap={"dsp": DSP})
    etree.SubElement(protect, dsp("timestamp")).text = write_instant(at)
    etree.SubElement(protect, dsp("nonce")).text = nonce
    is_ec = isinstance(by.key, ec.EllipticCurvePrivateKey)
    signer = XMLSigner(
        method=SignatureConstructionMethod.detached,
        signature_algorithm="ecdsa-sha256" if is_ec else "rsa-sha256",
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    signature = signer.sign(
        root,
        key=by.key,
        cert=[by.certificate],
        reference_uri="#oadrSignedObject",
        signature_properties=protect,
    )
    root.insert(0, signature)
    return etree.tostring(root)


def verifier(pinned: Identity, *, since: Instant = NOW) -> Verifier:
    return Verifier(fingerprint=pinned.fingerprint, nonces=Nonces(since=since))


def ven_id(element: etree._Element) -> str | None:
    return element.findtext(f".//{ei('venID')}")


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_openleadr_accepts_what_we_sign(kind: str) -> None:
    now = Instant(round(time.time(), 6))

    tree = messaging.validate_xml_schema(signed(VTN[kind], at=now, nonce=f"ours-{kind}"))

    messaging.validate_xml_signature(tree)


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_we_accept_what_openleadr_signs(kind: str) -> None:
    message = messaging.create_message(
        "oadrResponse",
        cert=VTN[kind].certificate_pem,
        key=VTN[kind].key_pem,
        response=OK,
        ven_id="genuine",
    )
    now = Instant(time.time())

    read = verifier(VTN[kind], since=Instant(now - 5)).signed_object(
        guard(message.encode()), now=now
    )

    assert read.tag == oadr("oadrSignedObject")
    assert ven_id(read) == "genuine"


def test_the_whole_digest_pins_as_well() -> None:
    pinned = Verifier(
        fingerprint=full_fingerprint(VTN["ec"].certificate), nonces=Nonces(since=NOW)
    )

    assert ven_id(pinned.signed_object(guard(signed(VTN["ec"])), now=NOW)) == "genuine"


# --- forged --------------------------------------------------------------------------------------


def unsigned(tree: etree._Element) -> None:
    tree.remove(tree[0])


def tampered(tree: etree._Element) -> None:
    next(tree[1].iter(ei("venID"))).text = "forged"


def tampered_timestamp(tree: etree._Element) -> None:
    next(tree.iter(dsp("timestamp"))).text = "2027-01-15T08:01:00Z"


def tampered_nonce(tree: etree._Element) -> None:
    next(tree.iter(dsp("nonce"))).text = "fresh"


def two_signatures(tree: etree._Element) -> None:
    tree.insert(0, copy.deepcopy(tree[0]))


def wrapped(place: str, identity_of_forged: str | None) -> Callable[[etree._Element], None]:
    """Move the genuine object into the signature and put a forged one in its place."""

    def wrap(tree: etree._Element) -> None:
        genuine = tree[1]
        forged = copy.deepcopy(genuine)
        next(forged.iter(ei("venID"))).text = "forged"
        del forged.attrib[oadr("Id")]
        if identity_of_forged is not None:
            forged.set(oadr("Id"), identity_of_forged)
        corner = tree[0].find(ds(place)) if place == "KeyInfo" else None
        if corner is None:
            corner = etree.SubElement(tree[0], ds("Object"))
        corner.append(genuine)
        tree.append(forged)

    return wrap


def second_protection(tree: etree._Element) -> None:
    """Place an unsigned ReplayProtect with a fresh stamp before the signed one."""
    fresh = etree.Element(ds("Object"), nsmap={"ds": DS})
    protect = copy.deepcopy(next(tree.iter(dsp("ReplayProtect"))))
    next(protect.iter(dsp("nonce"))).text = "fresh"
    fresh.append(protect)
    tree[0].insert(0, fresh)


def moved_protection(tree: etree._Element) -> None:
    """Take the ReplayProtect out of what is signed."""
    etree.SubElement(tree[0], ds("Object")).append(next(tree.iter(dsp("ReplayProtect"))))


def signature_inside(tree: etree._Element) -> None:
    tree[1].append(tree[0])


def no_certificate(tree: etree._Element) -> None:
    key_info = next(tree.iter(ds("KeyInfo")))
    for child in list(key_info):
        key_info.remove(child)


def broken_certificate(tree: etree._Element) -> None:
    next(tree.iter(ds("X509Certificate"))).text = "AAAA"


def foreign_certificate(tree: etree._Element) -> None:
    genuine = guard(signed(OTHER))
    for mine, theirs in zip(
        tree.iter(ds("X509Certificate")), genuine.iter(ds("X509Certificate")), strict=True
    ):
        mine.text = theirs.text


def no_reference_to_the_object(tree: etree._Element) -> None:
    info = next(tree.iter(ds("SignedInfo")))
    info.remove(next(info.iter(ds("Reference"))))


def weak_digest(tree: etree._Element) -> None:
    for method in tree.iter(ds("DigestMethod")):
        method.set("Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1")


def no_value(tree: etree._Element) -> None:
    next(tree.iter(ds("SignatureValue"))).text = None


FORGERIES: dict[str, tuple[Callable[[etree._Element], None], str]] = {
    "unsigned": (unsigned, "unsigned"),
    "tampered": (tampered, "bad_signature"),
    "tampered timestamp": (tampered_timestamp, "bad_signature"),
    "tampered nonce": (tampered_nonce, "bad_signature"),
    "two signatures": (two_signatures, "wrapped"),
    "second ReplayProtect": (second_protection, "wrapped"),
    "moved ReplayProtect": (moved_protection, "bad_signature"),
    "signature inside the object": (signature_inside, "wrapped"),
    "no certificate": (no_certificate, "other_certificate"),
    "broken certificate": (broken_certificate, "other_certificate"),
    "somebody else's certificate": (foreign_certificate, "other_certificate"),
    "no reference to the object": (no_reference_to_the_object, "bad_signature"),
    "weak digest": (weak_digest, "bad_signature"),
    "no value": (no_value, "bad_signature"),
} | {
    f"wrapped in {place}, forged Id {forged}": (wrapped(place, forged), "wrapped")
    for place in ("KeyInfo", "Object")
    for forged in (None, "other", "oadrSignedObject")
}


LAYOUTS = {"by openleadr's way": signed, "in place": signed_in_place}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_what_is_read_is_what_was_signed(layout: Callable[[Identity], bytes], kind: str) -> None:
    read = verifier(VTN[kind]).signed_object(guard(layout(VTN[kind])), now=NOW)

    assert read.tag == oadr("oadrSignedObject")
    assert ven_id(read) == "genuine"


@pytest.mark.parametrize(("forge", "reason"), FORGERIES.values(), ids=FORGERIES.keys())
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_nothing_forged_or_wrapped_is_accepted(
    forge: Callable[[etree._Element], None],
    reason: str,
    layout: Callable[[Identity], bytes],
    kind: str,
) -> None:
    tree = guard(layout(VTN[kind]))
    forge(tree)

    with pytest.raises(RefusedSignatureError) as refused:
        verifier(VTN[kind]).signed_object(guard(etree.tostring(tree)), now=NOW)

    assert refused.value.reason == reason


@pytest.mark.parametrize("place", ["KeyInfo", "Object"])
def test_a_verifier_that_trusts_any_valid_signature_would_take_the_wrapped_one(
    place: str,
) -> None:
    now = Instant(time.time())
    tree = guard(signed_in_place(VTN["ec"], at=now, nonce=f"wrapped-{place}"))
    wrapped(place, None)(tree)
    tree = guard(etree.tostring(tree))

    messaging.validate_xml_signature(tree)

    assert ven_id(tree[-1]) == "forged"


def test_somebody_elses_signature_is_refused() -> None:
    with pytest.raises(RefusedSignatureError, match="other_certificate"):
        verifier(VTN["ec"]).signed_object(guard(signed(OTHER)), now=NOW)


# --- replayed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("skew_s", "accepted"),
    [
        (-360, False),
        (-301, False),
        (-299, True),
        (0, True),
        (299, True),
        (301, False),
        (360, False),
    ],
)
def test_a_stamp_may_be_five_minutes_off_either_way(
    skew_s: float,
    accepted: bool,  # noqa: FBT001 - a table's column
) -> None:
    tree = guard(signed(VTN["ec"], at=Instant(NOW + skew_s)))
    ours = verifier(VTN["ec"], since=Instant(NOW - 1000))

    if accepted:
        ours.signed_object(tree, now=NOW)
    else:
        with pytest.raises(RefusedSignatureError, match="clock_skew"):
            ours.signed_object(tree, now=NOW)


def test_a_replay_is_refused_and_a_new_nonce_is_not() -> None:
    ours = verifier(VTN["ec"])
    ours.signed_object(guard(signed(VTN["ec"])), now=NOW)

    with pytest.raises(RefusedSignatureError, match="replayed"):
        ours.signed_object(guard(signed(VTN["ec"])), now=Instant(NOW + 299))
    ours.signed_object(guard(signed(VTN["ec"], nonce="n2")), now=NOW)


def test_a_replay_is_refused_after_a_restart() -> None:
    captured = guard(signed(VTN["ec"]))
    verifier(VTN["ec"]).signed_object(captured, now=NOW)
    restarted = verifier(VTN["ec"], since=Instant(NOW + 2))

    with pytest.raises(RefusedSignatureError, match="replayed"):
        restarted.signed_object(captured, now=Instant(NOW + 3))


def test_nonces_are_forgotten_once_their_stamp_would_not_pass() -> None:
    nonces = Nonces(since=NOW)
    for second in range(5_000):
        now = Instant(NOW + second)
        assert nonces.first_use(f"n{second}", signed=now, now=now)

    assert len(nonces._seen) <= 602


def test_keys_that_cannot_sign_are_refused_by_name() -> None:
    key = ed25519.Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    with pytest.raises(TypeError, match="RSA and EC"):
        Signer(certificate=OTHER.certificate_pem, key=key)
