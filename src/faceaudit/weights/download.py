"""Downloads of weights that resume, and are kept only when their digest is right.

<folder>/<file>             complete and checked
<folder>/<file>.part        the bytes downloaded so far
<folder>/<file>.part.json   the server's version that they are of
<folder>/<file>.lock        held while downloading, so that two processes do it once
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from faceaudit.errors import WeightsError
from faceaudit.files.lock import alone
from faceaudit.progress import Advance, Progress
from faceaudit.weights.catalog import KnownWeights
from faceaudit.weights.read import LIMIT

if TYPE_CHECKING:
    import httpx

CACHE = "FACEAUDIT_CACHE"

_REDIRECTS = 5
_ATTEMPTS = 4
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class _Broken(Exception):  # noqa: N818 - never leaves this module
    """An attempt ended early; another one may go on."""


@dataclass(frozen=True)
class _Wanted:
    """A file to download, known by its digest."""

    url: str
    sha256: str
    size: int | None
    path: Path
    part: Path

    @property
    def version(self) -> Path:
        """The file that notes the version of the part."""
        return self.part.with_name(f"{self.part.name}.json")

    def drop_part(self) -> None:
        """Remove the part and its version."""
        self.part.unlink(missing_ok=True)
        self.version.unlink(missing_ok=True)


def default_folder() -> Path:
    """Return the folder for weights: `$FACEAUDIT_CACHE/weights` or `~/.cache/faceaudit/weights`."""
    cache = os.environ.get(CACHE) or "~/.cache/faceaudit"
    return Path(cache).expanduser() / "weights"


def fetch(
    entry: KnownWeights,
    folder: Path,
    *,
    progress: Progress,
    client: httpx.Client | None = None,
    attempts: int = _ATTEMPTS,
    pause: Callable[[float], None] = time.sleep,
) -> Path:
    """Return the file of known weights in `folder`; downloaded unless it is there already.

    Bytes that arrived before an interruption are used again where the server has not changed the
    file since. The file gets its name only when its size and sha256 are right.

    Args:
        entry: the weights to download.
        folder: made when it is missing.
        progress: told the bytes as they arrive.
        client: for all requests; a new one with a timeout of 30 s when left out.
        attempts: how often to ask, all in all.
        pause: waits for so many seconds between attempts.

    Raises:
        WeightsError: no URL or digest is known, the server does not give the file, or gives
            another one than is known, or the folder cannot be written.
    """
    import httpx  # noqa: PLC0415 - slow to load

    wanted = _plan_download(entry, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder / f"{wanted.path.name}.lock"):
            if wanted.path.exists():
                _check(wanted, wanted.path, "remove it, or give another folder")
                return wanted.path
            with progress.task(f"downloading {wanted.path.name}", entry.size) as advance:
                if client is not None:
                    _download(wanted, client, advance, attempts, pause)
                else:
                    with httpx.Client(timeout=30) as own:
                        _download(wanted, own, advance, attempts, pause)
            return wanted.path
    except OSError as error:
        raise WeightsError(
            f"expected a folder that can be written and has room, got {error}; free some or give "
            "another folder"
        ) from None


def _plan_download(entry: KnownWeights, folder: Path) -> _Wanted:
    if entry.url is None or entry.sha256 is None or entry.file is None:
        what = "URL" if entry.url is None else "sha256"
        where = entry.url or entry.source
        raise WeightsError(
            f"expected weights that can be downloaded and checked, got {entry.name!r}, of which no "
            f"{what} is known; get the file yourself from {where} (licence: {entry.licence})"
        )
    path = folder / entry.file
    part = folder / f"{entry.file}.part"
    return _Wanted(entry.url, entry.sha256, entry.size, path, part)


def _download(
    wanted: _Wanted,
    client: httpx.Client,
    advance: Advance,
    attempts: int,
    pause: Callable[[float], None],
) -> None:
    """Bring the whole file, in as many attempts as it takes, check it and give it its name."""
    received = wanted.part.stat().st_size if wanted.part.exists() else 0
    resumed = received > 0
    advance(received)
    for attempt in range(attempts):
        if attempt:
            pause(2.0 ** (attempt - 1))
        try:
            _receive_bytes(wanted, client, advance)
            break
        except _Broken as error:
            reason, resumed = str(error), True
    else:
        raise WeightsError(
            f"expected {wanted.url} to be downloaded, got {reason} at the last of {attempts} "
            "attempts; the same command goes on from here"
        )
    try:
        _check(wanted, wanted.part, f"{wanted.url} no longer has the file that is known")
    except WeightsError:
        wanted.drop_part()
        if not resumed:
            raise
        # Two versions may have been joined where the server does not tell them apart.
        advance(-(wanted.size or 0))
        _download(wanted, client, advance, attempts, pause)
        return
    wanted.part.replace(wanted.path)
    wanted.version.unlink(missing_ok=True)


def _receive_bytes(wanted: _Wanted, client: httpx.Client, advance: Advance) -> None:
    """Ask once for the missing bytes, and append them."""
    import httpx  # noqa: PLC0415

    received = wanted.part.stat().st_size if wanted.part.exists() else 0
    if received and received == wanted.size:
        return
    headers = {"Accept-Encoding": "identity"}  # a range counts in the bytes that are sent
    if received:
        headers["Range"] = f"bytes={received}-"
        if (version := _read_version(wanted)) is not None:
            headers["If-Range"] = version
    try:
        with _send_request(client, wanted.url, headers) as response:
            received = _start_part(wanted, response, received, advance)
            _append_bytes(wanted, response, received, advance)
    except httpx.TransportError as error:
        raise _Broken(f"{type(error).__name__}: {error}") from None


@contextmanager
def _send_request(
    client: httpx.Client, url: str, headers: dict[str, str]
) -> Iterator[httpx.Response]:
    """Send a request and follow redirects, as long as they stay safe."""
    import httpx  # noqa: PLC0415

    try:
        request = client.build_request("GET", url, headers=headers)
        local = _is_loopback(request.url.host)
        for _ in range(_REDIRECTS + 1):
            if request.url.scheme != "https" and not (local and _is_loopback(request.url.host)):
                raise WeightsError(
                    f"expected a download by https, got {request.url}; nothing was taken from there"
                )
            response = client.send(request, stream=True, follow_redirects=False)
            if response.next_request is None:
                try:
                    yield response
                finally:
                    response.close()
                return
            response.close()
            request = response.next_request
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise WeightsError(
            f"expected a URL that can be asked for, got {url} ({error}); see the source's page"
        ) from None
    raise WeightsError(
        f"expected {url} to be found, got more than {_REDIRECTS} redirects; try again later"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _start_part(wanted: _Wanted, response: httpx.Response, received: int, advance: Advance) -> int:
    """Check the response's headers; return the number of bytes of the part that it continues."""
    status = response.status_code
    if status in _PASSING:
        raise _Broken(f"status {status}")
    if status == 206:
        span = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if span and int(span[1]) == received:
            return received
    if status in {206, 416}:  # another piece than asked for, or none: begin anew
        wanted.drop_part()
        advance(-received)
        raise _Broken(f"status {status} without the bytes after {received:,}")
    if status != 200:
        raise WeightsError(
            f"expected {wanted.url} to give the file, got status {status}; "
            "check the source's page or try again later"
        )
    advance(-received)
    wanted.drop_part()
    tag, date = response.headers.get("ETag", ""), response.headers.get("Last-Modified", "")
    version = tag if tag and not tag.startswith("W/") else date
    wanted.version.write_text(json.dumps({"url": wanted.url, "version": version}), "utf-8")
    return 0


def _append_bytes(
    wanted: _Wanted, response: httpx.Response, received: int, advance: Advance
) -> None:
    limit = LIMIT if wanted.size is None else wanted.size
    with wanted.part.open("ab") as file:
        for chunk in response.iter_raw():  # a size asked for would hold back the last bytes
            if received + len(chunk) > limit:
                file.close()
                wanted.drop_part()
                raise WeightsError(
                    f"expected {limit:,} bytes from {wanted.url}, got more; it no longer has the "
                    "file that is known"
                )
            file.write(chunk)
            received += len(chunk)
            advance(len(chunk))
        file.flush()
        os.fsync(file.fileno())
    if wanted.size is not None and received < wanted.size:
        raise _Broken(f"{received:,} of {wanted.size:,} bytes")


def _read_version(wanted: _Wanted) -> str | None:
    """Return the server's name for the version that the part is of, if it gave one."""
    try:
        noted = json.loads(wanted.version.read_text("utf-8"))
        version = noted["version"] if noted["url"] == wanted.url else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return version if isinstance(version, str) and version.isprintable() and version else None


def _check(wanted: _Wanted, path: Path, remedy: str) -> None:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != wanted.sha256:
        raise WeightsError(
            f"expected {wanted.path.name} with sha256 {wanted.sha256}, got {digest} in {path}; "
            f"{remedy}"
        )
