"""The words that banks write above the columns of their tables, in the languages of our countries and English.

Written without accents, in small letters. Of two columns named exactly, the one whose words stand earlier wins; of
words within longer texts the longest.
"""

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans({"ł": "l", "đ": "d", "ß": "ss", "ø": "o"})
_OTHERS = re.compile(r"[^a-z0-9]+")

# Field of ``Columns`` → texts, each with the languages that use it.
WORDS: dict[str, tuple[str, ...]] = {
    "booked": (
        "data ksiegowania|pl",
        "booking date|en",
        "booked|en",
        "posting date|en",
        "posted date|en",
        "post date|en",
        "completed date|en",
        "datum zauctovani|cs",
        "zauctovano|cs",
        "datum splatnosti|cs",
        "fecha contable|es",
        "fecha de contabilizacion|es",
        "data de contabilizacao|pt",
        "data lancamento|pt",
        "data inregistrarii|ro",
        "data contabila|ro",
        "iraso data|lt",
        "registravimo data|lt",
        "gramatosanas datums|lv",
        "kande kuupaev|et",
        "kandekuupaev|et",
    ),
    "date": (
        "data operacji|pl",
        "data transakcji|pl",
        "data waluty|pl",
        "data|pl pt ro lt",
        "transaction date|en",
        "value date|en",
        "started date|en",
        "date|en",
        "datum provedeni|cs",
        "datum transakce|cs",
        "datum operace|cs",
        "datum platby|cs",
        "datum|cs",
        "fecha operacion|es",
        "fecha de operacion|es",
        "fecha valor|es",
        "fecha|es",
        "data movimento|pt",
        "data mov|pt",
        "data valor|pt",
        "data operacao|pt",
        "data tranzactiei|ro",
        "data tranzactie|ro",
        "data operatiunii|ro",
        "operacijos data|lt",
        "mokejimo data|lt",
        "datums|lv",
        "darijuma datums|lv",
        "maksajuma datums|lv",
        "kuupaev|et",
        "tehingu kuupaev|et",
        "maksepaev|et",
    ),
    "amount": (
        "kwota operacji|pl",
        "kwota transakcji|pl",
        "kwota|pl",
        "amount|en",
        "transaction amount|en",
        "castka|cs",
        "objem|cs",
        "suma transakce|cs",
        "importe|es",
        "cantidad|es",
        "montante|pt",
        "valor|pt",
        "importancia|pt",
        "suma|ro lt",
        "valoare|ro",
        "suma tranzactiei|ro",
        "summa|lv et",
        "tehingu summa|et",
        "betrag|de",
    ),
    "debit": (
        "obciazenia|pl",
        "obciazenie|pl",
        "kwota obciazenia|pl",
        "wydatki|pl",
        "debit|en ro",
        "debit amount|en",
        "money out|en",
        "paid out|en",
        "withdrawal|en",
        "withdrawals|en",
        "vydaje|cs",
        "odchozi castka|cs",
        "debe|es",
        "cargo|es",
        "cargos|es",
        "debito|pt",
        "debet|lt",
        "debetas|lt",
        "debets|lv",
        "deebet|et",
        "valjaminek|et",
    ),
    "credit": (
        "uznania|pl",
        "uznanie|pl",
        "kwota uznania|pl",
        "wplywy|pl",
        "credit|en ro",
        "credit amount|en",
        "money in|en",
        "paid in|en",
        "deposit|en",
        "deposits|en",
        "prijmy|cs",
        "prichozi castka|cs",
        "haber|es",
        "abono|es",
        "abonos|es",
        "credito|pt",
        "kreditas|lt",
        "kredits|lv",
        "kreedit|et",
        "laekumine|et",
    ),
    "balance": (
        "saldo po operacji|pl",
        "saldo po transakcji|pl",
        "saldo koncowe|pl",
        "saldo|pl es pt et",
        "saldo contabilistico|pt",
        "saldo disponivel|pt",
        "balance|en",
        "running balance|en",
        "account balance|en",
        "zustatek|cs",
        "zustatek po operaci|cs",
        "sold|ro",
        "sold final|ro",
        "likutis|lt",
        "atlikums|lv",
        "jaak|et",
    ),
    "title": (
        "tytul operacji|pl",
        "tytul|pl",
        "opis operacji|pl",
        "opis transakcji|pl",
        "opis|pl",
        "szczegoly|pl",
        "description|en",
        "details|en",
        "narrative|en",
        "reference|en",
        "memo|en",
        "zprava pro prijemce|cs",
        "poznamka|cs",
        "popis|cs",
        "zprava|cs",
        "popis operace|cs",
        "concepto|es",
        "descripcion|es",
        "observaciones|es",
        "descricao|pt",
        "descritivo|pt",
        "descriere|ro",
        "detalii|ro",
        "detalii tranzactie|ro",
        "explicatii|ro",
        "paskirtis|lt",
        "mokejimo paskirtis|lt",
        "aprasymas|lt",
        "informacija|lv",
        "maksajuma merkis|lv",
        "detalas|lv",
        "selgitus|et",
        "kirjeldus|et",
        "makse selgitus|et",
    ),
    "party": (
        "nadawca odbiorca|pl",
        "odbiorca nadawca|pl",
        "dane kontrahenta|pl",
        "kontrahent|pl",
        "nazwa kontrahenta|pl",
        "nadawca|pl",
        "odbiorca|pl",
        "counterparty|en",
        "payee|en",
        "payer|en",
        "beneficiary|en",
        "name|en",
        "beneficiary payer|en",
        "nazev protiuctu|cs",
        "nazev protistrany|cs",
        "protistrana|cs",
        "jmeno protistrany|cs",
        "ordenante|es",
        "beneficiario|es pt",
        "ordenante beneficiario|es",
        "contraparte|es pt",
        "nume beneficiar|ro",
        "beneficiar|ro",
        "platitor|ro",
        "contrapartida|ro",
        "gavejas moketojas|lt",
        "moketojas gavejas|lt",
        "gavejas|lt",
        "sanemejs maksatajs|lv",
        "sanemejs|lv",
        "maksatajs|lv",
        "saaja maksja nimi|et",
        "saaja maksja|et",
        "saaja|et",
    ),
    "party_iban": (
        "numer rachunku kontrahenta|pl",
        "nr rachunku kontrahenta|pl",
        "rachunek kontrahenta|pl",
        "numer konta nadawcy odbiorcy|pl",
        "rachunek nadawcy odbiorcy|pl",
        "nr rachunku nadawcy odbiorcy|pl",
        "numer konta|pl",
        "counterparty account|en",
        "counterparty iban|en",
        "payee account|en",
        "beneficiary account|en",
        "protiucet|cs",
        "cislo protiuctu|cs",
        "ucet protistrany|cs",
        "cuenta contraparte|es",
        "cuenta destino|es",
        "iban contraparte|es pt",
        "conta destino|pt",
        "cont beneficiar|ro",
        "iban beneficiar|ro",
        "gavejo saskaita|lt",
        "moketojo gavejo saskaita|lt",
        "sanemeja konts|lv",
        "saaja maksja konto|et",
        "saaja konto|et",
    ),
    "currency": (
        "waluta|pl",
        "waluta rachunku|pl",
        "currency|en",
        "ccy|en",
        "mena|cs",
        "mena uctu|cs",
        "divisa|es",
        "moneda|es ro",
        "moeda|pt",
        "valuta|ro lv et",
        "valiuta|lt",
        "vaaring|et",
    ),
    "number": (
        "rachunek|pl",
        "numer rachunku|pl",
        "nr rachunku|pl",
        "konto|pl",
        "account number|en",
        "account|en",
        "account no|en",
        "iban|en",
        "cislo uctu|cs",
        "ucet|cs",
        "vlastni ucet|cs",
        "cuenta|es",
        "numero de cuenta|es",
        "conta|pt",
        "numero de conta|pt",
        "cont|ro",
        "numar cont|ro",
        "saskaita|lt",
        "saskaitos nr|lt",
        "konts|lv",
        "konta numurs|lv",
        "kliendi konto|et",
        "konto number|et",
    ),
    "kind": (
        "typ operacji|pl",
        "opis operacji|pl",
        "rodzaj operacji|pl",
        "typ transakcji|pl",
        "rodzaj transakcji|pl",
        "type|en",
        "transaction type|en",
        "typ transakce|cs",
        "typ operace|cs",
        "typ|cs",
        "tipo|es pt",
        "tipo de movimiento|es",
        "tip tranzactie|ro",
        "tipas|lt",
        "operacijos tipas|lt",
        "darijuma veids|lv",
        "tehingu tuup|et",
        "tuup|et",
    ),
    "direction": (
        "d k|et lt lv",
        "deebet kreedit d c|et",
        "deebet kreedit|et",
        "debit credit|en",
        "dr cr|en",
        "c d|en",
        "cr dr|en",
        "debets kredits|lv",
        "d c|en",
    ),
}

# Texts of rows that are no payments but balances and turnovers, as the Baltic banks put them between the payments.
OPENING_TEXTS = frozenset(
    {"opening balance", "algsaldo", "sakuma atlikums", "likutis pradziai", "pradinis likutis", "saldo poczatkowe"}
)
CLOSING_TEXTS = frozenset(
    {"closing balance", "loppsaldo", "beigu atlikums", "likutis pabaigai", "galutinis likutis", "saldo koncowe"}
)
TURNOVER_TEXTS = frozenset({"turnover", "kaive", "kaibed", "apgrozijums", "apyvarta", "obroty"})


def bare(text: str) -> str:
    """Write a text in small letters without accents, with single blanks for all other signs."""
    small = text.casefold().translate(_LETTERS)
    letters = "".join(sign for sign in unicodedata.normalize("NFKD", small) if not unicodedata.combining(sign))
    return _OTHERS.sub(" ", letters).strip()


_EXACTLY = 1000
_TOO_SHORT_TO_BE_A_PART = 3
_KNOWN = {
    (entry.partition("|")[0], name): (_EXACTLY - place, frozenset(entry.partition("|")[2].split()))
    for name, entries in WORDS.items()
    for place, entry in enumerate(entries)
}


@lru_cache(maxsize=1024)
def scores(header: str) -> dict[str, tuple[int, frozenset[str]]]:
    """Say which fields a header may name, how well, and in which languages; other fields are left out."""
    said = bare(header)
    found: dict[str, tuple[int, frozenset[str]]] = {}
    if not said:
        return found
    for (words, name), (points, languages) in _KNOWN.items():
        if words != said:
            if len(words) <= _TOO_SHORT_TO_BE_A_PART or f" {words} " not in f" {said} ":
                continue
            points = len(words)
        if points > found.get(name, (0,))[0]:
            found[name] = (points, languages)
    return found


def named_exactly(header: str) -> set[str]:
    """Say which fields a header names with nothing else beside it."""
    said = bare(header)
    return {name for words, name in _KNOWN if words == said}
