"""Tell the encoding of a text by its bytes: marks first, then UTF-8, then which letters make sense.

Single-byte encodings differ only in what the high bytes mean; the letters that the languages of our countries use tell
them apart.
"""

import codecs
from collections import Counter
from dataclasses import dataclass
from typing import BinaryIO

from onboarding.reading.layout import Encoding

CHUNK = 64 * 1024
_SAMPLE = 64 * 1024
_ASCII = bytes(range(128))
_MARKS = (
    (codecs.BOM_UTF8, Encoding.UTF8),
    (codecs.BOM_UTF16_LE, Encoding.UTF16_LE),
    (codecs.BOM_UTF16_BE, Encoding.UTF16_BE),
)
# Ordered: what comes first wins when the letters can't tell.
_ONE_BYTE = (Encoding.WINDOWS_1250, Encoding.WINDOWS_1252, Encoding.ISO_8859_2, Encoding.WINDOWS_1257)
_ALPHABETS = (
    "ąćęłńóśźż",
    "áčďéěíňóřšťúůýž",
    "áéíñóúü",
    "áâãàçéêíóôõú",
    "ăâîşţ",
    "äöõüšž",
    "ąčęėįšųūž",
    "āčēģīķļņšūž",
    "äöüß",
)
_SIGNS = frozenset(
    "\N{NO-BREAK SPACE}§°€„”“…«»ºª¡¿"  # and quotes and dashes that look like ASCII ones:
    "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{EN DASH}\N{EM DASH}"
)


@dataclass(frozen=True, slots=True)
class EncodingFound:
    """Hold an encoding; ``certain`` is false where the letters would make sense in another one as well."""

    encoding: Encoding
    certain: bool


def find_encoding(file: BinaryIO) -> EncodingFound:
    """Tell the encoding of a whole file, in constant memory; leave the file at its beginning."""
    file.seek(0)
    sample = file.read(_SAMPLE)
    file.seek(0)
    found = by_mark(sample) or _by_zeros(sample)
    if found is not None:
        return EncodingFound(found, certain=True)
    high, is_utf8 = _high_bytes(file)
    file.seek(0)
    if is_utf8:
        return EncodingFound(Encoding.UTF8, certain=True)
    return by_letters(high)


def by_mark(start: bytes) -> Encoding | None:
    """Tell the encoding by its byte order mark, if there is one."""
    return next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None)


def by_letters(high: Counter[int]) -> EncodingFound:
    """Tell a single-byte encoding by how often each byte from 0x80 on occurs."""
    best: list[tuple[tuple[float, float], Encoding]] = []
    for encoding in _ONE_BYTE:
        letters = {byte: bytes([byte]).decode(encoding, errors="replace") for byte in high}
        scores = (_score(high, letters, alphabet) for alphabet in _ALPHABETS)
        best.append((max(scores), encoding))
    # Python's max takes the first of equals.
    top, chosen = max(best, key=lambda pair: pair[0])
    # A few letters may make sense in two languages, whichever is likelier.
    rivals = [encoding for score, encoding in best if score[0] == top[0] and encoding != chosen]
    same = all(_same_text(high, chosen, rival) for rival in rivals)
    return EncodingFound(chosen, certain=same)


def _score(high: Counter[int], letters: dict[int, str], alphabet: str) -> tuple[float, float]:
    """Return what part of the signs a language explains, and what part of its own letters occur."""
    known = sum(count for byte, count in high.items() if letters[byte] in _SIGNS or letters[byte].lower() in alphabet)
    # Where two languages explain every byte, the one whose letters are more of those that occur is likelier: a
    # Polish text of any length has more of the Polish letters than one that Spanish shares.
    used = {letters[byte].lower() for byte in high} & set(alphabet)
    return known / max(high.total(), 1), len(used) / len(alphabet)


def _same_text(high: Counter[int], one: Encoding, other: Encoding) -> bool:
    occurring = bytes(high)
    return occurring.decode(one, errors="replace") == occurring.decode(other, errors="replace")


def _high_bytes(file: BinaryIO) -> tuple[Counter[int], bool]:
    high: Counter[int] = Counter()
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8 = True
    while chunk := file.read(CHUNK):
        if not chunk.isascii():
            high.update(chunk.translate(None, delete=_ASCII))
        if is_utf8:
            is_utf8 = _decodes(decoder, chunk, final=False)
    return high, is_utf8 and _decodes(decoder, b"", final=True)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _by_zeros(sample: bytes) -> Encoding | None:
    # In UTF-16 every second byte of a European text is zero.
    pairs = len(sample) // 2
    if pairs < 2:
        return None
    even, odd = sample[0 : pairs * 2 : 2].count(0), sample[1 : pairs * 2 : 2].count(0)
    if odd > pairs * 0.6 and even < pairs * 0.05:
        return Encoding.UTF16_LE
    if even > pairs * 0.6 and odd < pairs * 0.05:
        return Encoding.UTF16_BE
    return None
