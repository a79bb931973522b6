"""The form in which a person says how a table of payments is to be read."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onboarding import ibans
from onboarding.models import ColumnChoice
from onboarding.pages.file_page import Table
from onboarding.reading.layout import DateFormat, Encoding
from onboarding.services.files import Columns

ENCODINGS: tuple[tuple[str, str | Promise], ...] = (
    (Encoding.UTF8, _("All languages (UTF-8)")),
    (Encoding.WINDOWS_1250, _("Central European (Windows-1250)")),
    (Encoding.ISO_8859_2, _("Central European (ISO 8859-2)")),
    (Encoding.WINDOWS_1252, _("Western European (Windows-1252)")),
    (Encoding.WINDOWS_1257, _("Baltic (Windows-1257)")),
    (Encoding.UTF16_LE, _("All languages (UTF-16)")),
    (Encoding.UTF16_BE, _("All languages (UTF-16, other order)")),
)
# By names: a tab would not come back from every browser as it went.
DELIMITERS: tuple[tuple[str, str, str | Promise], ...] = (
    ("semicolon", ";", _("Semicolon ;")),
    ("comma", ",", _("Comma ,")),
    ("tab", "\t", _("Tabulator")),
    ("bar", "|", _("Vertical bar |")),
)
DATE_FORMATS: tuple[tuple[str, str | Promise], ...] = (
    (DateFormat.DAY_DOTS, _("31.12.2026 (day, month, year)")),
    (DateFormat.DAY_DOTS_SHORT, _("31.12.26 (day, month, year)")),
    (DateFormat.YEAR_FIRST, _("2026-12-31 (year, month, day)")),
    (DateFormat.DAY_SLASHES, _("31/12/2026 (day, month, year)")),
    (DateFormat.MONTH_SLASHES, _("12/31/2026 (month, day, year)")),
    (DateFormat.DAY_DASHES, _("31-12-2026 (day, month, year)")),
    (DateFormat.YEAR_SLASHES, _("2026/12/31 (year, month, day)")),
    (DateFormat.DIGITS, _("20261231 (year, month, day)")),
)
DECIMALS: tuple[tuple[str, str | Promise], ...] = ((",", _("Comma: 1 234,56")), (".", _("Dot: 1,234.56")))
MEANINGS = (
    ("booked_on", _("Day of booking")),
    ("transaction_on", _("Day of the payment")),
    ("amount", _("Amount, with a minus for money out")),
    ("debit", _("Money out")),
    ("credit", _("Money in")),
    ("balance", _("Balance after the payment")),
    ("title", _("Title or purpose")),
    ("party", _("Name of the other side")),
    ("party_iban", _("Account number of the other side")),
    ("currency_column", _("Currency")),
)
WITHOUT_HEADER = "none"


class ColumnForm(forms.Form):
    """How a table is written, what its columns hold, and whose account it is."""

    encoding = forms.ChoiceField(label=_("Letters"), choices=ENCODINGS)
    delimiter = forms.ChoiceField(
        label=_("Between the columns"), choices=[(key, words) for key, _sign, words in DELIMITERS]
    )
    decimal = forms.ChoiceField(label=_("Decimal sign"), choices=DECIMALS)
    date_format = forms.ChoiceField(label=_("Days are written like"), choices=DATE_FORMATS)
    number = forms.CharField(label=_("Number of the account"), max_length=64, required=False)
    currency = forms.CharField(label=_("Currency of the account"), max_length=3, required=False)
    account_name = forms.CharField(label=_("Your name for the account"), max_length=100, required=False)

    HOW_WRITTEN = ("encoding", "delimiter", "decimal", "date_format", "header_row")
    ACCOUNT = ("number", "currency", "account_name")

    LIKED = ("balance", "title", "party", "party_iban", "number", "account_name")
    """The fields that nobody has to fill in, whatever the others hold."""

    def __init__(self, *args: Any, table: Table, guess: ColumnChoice, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": _initial(guess), **kwargs})
        self.fields["header_row"] = forms.ChoiceField(
            label=_("Names of the columns"), choices=_header_choices(guess.header_row)
        )
        for name, example in _examples(table, guess).items():
            if example:
                self.fields[name].help_text = gettext("In the file: %(example)s") % {"example": example}
        choices = [("", _("not in the file")), *((str(number), name) for number, name in enumerate(table.names))]
        for name, label in MEANINGS:
            self.fields[name] = forms.TypedChoiceField(
                label=label, choices=choices, coerce=int, empty_value=None, required=False
            )

    def how_written(self) -> list[BoundField]:
        return [self[name] for name in self.HOW_WRITTEN]

    def is_wrongly_written(self) -> bool:
        """Tell whether a field of how the file is written has an error: then it must not stay folded."""
        return any(field.errors for field in self.how_written())

    def meanings(self) -> list[BoundField]:
        return [self[name] for name, _label in MEANINGS]

    def account(self) -> list[BoundField]:
        return [self[name] for name in self.ACCOUNT]

    def faulty(self) -> Iterator[BoundField]:
        """Yield the fields with an error, in the order of the page."""
        return (field for field in (*self.meanings(), *self.how_written(), *self.account()) if field.errors)

    def clean_number(self) -> str:
        number = ibans.plain(self.cleaned_data["number"])
        if number[:2].isalpha() and not ibans.is_valid_iban(number):
            raise forms.ValidationError(_("This is not an IBAN. Please check the letters and digits."))
        return number

    def clean_currency(self) -> str:
        currency = self.cleaned_data["currency"].strip().upper()
        if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
            raise forms.ValidationError(_("Write the currency with three letters, for example PLN or EUR."))
        return str(currency)

    def clean(self) -> dict[str, Any]:
        found = self.cleaned_data
        if found.get("booked_on") is None and found.get("transaction_on") is None:
            self.add_error("booked_on", _("Say which column holds the day."))
        has_parts = found.get("debit") is not None or found.get("credit") is not None
        if found.get("amount") is None and not has_parts:
            self.add_error("amount", _("Say which column holds the amount, or which hold money out and money in."))
        if found.get("amount") is not None and has_parts:
            self.add_error("amount", _("Choose either the amount, or money out and money in, but not both."))
        if found.get("currency") == "" and found.get("currency_column") is None:
            self.add_error("currency", _("Say the currency, for example PLN or EUR."))
        for name in self._used_twice(found):
            self.add_error(name, _("This column is chosen above for something else."))
        return found

    def _used_twice(self, found: dict[str, Any]) -> list[str]:
        # The two days may well be one column; whatever else stands in a column is one thing.
        chosen: Sequence[tuple[str, Any]] = [(name, found.get(name)) for name, _label in MEANINGS]
        taken = [column for name, column in chosen if name == "booked_on" and column is not None]
        twice = []
        for name, column in chosen[1:]:
            if column is None or (name == "transaction_on" and column in taken):
                continue
            if column in taken:
                twice.append(name)
            taken.append(column)
        return twice

    def columns(self) -> Columns:
        """Return what a valid form says."""
        found = dict(self.cleaned_data)
        found["delimiter"] = {key: sign for key, sign, _words in DELIMITERS}[found["delimiter"]]
        header = found["header_row"]
        found["header_row"] = int(header) if header.isdigit() else None
        return Columns(**found)


def _header_choices(guessed: int | None) -> list[tuple[str, str | Promise]]:
    row = guessed or 0
    return [
        (str(row), _("They stand in line %(number)d") % {"number": row + 1}),
        (WITHOUT_HEADER, _("The file has none")),
    ]


def _examples(table: Table, guess: ColumnChoice) -> dict[str, str]:
    """Return values of the file by which a person sees whether the way of writing was guessed right."""
    amounts = (guess.amount, guess.debit, guess.credit)
    return {
        "encoding": table.first_with_accents(),
        "date_format": table.first(guess.transaction_on if guess.booked_on is None else guess.booked_on),
        "decimal": next((value for column in amounts if (value := table.first(column))), ""),
    }


def _initial(guess: ColumnChoice) -> dict[str, Any]:
    names = (*ColumnForm.HOW_WRITTEN, *ColumnForm.ACCOUNT, *(name for name, _label in MEANINGS))
    initial = {name: getattr(guess, name) for name in names}
    initial["delimiter"] = next((key for key, sign, _words in DELIMITERS if sign == guess.delimiter), "semicolon")
    initial["header_row"] = WITHOUT_HEADER if guess.header_row is None else str(guess.header_row)
    return initial
