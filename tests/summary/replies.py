"""Aggregated replies as the vendor sends them, small and made by hand."""

ACCOUNT = """
<account>
  <name>Everyday</name><iban>PL61109010140000071219812874</iban>
  <currencyBalance>100.00</currencyBalance><currencyName>PLN</currencyName>
  <moneyTransactions>
    <moneyTransaction>
      <transactionOn>2026-03-09</transactionOn><bookedOn>2026-03-10</bookedOn>
      <currencyAmount>-149.50</currencyAmount><title>Rent</title><labels><label>home</label></labels>
    </moneyTransaction>
    <moneyTransaction>
      <transactionOn>2026-02-09</transactionOn><bookedOn>2026-02-10</bookedOn>
      <currencyAmount>200.00</currencyAmount><title>Łódź</title>
    </moneyTransaction>
  </moneyTransactions>
</account>"""


def target(*accounts: str, name: str = "KontoBankApi", official_name: str = "KontoBank") -> str:
    return (
        f'<target name="{name}" officialName="{official_name}" institution="KontoBank">'
        f"<accounts>{''.join(accounts)}</accounts></target>"
    )


def reply(*targets: str, instant: str = ' responseTimestamp="2026-11-22T23:37:05Z"') -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><reply status="200 OK"{instant}>'
        f'<owner externalId="owner-1" origin="scraper">{"".join(targets)}</owner></reply>'
    ).encode()
