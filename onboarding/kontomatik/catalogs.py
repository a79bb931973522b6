"""Reading the vendor's catalogs of banks ("Catalog", and the statements' own)."""

from collections.abc import Iterable

from onboarding.kontomatik import replies, values, wire
from onboarding.kontomatik.records import CatalogTarget
from onboarding.kontomatik.strict_xml import MAX_DEPTH, StrictParser

MAX_TARGETS = 20_000
MAX_ACCOUNT_TYPES = 64


def read_targets(chunks: Iterable[bytes], *, max_bytes: int, status: int, path: str) -> list[CatalogTarget]:
    """Read every ``target`` of a reply, wherever it stands; one without a name can't be chosen and is left out.

    Raises ``Garbled`` for anything but a reply, and what an exception in it means.
    """
    strict = StrictParser(max_bytes=max_bytes)
    reader = _CatalogReader(strict)
    replies.feed_reader(strict, chunks, status=status)
    if reader.exception is not None:
        raise replies.error_for(status=status, name=reader.exception, path=path)
    return reader.targets


class _CatalogReader:
    """expat's handlers for a catalog."""

    def __init__(self, strict: StrictParser) -> None:
        self.targets: list[CatalogTarget] = []
        self.exception: str | None = None
        self._strict = strict
        self._path: list[str] = []
        self._target: dict[str, str] | None = None
        self._types: list[str] = []
        self._type: str | None = None
        self._texts: list[str] = []
        self._size = 0
        strict.expat.StartElementHandler = self._start
        strict.expat.EndElementHandler = self._end
        strict.expat.CharacterDataHandler = self._text

    def _start(self, name: str, attributes: list[str]) -> None:
        path = self._path
        parent = path[-1] if path else ""
        path.append(name)
        self._texts.clear()
        self._size = 0
        if len(path) > MAX_DEPTH:
            self._strict.refuse("elements are nested too deep")
        if len(path) == 1 and name != wire.ROOT:
            self._strict.refuse("the outermost element is not 'reply'")
        pairs = dict(zip(attributes[::2], attributes[1::2], strict=True))
        if len(path) == 2 and name == "exception":
            self.exception = values.word(pairs.get("name", ""))
        elif name == wire.TARGET and self._target is None:
            self._target, self._types = pairs, []
        elif parent == wire.CATALOG_ACCOUNT_TYPES:
            self._type = pairs.get("name", "")

    def _text(self, text: str) -> None:
        if self._type is not None and self._size < replies.MAX_VALUE:
            self._size += len(text)
            self._texts.append(text[: replies.MAX_VALUE])

    def _end(self, name: str) -> None:
        self._path.pop()
        if self._type is not None and self._path[-1] == wire.CATALOG_ACCOUNT_TYPES:
            kind = values.line(self._type or "".join(self._texts))
            if kind and kind not in self._types and len(self._types) < MAX_ACCOUNT_TYPES:
                self._types.append(kind)
            self._type = None
        elif name == wire.TARGET and self._target is not None and wire.TARGET not in self._path:
            self._finish(self._target)
            self._target = None

    def _finish(self, known: dict[str, str]) -> None:
        texts = {name: values.line(text) for name, text in known.items()}
        # What is passed on to the vendor, or known by, stays as it is: cleaned it would be another one.
        name, institution = known.get("name", "").strip(), known.get("institution", "").strip()
        if not name:
            return
        if len(self.targets) >= MAX_TARGETS:
            self._strict.refuse("there are too many targets")
        self.targets.append(
            CatalogTarget(
                country=texts.get(wire.COUNTRY_PARAMETER) or None,
                name=name,
                institution=institution or None,
                official_name=texts.get("officialName") or None,
                login_name=texts.get(wire.CATALOG_LOGIN_NAME) or None,
                beta=values.flag(texts.get("beta")) is True,
                psd2=values.flag(texts.get("psd2")),
                account_types=tuple(self._types),
            )
        )
