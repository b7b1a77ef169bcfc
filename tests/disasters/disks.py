"""Disks of the tests' own: on a loop device, in memory, or read-only; for root alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _must(*command: str | Path) -> None:
    """Run a command; skip the test, loudly, where this machine does not let it."""
    name = str(command[0])
    if os.geteuid() != 0 or shutil.which(name) is None:
        pytest.skip(f"NOT TESTED: {name} needs root and to be installed")
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"NOT TESTED: this machine refuses {name}: {done.stderr.strip()}")


def unmount(place: Path) -> None:
    """Unmount; processes that were just killed may still hold it for a moment."""
    for _ in range(200):
        done = subprocess.run(["umount", str(place)], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        time.sleep(0.05)
    raise AssertionError(done.stderr)


class Disk:
    """An ext4 file system in a file, whose power can be cut.

    `noauto_da_alloc` takes away what ext4 does for programs that forget to sync.

    Args:
        image: the file.
        place: where it is mounted.
    """

    def __init__(self, image: Path, place: Path, megabytes: int) -> None:
        self._image, self.place = image, place
        with image.open("wb") as file:
            file.truncate(megabytes << 20)
        _must("mkfs.ext4", "-q", "-F", image)
        place.mkdir()
        self.on()

    def on(self) -> None:
        """Mount it, which replays its journal."""
        _must("mount", "-o", "loop,noauto_da_alloc,commit=300", self._image, self.place)

    def off(self) -> None:
        """Unmount it."""
        unmount(self.place)


@contextmanager
def ext4(folder: Path, megabytes: int = 64) -> Iterator[Disk]:
    """Give a disk, as long as the block lasts."""
    disk = Disk(folder / "disk.image", folder / "disk", megabytes)
    try:
        yield disk
    finally:
        disk.off()


@contextmanager
def memory(place: Path, kilobytes: int) -> Iterator[Path]:
    """Give a small file system in memory."""
    place.mkdir()
    _must("mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", place)
    try:
        yield place
    finally:
        unmount(place)


def resize(place: Path, kilobytes: int) -> None:
    """Make a file system in memory larger."""
    _must("mount", "-o", f"remount,size={kilobytes}k", place)


@contextmanager
def read_only(folder: Path) -> Iterator[Path]:
    """Let nobody write to a folder: by its permissions or, as these do not bind root, a mount."""
    if os.geteuid() != 0:
        places = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
        for place in places:
            place.chmod(0o500)
        try:
            yield folder
        finally:
            for place in places:
                place.chmod(0o700)
        return
    _must("mount", "--bind", folder, folder)
    try:
        _must("mount", "-o", "remount,bind,ro", folder)
        yield folder
    finally:
        unmount(folder)
