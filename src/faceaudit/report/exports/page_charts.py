"""Charts taken out of a rendered report, so that files and page never say otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field

from faceaudit.report.exports.reading import PageReader, file_name, unused, words_of


@dataclass(frozen=True)
class PageChart:
    """One chart.

    Attributes:
        id: of the figure that holds it, or the chart's own name; unique in the page.
        svg: its `<svg>` element, in the page's colours and fonts.
        caption: of the figure that holds it.
        legend: each mark that the figure explains, as an `<svg>` element, and what it stands for.
    """

    id: str
    svg: str
    caption: str = ""
    legend: tuple[tuple[str, str], ...] = ()


def page_charts(page: str) -> tuple[PageChart, ...]:
    """Return the charts of a report, in its order.

    Args:
        page: HTML, as `faceaudit.report.render` returns it.
    """
    reader = _ChartReader(page)
    reader.read()
    return tuple(reader.charts)


@dataclass
class _Figure:
    """A figure while it is read."""

    id: str
    caption: list[str] = field(default_factory=list)
    legend: list[tuple[str, list[str]]] = field(default_factory=list)
    charts: list[tuple[str, str]] = field(default_factory=list)


class _ChartReader(PageReader):
    """Collects the figures that hold a chart."""

    def __init__(self, page: str) -> None:
        super().__init__(page)
        self.charts: list[PageChart] = []
        self._figure: _Figure | None = None
        self._svg: tuple[int, int, str] | None = None
        self._words: list[str] | None = None

    def opened(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the start of a figure, of its caption, of a mark or of a chart."""
        if tag == "figure":
            self._figure = _Figure(attributes.get("id", ""))
        figure = self._figure
        if figure is None or self._svg is not None:
            return
        if tag == "figcaption":
            self._words = figure.caption
        elif tag == "svg":
            is_chart = "chart" in attributes.get("class", "").split()
            name = attributes.get("aria-labelledby", "").removesuffix("-title")
            self._svg = (self.place(), len(self.open) - 1, name if is_chart else "")

    def closed(self, tag: str) -> None:
        """Take the end of what was started."""
        figure = self._figure
        if figure is None:
            return
        if tag == "svg" and self._svg is not None and len(self.open) == self._svg[1]:
            start, _, name = self._svg
            text = self.page[start : self.page.index(">", self.place()) + 1]
            self._svg = None
            if name:
                figure.charts.append((name, text))
            else:
                self._words = []
                figure.legend.append((text, self._words))
        elif self._svg is None and tag in ("figcaption", "li"):
            self._words = None
        elif tag == "figure":
            self._keep(figure)
            self._figure = None

    def handle_data(self, data: str) -> None:
        """Take words of a caption or of a mark."""
        if self._words is not None and self._svg is None:
            self._words.append(data)

    def _keep(self, figure: _Figure) -> None:
        legend = tuple((mark, words_of(words)) for mark, words in figure.legend)
        for name, svg in figure.charts:
            known = [chart.id for chart in self.charts]
            id_ = unused(file_name(figure.id or name), known)
            self.charts.append(PageChart(id_, svg, words_of(figure.caption), legend))
