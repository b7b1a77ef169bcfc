"""What every answer of the app tells the browser: nothing from elsewhere, and nothing kept."""

from __future__ import annotations

from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]

# Streamlit writes its styles into the page, draws some pictures from memory (`blob:`), and inlines
# others (`data:`). The script of the canvas for keys comes by the page's connection and is run from
# memory, too: only what runs already can put one there. Everything else comes from the app itself.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""For files that somebody downloads: they may be shown, and may do nothing."""

KEPT_NOWHERE = ("/media/", "/_stcore/upload_file/")
"""Where photos come and go."""

FORMS = ("/sign-in", "/sign-out")
"""Pages whose forms are told from those of other sites by `Origin`, which no-referrer hides."""

_EVERYWHERE = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"x-frame-options": b"DENY",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
}


def safe(headers: Iterable[tuple[bytes, bytes]], path: str, *, tls: bool) -> Headers:
    """Return an answer's headers, with those of safety in place of any that it has of that name.

    Args:
        headers: as the answer has them.
        path: that was asked for.
        tls: whether the answer goes out encrypted.
    """
    ours = dict(_EVERYWHERE)
    ours[b"content-security-policy"] = POLICY.encode()
    if path.startswith("/media/"):
        ours[b"content-security-policy"] = FILE_POLICY.encode()
    if path in FORMS:
        ours[b"referrer-policy"] = b"same-origin"
    if path.startswith(KEPT_NOWHERE):
        ours[b"cache-control"] = b"no-store"
    if tls:
        ours[b"strict-transport-security"] = b"max-age=31536000"
    kept = [
        (name, value)
        for name, value in headers
        # No page of another origin is ever let in, so none is told that it is.
        if name.lower() not in ours and not name.lower().startswith(b"access-control-")
    ]
    return [*kept, *ours.items()]
