"""Requests made of a template: photos, values and keys filled in where it names them."""

from __future__ import annotations

import base64
import io
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from faceaudit.deferred import deferred
from faceaudit.errors import InputError, OptionError, closest
from faceaudit.systems.under_test.common.http_description import PhotoFormat, Request, Value
from faceaudit.types import ImageArray

if TYPE_CHECKING:
    from PIL import Image
else:
    Image = deferred("PIL.Image")

_WORD = re.compile(r"(?<!\$)\{(\w+)\}")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_PHOTOS = {"photo": 0, "photo1": 0, "photo2": 1}


@dataclass(frozen=True, eq=False)
class Content:
    """A request ready to be sent.

    Attributes:
        body: JSON, or None.
        files: (field, (file name, bytes, media type)) of a form.
        fields: other fields of that form.
    """

    body: Any = None
    files: tuple[tuple[str, tuple[str, bytes, str]], ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, repr=False)
class Template:
    """A request with everything filled in but the photos.

    Attributes:
        method, url, query, headers: of every request; all but the method may hold keys.
        photo: how photos are written.
    """

    method: str
    url: str
    query: Mapping[str, Value]
    headers: Mapping[str, str]
    photo: PhotoFormat
    _request: Request
    _values: Mapping[str, Value]

    @classmethod
    def of(
        cls,
        request: Request,
        *,
        address: str,
        values: Mapping[str, Value],
        photo: PhotoFormat,
        photos: int,
    ) -> Template:
        """Return the template of a request.

        Args:
            request: as described, keys filled in.
            address: the server's.
            values: by the words that stand in braces.
            photo: how photos are written.
            photos: how many a request has.

        Raises:
            OptionError: a word in braces is not known, or the request lacks a photo.
        """
        words = set(_words(request.body)) | set(_words(request.files))
        wanted = {0: set[str](), 1: {"photo"}, 2: {"photo1", "photo2"}}[photos]
        if not wanted <= words:
            spelled = " and ".join(f"{{{name}}}" for name in sorted(wanted - words))
            raise OptionError(
                f"expected {spelled} in the body or files of {request.method} {request.path}, got "
                "none; say where the photos go"
            )
        known = wanted | set(values)
        everything = [request.path, request.query, request.fields, *words]
        for word in {*_words(everything), *words}:
            if word not in known:
                close = closest(word, known)
                raise OptionError(
                    f"expected a word in braces ({', '.join(sorted(known)) or 'there are none'}), "
                    f"got {word!r}" + (f"; try {close!r}" if close else "; give it in `values`")
                )
        return cls(
            request.method,
            address.rstrip("/") + "/" + _filled(request.path, _quoted(values)).lstrip("/"),
            _filled(request.query, values),
            request.headers,
            photo,
            request,
            values,
        )

    @property
    def where(self) -> str:
        """The request in a few words, without anything secret."""
        return f"{self.method} {self._request.path}"

    def content(self, photos: Sequence[ImageArray]) -> Content:
        """Return a request about photos, each (H, W, 3) uint8."""
        files = [encode(photo, self.photo) for photo in photos]
        request = self._request
        if request.files:
            kind = self.photo.format
            parts = tuple(
                (name, (f"photo.{kind}", files[_PHOTOS[_WORD.findall(text)[0]]], f"image/{kind}"))
                for name, text in request.files.items()
            )
            fields = _filled(request.fields, self._values)
            return Content(
                files=parts, fields={name: spelled(item) for name, item in fields.items()}
            )
        if request.body is None:
            return Content()
        texts = [base64.b64encode(data).decode("ascii") for data in files]
        named = {name: texts[number] for name, number in _PHOTOS.items() if number < len(texts)}
        return Content(body=_filled(request.body, {**self._values, **named}))


def encode(photo: ImageArray, how: PhotoFormat) -> bytes:
    """Return a photo (H, W, 3) uint8 as the bytes of a file."""
    file = io.BytesIO()
    image = Image.fromarray(photo)
    if how.format == "png":
        image.save(file, "PNG", compress_level=1)
    else:
        image.save(file, "JPEG", quality=how.quality)
    return file.getvalue()


def fill_keys(
    request: Request, shared: Mapping[str, str], values: Mapping[str, Value]
) -> tuple[Request, dict[str, Value], dict[str, str]]:
    """Return a request and values with `${NAME}` filled in, and the names of that by its value.

    Args:
        request: as described.
        shared: headers of all requests; those of the request come before them.
        values: by the words that stand in braces.

    Raises:
        OptionError: a variable is not set, or cannot be sent.
    """
    secrets: dict[str, str] = {}

    def value_of(match: re.Match[str]) -> str:
        value = os.environ.get(match[1], "")
        if not value.isprintable() or not value.isascii() or not value.strip():
            raise OptionError(
                f"expected the environment variable {match[1]} to hold a key, got "
                f"{'none' if not value else 'one that cannot be sent'}; set it (export "
                f"{match[1]}=...)"
            )
        secrets[value] = f"${{{match[1]}}}"
        return value

    def filled(template: Any) -> Any:
        if isinstance(template, Mapping):
            return {key: filled(item) for key, item in template.items()}
        if isinstance(template, list | tuple):
            return [filled(item) for item in template]
        return _VARIABLE.sub(value_of, template) if isinstance(template, str) else template

    parts = {
        "headers": {**shared, **request.headers},
        "query": request.query,
        "fields": request.fields,
        "body": request.body,
    }
    return request.model_copy(update=filled(parts)), filled(values), secrets


def check_address(url: str) -> str:
    """Return a server's address without a slash at its end.

    Raises:
        OptionError: it is none, or holds a password.
    """
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = None
    if not sound or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise OptionError(
            f"expected the server's address, got {url!r:.80}; try url=http://127.0.0.1:8000"
        )
    if parts.username is not None or parts.password is not None:
        raise OptionError(
            "expected the server's address without a name and password, got one with; give "
            "headers with ${NAME} instead"
        )
    return url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine itself.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_open(address: str) -> bool:
    """Return whether what is sent to a server leaves this machine for all to read.

    >>> is_open("HTTP://faces.example.org"), is_open("http://[::1]:80"), is_open("https://a.org")
    (True, False, False)
    """
    parts = urlsplit(address)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def _filled(template: Any, values: Mapping[str, Any]) -> Any:
    """Return a template with its words replaced; one that stands alone keeps its kind of value."""
    if isinstance(template, Mapping):
        return {key: _filled(item, values) for key, item in template.items()}
    if isinstance(template, list | tuple):
        return [_filled(item, values) for item in template]
    if not isinstance(template, str):
        return template
    alone = _WORD.fullmatch(template)
    if alone and alone[1] in values:
        return values[alone[1]]
    return _WORD.sub(
        lambda match: spelled(values[match[1]]) if match[1] in values else match[0], template
    )


def _quoted(values: Mapping[str, Value]) -> dict[str, str]:
    """Return values as they stand in a path, where none may end or divide it."""
    return {name: quote(spelled(value), safe="") for name, value in values.items()}


def spelled(value: Any) -> str:
    """Return a value as forms and addresses spell it.

    >>> spelled(True), spelled(0.5)
    ('true', '0.5')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


def _words(template: Any) -> list[str]:
    """Return every word in braces."""
    if isinstance(template, Mapping):
        return [word for item in template.values() for word in _words(item)]
    if isinstance(template, list | tuple):
        return [word for item in template for word in _words(item)]
    return _WORD.findall(template) if isinstance(template, str) else []


def check_size(photos: ImageArray, size: tuple[int, int], title: str) -> None:
    """Raise `InputError` unless photos (N, H, W, 3) are of a size."""
    if photos.shape[1:3] != size:
        raise InputError(
            f"expected photos of {size[0]} x {size[1]}, as {title} is asked with, got "
            f"{photos.shape[1]} x {photos.shape[2]}; load the faces at that size"
        )
