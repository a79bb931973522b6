"""A page read back: its elements in order, with their attributes and text."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "hr", "img", "input", "link", "meta", "wbr"})


@dataclass(slots=True)
class Element:
    """One element; ``text`` is everything written in it."""

    tag: str
    attributes: dict[str, str]
    ancestors: tuple["Element", ...] = ()
    text: str = ""

    def says(self) -> str:
        return " ".join(self.text.split())


@dataclass(slots=True)
class Page:
    elements: list[Element] = field(default_factory=list)
    unbalanced: list[str] = field(default_factory=list)

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def one(self, tag: str, **attributes: str) -> Element:
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        found = [one for one in self.all(tag) if wanted.items() <= one.attributes.items()]
        assert len(found) == 1, f"{len(found)} times <{tag} {wanted}>"
        return found[0]

    def ids(self) -> list[str]:
        return [element.attributes["id"] for element in self.elements if "id" in element.attributes]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self.open))
        self.page.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1].tag != tag:
            self.page.unbalanced.append(tag)
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def read(html: str) -> Page:
    """Read a page; what is closed in the wrong order, or not at all, stands in ``unbalanced``."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.page.unbalanced += [element.tag for element in reader.open]
    return reader.page
