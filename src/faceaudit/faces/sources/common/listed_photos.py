"""Photos of a listing, as a stream to pack."""

from __future__ import annotations

import hashlib

from faceaudit.faces.reading.listing import Listing
from faceaudit.faces.sources.common.photo_source import PhotoStream


def listed_photos(listing: Listing) -> PhotoStream:
    """Return the photos of a listing; one that changes hands in it counts as changed."""
    people = hashlib.sha256()
    for file in listing.files:
        people.update(repr((file.location.id, file.location.person)).encode())
    return PhotoStream(
        state=[listing.digest(), people.hexdigest()],
        photos=lambda: (*listing.left_out, *(file.photo() for file in listing.files)),
        total=len(listing.left_out) + len(listing.files),
    )
