"""The encoding of a text is told by its letters, and a doubt is said."""

from io import BytesIO

import pytest

from onboarding.reading.encodings import find_encoding
from onboarding.reading.layout import Encoding

TEXTS = {
    "pl": "Data księgowania;Tytuł;Nadawca\nZażółć gęślą jaźń, Łódź, opłata za kartę, więcej niż śnieg\n",
    "cs": "Datum zaúčtování;Částka;Zpráva\nPříliš žluťoučký kůň úpěl ďábelské ódy, nájemné, výběr\n",
    "ro": "Data tranzacţiei;Descriere;Sumă\nPlată către furnizor, încasări şi chirie lunară\n",
    "es": "Fecha;Descripción;Importe\nNómina de señor Núñez, año próximo, café y jamón\n",
    "pt": "Data;Descrição;Montante\nPagamento de prestação, não é possível, três mães\n",
    "lt": "Data;Gavėjas;Mokėjimo paskirtis\nAtlyginimas už rugsėjį, žvejų įmonė, šiąnakt, čekiai, ąžuolų alėja\n",
    "lv": "Datums;Saņēmējs;Informācija saņēmējam\nĪres maksājums, Jānis Bērziņš, ēdnīca, ģimenes ārsts, ķīmija\n",
    "et": "Kuupäev;Saaja;Selgitus\nÜür jaanuari eest, Mõisa küla, šokolaad, Jõgeva, öö ja päev\n",
}
USUAL = {
    Encoding.WINDOWS_1250: ("pl", "cs", "ro"),
    Encoding.ISO_8859_2: ("pl", "cs"),
    Encoding.WINDOWS_1252: ("es", "pt", "et"),
    Encoding.WINDOWS_1257: ("lt", "lv", "et"),
}
PAIRS = [(encoding, language) for encoding, languages in USUAL.items() for language in languages]


@pytest.mark.parametrize(("encoding", "language"), PAIRS)
def test_the_letters_of_a_language_tell_its_encoding(encoding: Encoding, language: str) -> None:
    text = TEXTS[language]
    found = find_encoding(BytesIO(text.encode(encoding)))
    assert text.encode(encoding).decode(found.encoding) == text


@pytest.mark.parametrize("language", ["lt", "lv"])
def test_a_baltic_text_is_told_without_doubt(language: str) -> None:
    found = find_encoding(BytesIO(TEXTS[language].encode("cp1257")))
    assert (found.encoding, found.certain) == (Encoding.WINDOWS_1257, True)


@pytest.mark.parametrize("text", ["Jānis Īrnieks", "čia į"])
def test_letters_that_make_sense_in_another_language_too_leave_a_doubt(text: str) -> None:
    assert not find_encoding(BytesIO(text.encode("cp1257"))).certain
