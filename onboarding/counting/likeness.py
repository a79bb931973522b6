"""Which rows of one account may be the same payment, told by two sources in their own words.

Sources differ in texts and, by some days, in dates; there is no transaction id (wire contract, "Aggregated data"). Two
rows may be one payment when they are of different sources, of the same amount, at most ``MOST_DAYS`` apart and of
similar text. They are matched one to one, so that real equal payments stay: three in one source and two in another are
two pairs.

Each source is matched with the rows that its predecessors brought first, so a payment in three sources has two rows
that name the same earlier one. Among few rows the matching is the best possible one: nearest days, then most similar
texts, and two pairs rather than one unless that moves their days too far apart. Among very many equal amounts it is by
order, nearest first, and only a bounded number of texts is compared: the work grows with the rows and never faster.
"""

import re
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from onboarding.counting.assignment import best_pairs

MOST_DAYS = 3
"""How many days apart two sources may date the same payment."""

SIMILAR = 50
"""Per cent of the shorter text's weight that both texts must have in common."""

WORK_AN_ACCOUNT = 500_000
"""Comparisons of texts that the rows of one account may cost; beyond them only equal texts are paired."""

MOST_KINDS = 2000
"""Different rows of one amount and a run of days that are looked at together; pairs beyond are not seen."""

BEST_OF = 256
"""Up to this product of both sides' rows the matching is the best possible one."""

_NEIGHBOURS = 3
_NO_TEXT = SIMILAR
_CONTAINED = 60
_SHORTEST_CONTAINED = 3
_WORD = re.compile(r"[^\W_]+")
# What banks write around a payment rather than about it, folded, in the languages of the banks here.
_GENERIC = frozenset(
    """
    przelew przelewy platnosc platnosci karta karty zakup transakcja tytul tytulem odbiorca nadawca blik wychodzacy
    przychodzacy zewnetrzny wewnetrzny krajowy payment transfer card purchase transaction from for the debit credit
    outgoing incoming pago pagos compra compras tarjeta transferencia transferencias recibo pagamento cartao platba
    platby prevod kartou nakup uhrada maksajums parskaitijums karte pirkums mokejimas pavedimas kortele pirkinys makse
    ulekanne kaardimakse ost kaart plata cumparare sepa ref
    """.split()  # noqa: SIM905 - a list of words reads better as words
)


class Row(NamedTuple):
    """A row of one account: ``day`` as an ordinal, ``text`` folded, ``source`` in the order in which they came."""

    amount_cents: int
    day: int
    text: str
    source: int
    pk: int


class Pair(NamedTuple):
    """A row and the row of an earlier source that may be the same payment, by their numbers."""

    later: int
    earlier: int


def possible_duplicates(rows: Iterable[Row]) -> Iterator[Pair]:
    """Pair the rows of one account, which come ordered by amount, day and text.

    No row is in two pairs as the later one, nor twice with the same source. Which equal rows make up a pair does
    not depend on the order in which they came. Memory: the rows of one amount in a run of days.
    """
    work = _Work(WORK_AN_ACCOUNT)
    for kinds in _runs(rows):
        if len(kinds) > 1 or len(kinds[0].rows) > 1:
            yield from _matched(kinds, work)


def similarity(one: str, other: str, *, same_day: bool) -> int:
    """Say how similar two folded texts are, in per cent; below ``SIMILAR`` they are not similar at all and it is 0.

    Words count more than numbers and than what every payment is called. A missing text contradicts nothing. On the
    same day it is enough that one text holds the other, for banks cut and glue texts.
    """
    return 100 if one == other else _Text(one).likeness(_Text(other), same_day=same_day)


@dataclass(slots=True)
class _Work:
    """What may still be spent on one account."""

    left: int

    def take(self, steps: int) -> bool:
        self.left -= steps
        return self.left >= 0


class _Text:
    """A folded text, read when it is first compared: most texts never are."""

    __slots__ = ("_read", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._read: tuple[set[str], set[str]] | None = None

    def words(self) -> tuple[set[str], set[str]]:
        """Return the words that say something, and the numbers and words that say little."""
        if self._read is None:
            found = set(_WORD.findall(self.text))
            telling = {word for word in found if len(word) > 2 and word.isalpha()} - _GENERIC
            self._read = telling, found - telling
        return self._read

    def likeness(self, other: "_Text", *, same_day: bool) -> int:
        (telling, little), (others_telling, others_little) = self.words(), other.words()
        lighter = min(_weight(telling, little), _weight(others_telling, others_little))
        if not lighter:
            return _NO_TEXT
        common = 100 * _weight(telling & others_telling, little & others_little) // lighter
        if same_day and common < _CONTAINED and self._contains(other):
            return _CONTAINED
        return min(common, 99) if common >= SIMILAR else 0

    def _contains(self, other: "_Text") -> bool:
        shorter, longer = sorted(("".join(_WORD.findall(one.text)) for one in (self, other)), key=len)
        return len(shorter) >= _SHORTEST_CONTAINED and shorter in longer


def _weight(telling: set[str], little: set[str]) -> int:
    return 4 * len(telling) + len(little)


@dataclass(slots=True)
class _Kind:
    """Equal rows: their day and text, and their numbers by source."""

    day: int
    text: str
    read: _Text
    rows: dict[int, list[int]] = field(default_factory=dict)

    @property
    def is_one_row(self) -> bool:
        return len(self.rows) == 1 and all(len(pks) == 1 for pks in self.rows.values())

    def benefit(self, other: "_Kind") -> int:
        """Say how good a pair of two such rows is: a day nearer is worth more than any text; 0 is none at all."""
        apart = abs(self.day - other.day)
        if apart > MOST_DAYS:
            return 0
        alike = 100 if self.text == other.text else self.read.likeness(other.read, same_day=apart == 0)
        return (MOST_DAYS + 1 - apart) * 1000 + alike if alike else 0


def _runs(rows: Iterable[Row]) -> Iterator[list[_Kind]]:
    """Gather the rows of one amount whose days follow each other closely, equal ones together."""
    kinds: list[_Kind] = []
    texts: dict[str, _Text] = {}
    amount: int | None = None
    for row in rows:
        last = kinds[-1] if kinds else None
        if last is None or row.amount_cents != amount or row.day != last.day or row.text != last.text:
            if last and (row.amount_cents != amount or row.day - last.day > MOST_DAYS or len(kinds) == MOST_KINDS):
                yield kinds
                kinds, texts = [], {}
            read = texts.get(row.text) or texts.setdefault(row.text, _Text(row.text))
            last = _Kind(row.day, row.text, read)
            kinds.append(last)
            amount = row.amount_cents
        last.rows.setdefault(row.source, []).append(row.pk)
    if kinds:
        yield kinds


_Waiting = dict[int, deque[int]]
"""The numbers of rows that have no pair yet, by the kind's place in its run."""


def _matched(kinds: Sequence[_Kind], work: _Work) -> Iterator[Pair]:
    """Match source after source with the rows that none before had."""
    if len(kinds) == 2 and all(kind.is_one_row for kind in kinds):
        yield from _of_two(*kinds)
        return
    by_source: dict[int, _Waiting] = defaultdict(dict)
    for number, kind in enumerate(kinds):
        for source, pks in kind.rows.items():
            by_source[source][number] = deque(pks)
    first, *others = sorted(by_source)
    earlier = by_source[first]
    for source in others:
        later = by_source[source]
        used: dict[int, list[int]] = defaultdict(list)
        for one, other in _assigned(kinds, later, earlier, work):
            used[other].append(earlier[other].popleft())
            yield Pair(later[one].popleft(), used[other][-1])
        for number, back in (*used.items(), *later.items()):
            earlier[number] = deque(sorted((*earlier.get(number, ()), *back)))


def _of_two(one: _Kind, other: _Kind) -> Iterator[Pair]:
    """Match the one row of each, as most runs have it."""
    (earlier, (first,)), (later, (second,)) = sorted((*one.rows.items(), *other.rows.items()))
    if earlier != later and one.benefit(other):
        yield Pair(second, first)


def _assigned(kinds: Sequence[_Kind], later: _Waiting, earlier: _Waiting, work: _Work) -> Iterable[tuple[int, int]]:
    """Say which kinds make up a pair, each as often as it has rows for it."""
    rows, columns = (sum(map(len, side.values())) for side in (later, earlier))
    if rows * columns > BEST_OF or not work.take(rows * columns):
        return _by_order(kinds, later, earlier, work)
    ones, others = ([number for number in sorted(side) for _ in side[number]] for side in (later, earlier))
    benefits = [[kinds[one].benefit(kinds[other]) for other in others] for one in ones]
    return [(ones[row], others[column]) for row, column in best_pairs(benefits)]


def _by_order(kinds: Sequence[_Kind], later: _Waiting, earlier: _Waiting, work: _Work) -> Iterator[tuple[int, int]]:
    """Pair the best first and as many as there are; equally good ones in the order of day and text."""
    possible = [
        (-kinds[one].benefit(kinds[other]), one, other) for one, other in _possible(kinds, later, earlier, work)
    ]
    left = {number: len(pks) for number, pks in later.items()}
    left_earlier = {number: len(pks) for number, pks in earlier.items()}
    for benefit, one, other in sorted(possible):
        times = min(left[one], left_earlier[other]) if benefit else 0
        left[one] -= times
        left_earlier[other] -= times
        yield from [(one, other)] * times


def _possible(kinds: Sequence[_Kind], later: _Waiting, earlier: _Waiting, work: _Work) -> Iterator[tuple[int, int]]:
    """Name the kinds that are worth a comparison; when all work is done, none but those that are equal."""
    if not work.take(len(earlier)):
        yield from ((number, number) for number in later if number in earlier)
        return
    by_day: dict[int, list[int]] = defaultdict(list)
    for number in sorted(earlier):
        by_day[kinds[number].day].append(number)
    for one in later:
        yield from ((one, other) for other in _candidates(kinds, one, by_day, work))


def _candidates(kinds: Sequence[_Kind], one: int, by_day: dict[int, list[int]], work: _Work) -> Iterator[int]:
    """Name of each day the kind of equal text and its neighbours by text."""
    wanted = kinds[one]
    for day in range(wanted.day - MOST_DAYS, wanted.day + MOST_DAYS + 1):
        numbers = by_day.get(day, [])
        place = bisect_left(numbers, wanted.text, key=lambda number: kinds[number].text)
        if work.take(len(numbers[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS + 1])):
            yield from numbers[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS + 1]
        elif place < len(numbers) and kinds[numbers[place]].text == wanted.text:
            yield numbers[place]
