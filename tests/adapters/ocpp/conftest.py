"""Certificates of our own, made anew."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gridbridge_ocpp.settings import Certificate


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Certificate, ...]:
    folder = tmp_path_factory.mktemp("tls")
    return (
        _made(folder, "ecdsa", "ec", "ec_paramgen_curve:P-256"),
        _made(folder, "rsa", "rsa", "rsa_keygen_bits:2048"),
    )


def _made(folder: Path, name: str, algorithm: str, option: str) -> Certificate:
    made = Certificate(certificate=folder / f"{name}.pem", key=folder / f"{name}.key")
    subprocess.run(
        (
            *("openssl", "req", "-x509", "-newkey", algorithm, "-pkeyopt", option, "-nodes"),
            *("-days", "1", "-subj", "/CN=localhost"),
            *("-keyout", str(made.key), "-out", str(made.certificate)),
        ),
        check=True,
        capture_output=True,
    )
    return made
