"""XML signatures of OpenADR 2.0b ("high" security): ours made, the VTN's verified.

    oadrPayload
    ├── ds:Signature
    │   ├── ds:SignedInfo ── references #oadrSignedObject and #prop
    │   ├── ds:KeyInfo ── the signer's certificate
    │   └── ds:Object #prop ── ReplayProtect: timestamp, nonce
    └── oadrSignedObject

A verifier that asks only "is there a valid signature?" can be handed the genuine object in a
corner and a forged one in its place. So the shape is checked first, and what is read afterwards
is what the signature covers, never the message around it.
"""

from __future__ import annotations

import hashlib
import math
from base64 import b64decode
from binascii import Error as Base64Error
from collections import OrderedDict
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureConstructionMethod, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from gridbridge.domain.units import Instant, Seconds
from gridbridge_openadr.namespaces import DSP, OADR, ds, dsp, oadr
from gridbridge_openadr.times import InvalidTimeError, read_instant, write_instant
from gridbridge_openadr.xml_guard import RefusedXmlError

MAX_SKEW: Final = Seconds(300.0)
"""How far a signature's time stamp may be off, either way."""

_SIGNED: Final = oadr("oadrSignedObject")
_PROTECT: Final = dsp("ReplayProtect")


class RefusedSignatureError(RefusedXmlError):
    """A message whose signature is missing, forged, replayed, or covers something else."""


class Nonces:
    """Which time stamps and nonces were seen, for as long as their stamp would pass.

    What was signed before `since` is refused, so that a replay does not outlive a restart.
    """

    def __init__(self, *, since: Instant) -> None:
        # Stamps may carry whole seconds only.
        self._since = math.floor(since)
        self._seen: OrderedDict[tuple[Instant, str], Instant] = OrderedDict()

    def first_use(self, nonce: str, *, signed: Instant, now: Instant) -> bool:
        """Remember the pair and tell whether it is new."""
        while self._seen and next(iter(self._seen.values())) < now - 2 * MAX_SKEW:
            self._seen.popitem(last=False)
        if signed < self._since or (signed, nonce) in self._seen:
            return False
        self._seen[signed, nonce] = now
        return True


class Signer:
    """Signs what we send with the key of our TLS certificate, RSA or EC."""

    def __init__(self, *, certificate: bytes, key: bytes, password: bytes | None = None) -> None:
        loaded = load_pem_private_key(key, password)
        if isinstance(loaded, rsa.RSAPrivateKey):
            self._method = SignatureMethod.RSA_SHA256
        elif isinstance(loaded, ec.EllipticCurvePrivateKey):
            self._method = SignatureMethod.ECDSA_SHA256
        else:
            raise TypeError("tls: messages can be signed with RSA and EC keys only")
        self._key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = loaded
        # The leaf alone: OpenADR pins certificates by fingerprint, chains say nothing more.
        self._chain = x509.load_pem_x509_certificates(certificate)[:1]

    def sign(self, signed_object: etree._Element, *, nonce: str, now: Instant) -> etree._Element:
        """The ds:Signature that stands before `signed_object` in its payload."""
        signer = XMLSigner(
            method=SignatureConstructionMethod.detached,
            signature_algorithm=self._method,
            c14n_algorithm=CanonicalizationMethod.CANONICAL_XML_1_0,
        )
        # As in the payload around it, so that both canonicalise alike.
        signer.namespaces["oadr"] = OADR
        return signer.sign(
            signed_object,
            key=self._key,
            cert=self._chain,
            reference_uri="#oadrSignedObject",
            signature_properties=_replay_protect(nonce=nonce, now=now),
        )


class Verifier:
    """Accepts what one pinned certificate signed, once, within 300 s of its time stamp."""

    def __init__(self, *, fingerprint: str, nonces: Nonces) -> None:
        self._pinned = fingerprint.replace(":", "").lower()
        self._nonces = nonces

    def signed_object(self, root: etree._Element, *, now: Instant) -> etree._Element:
        """The oadrSignedObject exactly as it was signed.

        Raises RefusedSignatureError: ``unsigned``, ``wrapped``, ``other_certificate``,
        ``bad_signature``, ``not_covered``, ``no_timestamp``, ``clock_skew``, ``replayed``.
        """
        signature = _only_signature(root)
        certificate = self._certificate(signature)
        covered = _verify(root, certificate)
        signed = [xml for xml in covered if xml.tag == _SIGNED]
        properties = [xml for xml in covered if xml.tag == ds("Object")]
        if len(signed) != 1 or len(properties) != 1:
            raise RefusedSignatureError("not_covered")
        self._check_replay(properties[0], now=now)
        return signed[0]

    def _certificate(self, signature: etree._Element) -> x509.Certificate:
        for element in signature.iterfind(
            f"{ds('KeyInfo')}/{ds('X509Data')}/{ds('X509Certificate')}"
        ):
            try:
                certificate = x509.load_der_x509_certificate(b64decode(element.text or ""))
            except (ValueError, Base64Error):
                continue
            if self._pinned in {fingerprint(certificate), full_fingerprint(certificate)}:
                return certificate
        raise RefusedSignatureError("other_certificate")

    def _check_replay(self, properties: etree._Element, *, now: Instant) -> None:
        protects = list(properties.iter(_PROTECT))
        if len(protects) != 1:
            raise RefusedSignatureError("not_covered", "ReplayProtect")
        nonce = protects[0].findtext(dsp("nonce"))
        try:
            signed = read_instant(protects[0].findtext(dsp("timestamp")) or "")
        except InvalidTimeError as error:
            raise RefusedSignatureError("no_timestamp", str(error)) from None
        if not nonce:
            raise RefusedSignatureError("no_timestamp", "nonce")
        if abs(now - signed) > MAX_SKEW:
            raise RefusedSignatureError("clock_skew", f"{now - signed:.0f} s")
        if not self._nonces.first_use(nonce, signed=signed, now=now):
            raise RefusedSignatureError("replayed")


def fingerprint(certificate: x509.Certificate) -> str:
    """OpenADR's fingerprint: the last 10 bytes of the certificate's SHA-256, 20 hex digits."""
    return full_fingerprint(certificate)[-20:]


def full_fingerprint(certificate: x509.Certificate) -> str:
    """The certificate's SHA-256, 64 hex digits."""
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def _only_signature(root: etree._Element) -> etree._Element:
    """The signature, once everything stands once and where it belongs."""
    signatures = list(root.iter(ds("Signature")))
    if not signatures:
        raise RefusedSignatureError("unsigned")
    objects = list(root.iter(_SIGNED))
    protects = list(root.iter(_PROTECT))
    if len(signatures) != 1 or len(objects) != 1 or len(protects) != 1:
        raise RefusedSignatureError("wrapped", "an element stands twice or not at all")
    if signatures[0].getparent() is not root or objects[0].getparent() is not root:
        raise RefusedSignatureError("wrapped", "an element stands in another's place")
    return signatures[0]


def _verify(root: etree._Element, certificate: x509.Certificate) -> list[etree._Element]:
    """What the signature covers, as signed."""
    try:
        results = XMLVerifier().verify(
            root,
            x509_cert=certificate,
            expect_config=SignatureConfiguration(location="./", expect_references=2),
        )
    # The library shows what it does not expect by whatever its own code stumbles over.
    except (
        SignXMLException,
        UnsupportedAlgorithm,
        etree.LxmlError,
        ValueError,
        TypeError,
        AttributeError,
        AssertionError,
        KeyError,
    ) as error:
        raise RefusedSignatureError("bad_signature", type(error).__name__) from None
    if isinstance(results, VerifyResult):
        raise AssertionError("two references were expected")  # noqa: TRY004 - cannot happen
    return [result.signed_xml for result in results if result.signed_xml is not None]


def _replay_protect(*, nonce: str, now: Instant) -> etree._Element:
    protect = etree.Element(_PROTECT, nsmap={"dsp": DSP})
    etree.SubElement(protect, dsp("timestamp")).text = write_instant(now)
    etree.SubElement(protect, dsp("nonce")).text = nonce
    return protect
