"""Whom the invented people pay and are paid by, country by country. Every name is invented."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Habit:
    """A kind of payment that comes back: texts, the range of its amount in 1/100, and how often."""

    title: str
    party: str
    kind: str
    labels: tuple[str, ...]
    lowest: int
    highest: int
    weight: int = 0
    day_of_month: int = 0
    by_transfer: bool = False


@dataclass(frozen=True, slots=True)
class Household:
    """A person's paying habits and name in one country."""

    holder: str
    partner: str
    address: str
    current_account: str
    savings_account: str
    habits: tuple[Habit, ...]


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of one country; `scale` is what one euro roughly is in its currency."""

    scale: float
    people: tuple[str, str, str]
    accounts: tuple[str, str]
    kinds: tuple[str, str, str, str]
    salary: tuple[str, str]
    rent: tuple[str, str]
    grocery: str
    bakery: str
    transport: str
    pharmacy: str
    restaurant: str
    power: tuple[str, str]
    cash: str
    fee: str


def _household(words: _Words) -> Household:
    card, out, income, cash_kind = words.kinds

    def cents(euros: float) -> int:
        return round(euros * 100 * words.scale)

    def bought(party: str, labels: tuple[str, ...], low: float, high: float, weight: int) -> Habit:
        return Habit(f"{card} {party}", party, card, labels, -cents(high), -cents(low), weight)

    habits = (
        Habit(words.salary[0], words.salary[1], income, ("salary", "regular wage", "monthly"), cents(1380),
              cents(1460), day_of_month=10, by_transfer=True),
        Habit(words.rent[0], words.rent[1], out, ("rent", "monthly"), -cents(520), -cents(520),
              day_of_month=3, by_transfer=True),
        Habit(words.power[0], words.power[1], out, ("utilities", "monthly"), -cents(74), -cents(38),
              day_of_month=17, by_transfer=True),
        Habit(words.fee, "", "", ("fee",), -cents(2), -cents(2), day_of_month=28),
        bought(words.grocery, ("grocery",), 6, 48, 9),
        bought(words.bakery, ("grocery", "food with delivery"), 1.5, 8, 6),
        bought(words.transport, ("public transport",), 0.9, 3.2, 6),
        bought(words.pharmacy, ("healthcare",), 4, 29, 2),
        bought(words.restaurant, ("leisure", "nightlife"), 7, 42, 3),
        Habit(words.cash, "", cash_kind, ("cash withdrawal",), -cents(60), -cents(20), 1),
    )  # fmt: skip
    holder, partner, address = words.people
    return Household(holder, partner, address, *words.accounts, habits)


_WORDS = {
    "pl": _Words(
        4.3,
        ("Halina Wrzos", "Bogdan Wrzos", "ul. Klonowa 8/14, 99-999 Lipowo"),
        ("Konto osobiste", "Konto oszczędnościowe"),
        ("Płatność kartą", "Przelew wychodzący", "Przelew przychodzący", "Wypłata z bankomatu"),
        ("Wynagrodzenie za miesiąc", "Tartak Zielony Las sp. z o.o."),
        ("Czynsz i media", "Spółdzielnia Pod Kasztanem"),
        "Sklep Cztery Pory", "Piekarnia Złoty Kłos", "Bilety Miejskie Lipowo", "Apteka Rumianek",
        "Bistro Kura i Kogut", ("Faktura za prąd", "Energia Lipowo"), "Bankomat Lipowo, Rynek", "Opłata za konto",
    ),
    "cz": _Words(
        25,
        ("Jarmila Vrbová", "Otakar Vrba", "Pod Kaštany 12, 999 01 Lipová"),
        ("Běžný účet", "Spořicí účet"),
        ("Platba kartou", "Odchozí úhrada", "Příchozí úhrada", "Výběr z bankomatu"),
        ("Mzda", "Pila Zelený les s.r.o."),
        ("Nájemné", "Družstvo U Lípy"),
        "Potraviny Čtyři roční doby", "Pekařství Zlatý klas", "Jízdenky Lipová", "Lékárna Heřmánek",
        "Bistro Slepice", ("Faktura za elektřinu", "Elektřina Lipová"), "Bankomat Lipová, náměstí", "Poplatek za účet",
    ),
    "es": _Words(
        1,
        ("Remedios Encina", "Anselmo Olmo", "Calle del Tilo 8, 99999 Villatilo"),
        ("Cuenta corriente", "Cuenta de ahorro"),
        ("Pago con tarjeta", "Transferencia emitida", "Transferencia recibida", "Retirada de efectivo"),
        ("Nómina", "Serrería Bosque Verde S.L."),
        ("Alquiler", "Comunidad El Castaño"),
        "Ultramarinos Cuatro Estaciones", "Panadería La Espiga", "Billetes Villatilo", "Farmacia Manzanilla",
        "Taberna El Gallo", ("Recibo de la luz", "Luz Villatilo"), "Cajero Villatilo, Plaza", "Comisión de la cuenta",
    ),
    "pt": _Words(
        1,
        ("Graciete Carvalho Novo", "Adelino Freixo", "Rua da Tília 8, 9999-999 Vila Tília"),
        ("Conta à ordem", "Conta poupança"),
        ("Compra com cartão", "Transferência emitida", "Transferência recebida", "Levantamento"),
        ("Ordenado", "Serração Bosque Verde Lda."),
        ("Renda da casa", "Condomínio do Castanheiro"),
        "Mercearia Quatro Estações", "Padaria da Espiga", "Bilhetes Vila Tília", "Farmácia Camomila",
        "Tasca do Galo", ("Fatura da luz", "Luz de Vila Tília"), "Caixa automático Vila Tília", "Comissão da conta",
    ),
    "ro": _Words(
        5,
        ("Aurica Stejaru", "Vasile Stejaru", "Strada Teiului 8, 999999 Teiuș Nou"),
        ("Cont curent", "Cont de economii"),
        ("Plată cu cardul", "Transfer trimis", "Transfer primit", "Retragere numerar"),
        ("Salariu", "Gaterul Pădurea Verde SRL"),
        ("Chirie", "Asociația Castanul"),
        "Magazin Patru Anotimpuri", "Brutăria Spicul de Aur", "Bilete Teiuș Nou", "Farmacia Mușețel",
        "Bistro La Cocoș", ("Factura de curent", "Curent Teiuș Nou"), "Bancomat Teiuș Nou, piață", "Comision de cont",
    ),
    "lt": _Words(
        1,
        ("Danutė Ąžuolienė", "Vytenis Ąžuolas", "Liepų g. 8, LT-99999 Liepynė"),
        ("Einamoji sąskaita", "Taupomoji sąskaita"),
        ("Mokėjimas kortele", "Išeinantis pavedimas", "Gautas pavedimas", "Grynųjų išėmimas"),
        ("Darbo užmokestis", "UAB Žalios girios lentpjūvė"),
        ("Nuoma", "Bendrija Po kaštonu"),
        "Parduotuvė Keturi metų laikai", "Kepykla Auksinė varpa", "Bilietai Liepynė", "Vaistinė Ramunėlė",
        "Užeiga Gaidys", ("Sąskaita už elektrą", "Liepynės elektra"), "Bankomatas Liepynė", "Sąskaitos mokestis",
    ),
    "lv": _Words(
        1,
        ("Velta Ozoliņa-Liepa", "Imants Liepa", "Liepu iela 8, LV-9999 Liepkalne"),
        ("Norēķinu konts", "Krājkonts"),
        ("Pirkums ar karti", "Izejošais maksājums", "Ienākošais maksājums", "Skaidras naudas izmaksa"),
        ("Darba alga", "SIA Zaļā meža gateris"),
        ("Īre", "Biedrība Zem kastaņas"),
        "Veikals Četri gadalaiki", "Maiznīca Zelta vārpa", "Biļetes Liepkalne", "Aptieka Kumelīte",
        "Bistro Gailis", ("Rēķins par elektrību", "Liepkalnes elektrība"), "Bankomāts Liepkalne", "Konta maksa",
    ),
    "ee": _Words(
        1,
        ("Helju Tammepuu", "Kalju Tammepuu", "Pärna 8, 99999 Pärnaküla"),
        ("Arvelduskonto", "Kogumiskonto"),
        ("Kaardimakse", "Väljaminev makse", "Laekumine", "Sularaha väljavõtt"),
        ("Töötasu", "Rohelise Metsa Saeveski OÜ"),
        ("Üür", "Ühistu Kastani all"),
        "Pood Neli Aastaaega", "Pagar Kuldne Viljapea", "Piletid Pärnaküla", "Apteek Kummel",
        "Kõrts Kukk", ("Elektriarve", "Pärnaküla Elekter"), "Automaat Pärnaküla", "Konto tasu",
    ),
}  # fmt: skip

HOUSEHOLDS = {country: _household(words) for country, words in _WORDS.items()}
# The person behind the vendor's test logins, as the contract names her.
TEST_PERSON = "Maria Sochacka"
