"""Any accent colour of a host stays readable."""

from itertools import product

import pytest
from django.test import Client

from onboarding.accent import DARK_GROUND, LIGHT_GROUND, contrast, tones

SHADES = ("00", "55", "aa", "ff")
COLOURS = ["#" + "".join(channels) for channels in product(SHADES, repeat=3)]


@pytest.mark.parametrize("ground", [LIGHT_GROUND, DARK_GROUND])
def test_text_in_and_on_any_accent_can_be_read(ground: str) -> None:
    for colour in COLOURS:
        found = tones(colour, ground=ground)
        assert contrast(found.ink, ground) >= 4.5, colour
        assert contrast(found.on_fill, found.fill) >= 4.5, colour
        assert contrast(found.edge, ground) >= 3, colour


def test_a_button_keeps_the_colour_of_the_host() -> None:
    assert tones("#ffcc00", ground=LIGHT_GROUND).fill == "#ffcc00"


def test_a_colour_that_stands_out_is_not_changed() -> None:
    found = tones("#1f5fbf", ground=LIGHT_GROUND)
    assert (found.ink, found.fill, found.edge, found.on_fill) == ("#1f5fbf", "#1f5fbf", "#1f5fbf", "#ffffff")


def test_contrast_is_counted_as_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_stylesheet_carries_the_tones_for_light_and_dark(nobody: Client) -> None:
    answer = nobody.get("/brand.css")
    text = answer.content.decode()
    assert answer["Content-Type"] == "text/css"
    assert text.count("--accent-ink:#") == text.count("--accent-edge:#") == text.count("--on-accent:#") == 2
    assert "prefers-color-scheme:dark" in text
