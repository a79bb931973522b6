"""The invented banks. None of them exists; the test bank keeps the name that the contract gives it."""

from dataclasses import dataclass

CURRENCIES = {
    "pl": "PLN",
    "cz": "CZK",
    "es": "EUR",
    "pt": "EUR",
    "ro": "RON",
    "lt": "EUR",
    "lv": "EUR",
    "ee": "EUR",
}
COUNTRIES = tuple(CURRENCIES)
# Locale codes follow the country codes (`cz`, not `cs`), and English is always there.
LOCALES = frozenset({*COUNTRIES, "en"})


@dataclass(frozen=True, slots=True)
class Bank:
    """One target of the catalog, with the habits in which real banks differ."""

    target: str
    institution: str
    official_name: str
    country: str
    bank_code: str
    look: int
    login_name: str = ""
    beta: bool = False
    psd2: bool = True
    gives_row_balance: bool = True
    gives_symbols: bool = False
    co_owner_kind: str = "CO_OWNER"
    account_types: tuple[str, ...] = ("personal",)

    @property
    def currency(self) -> str:
        """Return the currency of the bank's country."""
        return CURRENCIES[self.country]

    @property
    def is_test_bank(self) -> bool:
        """Tell whether this is KontoBank, which has logins of its own."""
        return self.institution == "KontoBank"

    @property
    def initial(self) -> str:
        """Return the letter that stands in the bank's mark."""
        return self.official_name.removeprefix("Bank ").removeprefix("Banka ")[0]

    @property
    def official_url(self) -> str:
        """Return an address that can never lead anywhere (RFC 2606 keeps `.example` for that)."""
        return f"https://{self.institution.lower()}.example/"


def _test_bank(country: str) -> Bank:
    codes = {"pl": "99900001", "ro": "KTBK", "lv": "KTBK"}
    suffix = "" if country == "pl" else f"_{country}"
    return Bank(
        target=f"KontoBank{suffix}",
        institution="KontoBank",
        official_name="KontoBank",
        country=country,
        bank_code=codes.get(country, "9991"),
        look=0,
        psd2=False,
    )


BANKS: tuple[Bank, ...] = (
    Bank("ZimorodekApi", "Zimorodek", "Zimorodek Bank", "pl", "99900104", 1,
         account_types=("personal", "savings", "credit")),
    # Two targets share one official name on purpose: a name is no identity.
    Bank("ZimorodekFirmaApi", "ZimorodekFirma", "Zimorodek Bank", "pl", "99900104", 1, login_name="Firma",
         account_types=("business",)),
    Bank("PodLipamiApi", "PodLipami", "Bank Pod Lipami", "pl", "99900205", 2, gives_symbols=True,
         account_types=("personal", "business")),
    Bank("ModraVazkaApi", "ModraVazka", "Banka Modrá Vážka", "cz", "9992", 3, gives_symbols=True,
         account_types=("personal", "business")),
    Bank("KastanApi", "Kastan", "Spořitelna Kaštan", "cz", "9993", 4, gives_symbols=True, beta=True),
    Bank("GolondrinaApi", "Golondrina", "Banco Golondrina", "es", "9994", 5, gives_row_balance=False),
    Bank("AlmendroApi", "Almendro", "Caja Almendro", "es", "9995", 2, psd2=False),
    Bank("SobreiroApi", "Sobreiro", "Caixa Sobreiro", "pt", "9996", 4, co_owner_kind="CO-OWNER"),
    Bank("RandunicaApi", "Randunica", "Banca Rândunica", "ro", "RNDC", 3, account_types=("personal", "savings")),
    Bank("GandroApi", "Gandro", "Gandro bankas", "lt", "99970", 1, gives_row_balance=False),
    Bank("ZilesApi", "Ziles", "Zīles banka", "lv", "ZLBK", 5, beta=True),
    Bank("RukkilillApi", "Rukkilill", "Rukkilille Pank", "ee", "99", 3),
    *(_test_bank(country) for country in COUNTRIES),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StatementBank:
    """A bank whose PDF statements are read; `target` is what the statement catalog calls it."""

    target: str
    official_name: str
    institution: str


STATEMENT_COUNTRY = "pl"
# Statements are read for Polish banks alone, and for one that has no sign-in at all.
STATEMENT_BANKS: tuple[StatementBank, ...] = (
    *(
        StatementBank(f"{bank.institution}Pdf", bank.official_name, bank.institution)
        for bank in BANKS
        if bank.country == STATEMENT_COUNTRY and not bank.login_name
    ),
    StatementBank("PodSwierkiemPdf", "Bank Spółdzielczy Pod Świerkiem", "PodSwierkiem"),
)

_BY_TARGET = {bank.target: bank for bank in BANKS}


def by_target(target: str) -> Bank | None:
    """Return the bank with this target name, if there is one."""
    return _BY_TARGET.get(target)


def of_country(country: str) -> list[Bank]:
    """Return the banks of one country (lower-case code) in the order of the catalog."""
    return [bank for bank in BANKS if bank.country == country]


def of_statement(official_name: str) -> StatementBank | None:
    """Return the bank that prints statements under this official name, if they are read."""
    return next((bank for bank in STATEMENT_BANKS if bank.official_name == official_name), None)
