"""The app looks like the report, and what it draws can be seen."""

from __future__ import annotations

import re

import pytest
from streamlit import config

from faceaudit.app import look

LIGHT, DARK = look.tokens()


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return sum(v * w for v, w in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one: str, other: str) -> float:
    a, b = sorted((luminance(one), luminance(other)), reverse=True)
    return (a + 0.05) / (b + 0.05)


@pytest.mark.parametrize("ground", ["paper", "wash"])
@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    "name", ["ink", "muted", "first", "second", "third", "fourth", "fifth", "alarm"]
)
def test_every_colour_can_be_read(colours: dict[str, str], name: str, ground: str) -> None:
    assert contrast(colours[name], colours[ground]) >= 4.5


def test_words_on_a_primary_button_can_be_read() -> None:
    for colours in (LIGHT, DARK):
        assert contrast(colours["paper"], colours["first"]) >= 4.5


def test_the_style_is_not_thrown_away() -> None:
    """Browsers' sanitizers drop a whole style that has anything like a tag in it."""
    style = look.style()
    assert "<" not in style
    assert style.count("{") == style.count("}")
    assert "url(" not in style
    assert "@import" not in style
    for used in set(re.findall(r"var\(--([a-z-]+)\)", style)):
        assert used in LIGHT


def test_variables_follow_light_and_dark() -> None:
    assert f"--ink: light-dark({LIGHT['ink']}, {DARK['ink']});" in look.variables()
    assert f"--type: {LIGHT['type']};" in look.variables()


def test_streamlit_knows_every_option() -> None:
    for name in look.theme():
        assert name in config._config_options_template
