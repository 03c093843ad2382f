"""The server's side of TLS."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridbridge_ocpp.settings import Certificate

# OCPP 2.1 part 2, A00.FR.317, .318: AES128-GCM-SHA256 and AES256-GCM-SHA384 after ECDHE-ECDSA and
# after RSA alone; after ECDHE-RSA too, which is better. This is of TLS 1.2: 1.3 has its own list.
_SUITES = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:"
    "AES128-GCM-SHA256:AES256-GCM-SHA384"
)


def server_context(certificates: Iterable[Certificate]) -> ssl.SSLContext:
    """TLS 1.2 and up with the suites of the standard, without compression.

    Raises OSError or ssl.SSLError where a certificate or key cannot be read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION
    context.set_ciphers(_SUITES)
    for each in certificates:
        context.load_cert_chain(each.certificate, each.key)
    return context
