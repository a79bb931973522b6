from io import BytesIO

import pytest

from onboarding.reading.layout import Columns, DateFormat, Encoding, TableGuess
from onboarding.reading.refusals import Expected, FileRefused, Problem
from onboarding.reading.table import guess
from tests.reading import written
from tests.reading.written import IBAN, OTHER_IBAN, read_table

POLISH = (
    "mBank S.A.;\n#Klient;\nJan Kowalski;\n\n#Waluta;#Rachunek;\nPLN;61 1090 1014 0000 0712 1981 2874;\n\n"
    "#Data księgowania;#Data operacji;#Opis operacji;#Tytuł;#Nadawca/Odbiorca;#Numer konta;#Kwota;#Saldo po operacji;\n"
    '2026-11-02;2026-11-01;ZAKUP KARTĄ;"Sklep ""Żabka""; nr 5";;\'\';-1 234,56;10 000,00;\n'
    "2026-11-13;2026-11-13;PRZELEW;czynsz;Jan;PL61109010140000071219812874;-0,44;9 999,56;\n"
)


def guessed(text: str, encoding: str = "utf-8") -> TableGuess:
    return guess(BytesIO(text.encode(encoding)))


def test_a_polish_table_with_a_preamble_is_guessed_whole() -> None:
    found = guessed(POLISH, "cp1250")
    assert (found.encoding, found.delimiter, found.header_row) == (Encoding.WINDOWS_1250, ";", 7)
    assert (found.date_format, found.decimal, found.thousands) == (DateFormat.YEAR_FIRST, ",", " ")
    assert found.columns == Columns(booked=0, date=1, kind=2, title=3, party=4, party_iban=5, amount=6, balance=7)
    assert (found.number, found.currency) == (IBAN, "PLN")
    assert found.header[0] == "#Data księgowania"
    assert found.first_rows[0][3] == 'Sklep "Żabka"; nr 5'
    assert {"encoding", "delimiter", "date_format", "decimal", "columns.amount"} <= found.certain


@pytest.mark.parametrize(
    ("text", "columns", "date_format", "decimal"),
    [
        (
            "Data operacji;Opis operacji;Kwota;Waluta\n02.11.2026;Sklep;-100,50;PLN\n03.11.2026;Pensja;1,00;PLN\n",
            Columns(date=0, title=1, amount=2, currency=3),
            DateFormat.DAY_DOTS,
            ",",
        ),
        (
            'Date,Description,Amount,Balance\n11/13/2026,Coffee,"-1,234.50",100.00\n11/02/2026,Pay,2.00,102.00\n',
            Columns(date=0, title=1, amount=2, balance=3),
            DateFormat.MONTH_SLASHES,
            ".",
        ),
        (
            "Datum;Částka;Měna;Protiúčet;Zpráva pro příjemce\n02.11.2026;-100,50;CZK;123/0800;kůň\n",
            Columns(date=0, amount=1, currency=2, party_iban=3, title=4),
            DateFormat.DAY_DOTS,
            ",",
        ),
        (
            "Fecha contable;Fecha valor;Concepto;Importe;Saldo\n20/11/2026;19/11/2026;Café;-10,00;1.090,00\n",
            Columns(booked=0, date=1, title=2, amount=3, balance=4),
            DateFormat.DAY_SLASHES,
            ",",
        ),
        (
            "Data Mov.;Data Valor;Descrição;Débito;Crédito;Saldo\n20-11-2026;20-11-2026;Café;10,00;;90,00\n"
            "21-11-2026;21-11-2026;Salário;;1,00;91,00\n",
            Columns(date=0, title=2, debit=3, credit=4, balance=5),
            DateFormat.DAY_DASHES,
            ",",
        ),
        (
            "Data tranzacției;Detalii tranzacție;Debit;Credit;Sold\n20.11.2026;Chirie;10,00;;90,00\n"
            "21.11.2026;Salariu;;5,00;95,00\n",
            Columns(date=0, title=1, debit=2, credit=3, balance=4),
            DateFormat.DAY_DOTS,
            ",",
        ),
        (
            "Data;Mokėjimo paskirtis;Gavėjas/Mokėtojas;Suma;Valiuta\n2026-11-20;Nuoma;Jonas;-10,00;EUR\n",
            Columns(date=0, title=1, party=2, amount=3, currency=4),
            DateFormat.YEAR_FIRST,
            ",",
        ),
        (
            "Datums;Saņēmējs/Maksātājs;Informācija;Summa;Valūta\n2026/11/20;Jānis;Īre;-10.00;EUR\n",
            Columns(date=0, party=1, title=2, amount=3, currency=4),
            DateFormat.YEAR_SLASHES,
            ".",
        ),
        (
            "Kliendi konto;Kuupäev;Saaja/maksja nimi;Selgitus;Summa;Valuuta;D/K\n"
            f"{IBAN};20.11.2026;Jaan;Üür;10,00;EUR;D\n{IBAN};21.11.2026;Mari;Palk;20,00;EUR;K\n",
            Columns(number=0, date=1, party=2, title=3, amount=4, currency=5, direction=6),
            DateFormat.DAY_DOTS,
            ",",
        ),
    ],
)
def test_columns_are_named_in_the_languages_of_our_countries(
    text: str, columns: Columns, date_format: DateFormat, decimal: str
) -> None:
    found = guessed(text)
    assert (found.columns, found.date_format, found.decimal) == (columns, date_format, decimal)
    assert found.header_row == 0


def test_without_a_header_the_columns_are_told_by_what_they_hold() -> None:
    found = guessed("20261102;abc;-10.00;90.00\n20261103;xyz;-5.00;85.00\n")
    assert found.header_row is None
    assert found.header == ()
    assert found.columns == Columns(date=0, title=1, amount=2, balance=3)
    assert found.date_format is DateFormat.DIGITS
    assert "columns.amount" not in found.certain


def test_day_or_month_first_is_a_guess_that_is_marked() -> None:
    text = "Date;Description;Amount;Currency\n02/11/2026;a;1.00;{}\n03/11/2026;b;2.00;{}\n"
    for currency, expected in (("USD", DateFormat.MONTH_SLASHES), ("GBP", DateFormat.DAY_SLASHES)):
        found = guessed(text.format(currency, currency))
        assert found.date_format is expected
        assert "date_format" not in found.certain


def test_one_sign_before_three_digits_is_no_certain_decimal() -> None:
    assert "decimal" not in guessed("Date;Title;Amount\n2026-11-02;a;1.234\n").certain
    assert "decimal" in guessed("Date;Title;Amount\n2026-11-02;a;1.234,5\n").certain


@pytest.mark.parametrize(("amounts", "decimal"), [(("1,000", "250"), "."), (("1.000", "250"), ","), (("1", "2"), ",")])
def test_a_sign_that_only_stands_before_three_digits_is_guessed_to_set_thousands_apart(
    amounts: tuple[str, ...], decimal: str
) -> None:
    rows = "".join(f"2026-11-02;a;{amount}\n" for amount in amounts)
    assert guessed(f"Date;Title;Amount\n{rows}").decimal == decimal


def test_two_account_numbers_are_no_number() -> None:
    text = f"Date;Account number;Amount\n2026-11-01;{IBAN};1.00\n2026-11-02;{OTHER_IBAN};2.00\n"
    found = guessed(text)
    assert (found.columns.number, found.number) == (1, "")


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_every_delimiter_is_told(delimiter: str) -> None:
    assert guessed(written.table().replace(";", delimiter)).delimiter == delimiter


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("utf-8", "Żółta Gęś"),
        ("utf-8-sig", "Żółta Gęś"),
        ("utf-16", "Żółta Gęś"),
        ("utf-16-le", "Żółta Gęś"),
        ("utf-16-be", "Żółta Gęś"),
        ("cp1250", "Żółta Gęś, Śnieżka"),
        ("iso8859-2", "Żółta Gęś, Śnieżka"),
        ("cp1252", "Ação, coração, não"),
        ("cp1252", "Señor Núñez, año"),
    ],
)
def test_every_encoding_is_told(encoding: str, title: str) -> None:
    found = guessed(written.table([written.Payment(title=title)]), encoding)
    assert found.first_rows[0][2] == title


def test_a_guess_reads_only_the_beginning_of_a_large_file() -> None:
    content = written.table([written.Payment()] * 20_000).encode()
    file = BytesIO(content)
    assert len(guess(file).first_rows) == 10
    assert file.tell() == 0


@pytest.mark.parametrize("text", ["", "\n\n", "a", "Dear Sir,\nnothing.\n", ";;;\n;;;\n", '"', "\x00;\x00"])
def test_what_is_no_table_gives_a_guess_without_columns(text: str) -> None:
    assert guessed(text).columns.amount is None


def many(rows: int, *, broken: dict[tuple[int, int], str]) -> str:
    """Write a table with days, a title, amounts and balances, and put other texts into some of its cells."""
    lines = ["Booked;Date;Title;Amount;Balance"]
    balance = 100
    for number in range(rows):
        balance -= number
        cells = [f"{number % 12 + 14}.11.2026", f"{number % 12 + 13}.11.2026", "tea", f"-{number},00", f"{balance},00"]
        cells = [broken.get((number, column), cell) for column, cell in enumerate(cells)]
        lines.append(";".join(cells))
    return "\n".join(lines) + "\n"


WHOLE = Columns(booked=0, date=1, title=2, amount=3, balance=4)


@pytest.mark.parametrize("column", [0, 1, 3, 4])
@pytest.mark.parametrize("row", [0, 5, 9])
def test_one_broken_cell_changes_no_guess(column: int, row: int) -> None:
    found = guessed(many(10, broken={(row, column): "twelve"}))
    assert (found.columns, found.date_format, found.decimal) == (WHOLE, DateFormat.DAY_DOTS, ",")
    assert {"columns.amount", "columns.booked", "date_format"} <= found.certain


@pytest.mark.parametrize("column", [0, 1, 3, 4])
def test_one_broken_cell_is_refused_at_its_place_when_the_table_is_read(column: int) -> None:
    content = many(10, broken={(5, column): "1O,00"}).encode()
    with pytest.raises(FileRefused) as caught:
        read_table(content)
    refused = caught.value
    expected = Expected.A_DATE if column < 2 else Expected.AN_AMOUNT
    assert (refused.problem, refused.line, refused.column) == (Problem.WRONG_VALUE, 7, column + 1)
    assert refused.expected is expected


def test_a_column_that_is_broken_more_often_is_not_guessed() -> None:
    broken = {(row, 3): "twelve" for row in (1, 4, 7)}
    assert guessed(many(10, broken=broken)).columns.amount is None


def test_one_good_cell_of_two_makes_no_column() -> None:
    text = "Date;Title;Amount;Balance\n2026-11-02;a;1,00;5,00\n2026-11-03;b;twelve;6,00\n"
    assert guessed(text).columns.amount is None


def test_without_a_header_one_broken_cell_changes_no_guess_either() -> None:
    text = many(10, broken={(6, 3): "twelve"}).partition("\n")[2]
    assert (guessed(text).columns.amount, guessed(text).columns.balance) == (3, 4)


def test_days_with_two_digits_of_the_year_are_guessed_but_need_a_look() -> None:
    found = guessed("Data;Tytuł;Kwota\n02.11.26;czynsz;-1,00\n13.11.26;pensja;2,00\n")
    assert (found.columns.date, found.date_format) == (0, DateFormat.DAY_DOTS_SHORT)
    assert "date_format" not in found.certain


def test_a_lithuanian_table_is_guessed_whole() -> None:
    text = (
        "Data;Gavėjas/Mokėtojas;Mokėjimo paskirtis;Suma;Valiuta\n2026-11-20;Žvejų įmonė;Nuoma už lapkritį;-10,00;EUR\n"
    )
    found = guessed(text, "cp1257")
    assert (found.encoding, found.columns) == (
        Encoding.WINDOWS_1257,
        Columns(date=0, party=1, title=2, amount=3, currency=4),
    )
    assert found.first_rows[0][1] == "Žvejų įmonė"
