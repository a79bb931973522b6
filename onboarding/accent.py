"""Readable tones of the host's accent colour, for light and dark pages.

A host gives one colour of any lightness. Text in it, and text on it, must keep the contrasts of WCAG 2.2
(1.4.3: 4.5 to 1 for text; 1.4.11: 3 to 1 for the shape of a control); so its tones are worked out here.
"""

from dataclasses import dataclass

TEXT_CONTRAST = 4.5
SHAPE_CONTRAST = 3.0
TINT = 0.4
"""What the tinted grounds behind some texts take away."""
LIGHT_GROUND = "#eef0f4"
"""The darkest ground of the light pages; what is readable on it is readable on all of them."""
DARK_GROUND = "#212a34"
"""The lightest ground of the dark pages."""
WHITE, BLACK = "#ffffff", "#000000"

Channels = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Tones:
    """Colours as ``#rrggbb``: ``ink`` for text, ``fill`` and ``edge`` for buttons, ``on_fill`` for text on these."""

    ink: str
    fill: str
    on_fill: str
    edge: str


def tones(accent: str, *, ground: str) -> Tones:
    """Work out the tones of an accent (``#rrggbb``) for pages of this ground."""
    return Tones(
        ink=_until(TEXT_CONTRAST + TINT, accent, ground),
        # The host's own colour stays what it is; where it does not stand out, its edge does.
        fill=accent,
        on_fill=max((WHITE, BLACK), key=lambda text: contrast(text, accent)),
        edge=_until(SHAPE_CONTRAST, accent, ground),
    )


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(_channels(one)), _luminance(_channels(other))))
    return (lighter + 0.05) / (darker + 0.05)


def _until(least: float, colour: str, ground: str) -> str:
    """Mix a colour with black or white, whichever is far from the ground, until it stands out enough."""
    away = max((WHITE, BLACK), key=lambda end: contrast(end, ground))
    mixed = (_mix(colour, away, percent) for percent in range(0, 101, 2))
    return next((tone for tone in mixed if contrast(tone, ground) >= least), away)


def _mix(colour: str, other: str, percent: int) -> str:
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{(one * (100 - percent) + two * percent) // 100:02x}" for one, two in pairs)


def _channels(colour: str) -> Channels:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(channels: Channels) -> float:
    red, green, blue = (_linear(value / 255) for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
