"""What tests of the app share: a real browser, and the app as a real process.

    def test_something(app: Served, visit: Visitor) -> None:
        page = visit(f"{app.address}/about", width=NARROW, scheme="dark")
        assert serious(page) == []

`visit` sees to it that nothing was complained of and nothing was loaded from elsewhere. A test
that needs an app of its own, with options or things prepared, uses `served(folder, *options)` of
`app.browsing`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

pytest.register_assert_rewrite("app.browsing")

from app.browsing import ARGUMENTS, CHROMIUM, Served, Visitor, served  # noqa: E402 - see above


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Put back what Streamlit takes the place of: new processes would run the app's script."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Ended with the module: while it is open, no other test can have an event loop.
    if CHROMIUM is None:
        pytest.skip(
            "THE APP WAS NOT LOOKED AT IN A BROWSER: `apt-get install chromium`, or its path in "
            "$CHROMIUM"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app with nothing prepared, one for all tests of a file."""
    with served(tmp_path_factory.mktemp("app")) as running:
        yield running


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visitor]:
    """Opens pages; at the end nothing was complained of and nothing came from elsewhere."""
    visitor = Visitor(chromium)
    yield visitor
    visitor.close()
