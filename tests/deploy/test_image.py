"""The image is really built and run, by buildah, on a Debian that debootstrap laid down.

No container engine and no image registry takes part: the base is Debian 12 with its own Python
3.11 in place of the official image, which is what `ARG BASE` is for.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.deploy.conftest import ROOT, Tool
from tests.packaging.checkout import files

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.deploy, pytest.mark.slow, pytest.mark.timeout(1200)]

BASE = "localhost/debian:bookworm"
IMAGE = "localhost/gridbridge:test"
DEFAULT_MIRROR = "http://deb.debian.org/debian"

# What a machine may need to reach its package index, handed to the build and not kept.
HOST_FILES = ("/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Buildah:
    """buildah with a store of its own, and no rule about who signed an image."""

    tool: Tool
    work: Path

    def __call__(self, command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run one command of buildah."""
        store = f"--root={self.work}/store"
        run = f"--runroot={self.work}/run"
        return self.tool(
            "buildah", "--storage-driver=vfs", store, run, command, *arguments, timeout_s=600
        )

    def build(
        self, context: Path, tag: str, *arguments: str | Path
    ) -> subprocess.CompletedProcess[str]:
        """Build an image in the Docker format: the other one drops HEALTHCHECK."""
        policy = f"--signature-policy={self.work}/policy.json"
        kept = ("--isolation=chroot", "--network=host", "--format=docker", "--pull=never", policy)
        mounts = [f"--volume={file}:{file}:ro" for file in HOST_FILES if Path(file).exists()]
        return self("bud", *kept, *mounts, "-t", tag, *arguments, context)

    def build_project(self, context: Path, tag: str) -> subprocess.CompletedProcess[str]:
        """Build the project's image on the base image."""
        dockerfile = context / "deploy" / "Dockerfile"
        return self.build(context, tag, f"--build-arg=BASE={BASE}", "-f", dockerfile)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a fresh container of the image, as the image's own user."""
        container = self("from", "--pull=never", IMAGE).stdout.strip()
        return self("run", "--isolation", "chroot", container, "--", *command)


def mirror() -> str:
    """The Debian archive this machine itself installs from."""
    archive = re.compile(r"^(?:URIs:|deb(?: \[.*\])?) +(\S+/debian/?)(?:\s|$)", re.MULTILINE)
    sources = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    for source in filter(Path.is_file, sources):
        if found := archive.search(source.read_text(encoding="utf-8")):
            return found[1]
    return DEFAULT_MIRROR


def context_in(folder: Path) -> Path:
    """A copy of what belongs to the project, and nothing that only lies beside it."""
    for path in files():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return folder


@pytest.fixture(scope="module")
def buildah(tool: Tool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buildah]:
    """A buildah whose store holds the base image; the gigabyte is given back."""
    if os.geteuid() != 0:
        (pytest.fail if os.environ.get("CI_REQUIRE_TOOLS") == "1" else pytest.skip)(
            "debootstrap and buildah's chroot isolation need root"
        )
    work = tmp_path_factory.mktemp("image")
    tool("buildah", "--version")  # absent: known before a minute of debootstrap
    (work / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    packages = "--include=python3,python3-venv,ca-certificates"
    root = work / "rootfs"
    laid = tool(
        "debootstrap", "--variant=minbase", packages, "bookworm", root, mirror(), timeout_s=600
    )
    assert laid.returncode == 0, laid.stdout[-2000:]
    (work / "base").mkdir()
    packed = tool("tar", "-C", root, "-cf", work / "base" / "rootfs.tar", ".")
    assert packed.returncode == 0, packed.stdout
    shutil.rmtree(root)
    (work / "base" / "Containerfile").write_text("FROM scratch\nADD rootfs.tar /\n")
    program = Buildah(tool=tool, work=work)
    built = program.build(work / "base", BASE)
    assert built.returncode == 0, built.stdout[-2000:]
    yield program
    program("rm", "--all")
    shutil.rmtree(work)


@pytest.fixture(scope="module")
def image(buildah: Buildah, tmp_path_factory: pytest.TempPathFactory) -> Buildah:
    """A buildah whose store holds the project's image too."""
    context = context_in(tmp_path_factory.mktemp("context"))
    built = buildah.build_project(context, IMAGE)
    assert built.returncode == 0, built.stdout[-4000:]
    return buildah


def test_the_command_runs_in_the_image(image: Buildah) -> None:
    ended = image.run("/app/bin/gridbridge", "--help")

    assert ended.returncode == 0, ended.stdout
    assert ended.stdout.startswith("Usage: gridbridge")


def test_it_runs_as_nobody_in_particular(image: Buildah) -> None:
    assert image.run("id", "-u").stdout.strip() == "10001"
    assert image.run("touch", "/var/lib/gridbridge/mine").returncode == 0
    assert image.run("touch", "/app/mine").returncode != 0


def test_the_health_check_is_in_the_image_and_fails_where_nobody_serves(image: Buildah) -> None:
    config = json.loads(image("inspect", "--type", "image", IMAGE).stdout)["Docker"]["config"]
    word, *command = config["Healthcheck"]["Test"]
    check = image.run(*command)

    assert config["User"] == "10001:10001"
    assert word == "CMD"
    assert "/livez" in command[-1]
    assert check.returncode != 0
    assert "URLError" in check.stdout


def test_a_package_that_is_not_the_locked_one_is_refused(buildah: Buildah, tmp_path: Path) -> None:
    context = context_in(tmp_path)
    lock = context / "requirements.lock"
    digest = re.compile(r"sha256:[0-9a-f]{8}")
    lock.write_text(digest.sub("sha256:00000000", lock.read_text(encoding="utf-8")))

    built = buildah.build_project(context, "localhost/gridbridge:forged")

    assert built.returncode != 0
    assert "DO NOT MATCH THE HASHES" in built.stdout
