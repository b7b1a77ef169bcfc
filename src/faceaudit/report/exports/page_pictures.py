"""Pictures taken out of a rendered report, each with its words."""

from __future__ import annotations

from dataclasses import dataclass

from faceaudit.report.exports.reading import PageReader, words_of

HEADINGS = ("h2", "h3", "h4")


@dataclass(frozen=True)
class PagePicture:
    """One picture.

    Attributes:
        uri: the picture itself, as a data URI.
        width, height: CSS pixels to show it at.
        alt: what it shows, for those who do not see it.
        caption: what it is, as the page says below it; usually shorter.
        heading: what it stands under.
    """

    uri: str
    width: int
    height: int
    alt: str
    caption: str
    heading: str


def page_pictures(page: str) -> tuple[PagePicture, ...]:
    """Return the pictures of a report, in its order.

    Args:
        page: HTML, as `faceaudit.report.render` returns it.
    """
    reader = _PictureReader(page)
    reader.read()
    return tuple(reader.pictures())


class _PictureReader(PageReader):
    """Collects pictures, what is said below them, and what they stand under."""

    def __init__(self, page: str) -> None:
        super().__init__(page)
        self._found: list[tuple[dict[str, str], list[str], list[str]]] = []
        self._heading: list[str] = []
        self._words: list[str] | None = None

    def pictures(self) -> list[PagePicture]:
        """Return those found."""
        return [
            PagePicture(
                uri=given["src"],
                width=int(given.get("width", 0)),
                height=int(given.get("height", 0)),
                alt=given.get("alt", ""),
                caption=words_of(caption),
                heading=words_of(heading),
            )
            for given, caption, heading in self._found
            if given.get("src", "").startswith("data:image/")
        ]

    def opened(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the start of a heading, a picture or what is said below one."""
        if tag in HEADINGS:
            self._heading = self._words = []
        elif tag == "img":
            self._found.append((attributes, [], self._heading))
        elif "what" in attributes.get("class", "").split() and self._found:
            self._words = self._found[-1][1]
        elif self._words is not None:
            self._words.append(" ")  # the page sets elements apart by more than spaces

    def closed(self, tag: str) -> None:
        """Take the end of what was started."""
        if tag in (*HEADINGS, "li", "figure") or (
            tag == "span" and self._words is not None and self._words is not self._heading
        ):
            self._words = None

    def handle_data(self, data: str) -> None:
        """Take words of a heading, or of what is said below a picture."""
        if self._words is not None:
            self._words.append(data)
