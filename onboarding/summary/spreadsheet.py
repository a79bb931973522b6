"""A workbook in the form of ECMA-376 (XLSX), given away piece by piece while it is being written.

Only what a list needs: texts, amounts and days in rows, sheets one after the other. Every text stands in its cell as a
text, so that none is a formula, a link or a number. Nothing waits for the end: neither a file nor a table of texts is
kept, and the first bytes go out with the first rows.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from io import RawIOBase
from typing import IO

ROWS_A_SHEET = 1_048_576
"""What a sheet can hold, the header row among them."""
BYTES_A_SHEET = 1024 * 1024 * 1024
"""Of XML. A part of 2 GiB or more would need a form of the archive that not every program reads."""
LONGEST_CELL = 32_767

Cell = str | Decimal | date | None

_DAY_0 = date(1899, 12, 30)
_PIECE_BYTES = 64 * 1024
_QUICK_BUT_SMALL = 3
"""The level of compression: half the time of zlib's own choice, for files about a tenth larger."""
# XML has no way to write these, not even escaped.
_UNWRITABLE = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
# A program takes this for a character's number, and shows that character.
_LOOKS_ESCAPED = "_(?=x[0-9A-Fa-f]{4}_)"
_SPECIAL = re.compile(f"[&<>{_UNWRITABLE}]|{_LOOKS_ESCAPED}")
_WRITTEN = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "_": "_x005F_"}
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEET_BEGINS = (
    f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)
_SHEET_ENDS = "</sheetData></worksheet>"
_AMOUNT, _DAY = 1, 2
_STYLES = f"""{_HEAD}<styleSheet xmlns="{_MAIN}">
<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts>
<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="2" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""


class _Outbox(RawIOBase):
    """The archive's file: keeps what was written until it is taken, and can't go back."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, piece: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self._pieces.append(bytes(piece))
        self.size += len(piece)
        return len(piece)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        self.size = 0
        return taken


def chunks(
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    rows_a_sheet: int = ROWS_A_SHEET,
    bytes_a_sheet: int = BYTES_A_SHEET,
) -> Iterator[bytes]:
    """Write a workbook with these rows, the header on top of each sheet, in pieces of about 64 KiB."""
    outbox = _Outbox()
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_DEFLATED, compresslevel=_QUICK_BUT_SMALL) as archive:
        # First, so that what looks at the beginning of a file knows its kind.
        archive.writestr("_rels/.rels", _relations(("officeDocument", "xl/workbook.xml")))
        archive.writestr("xl/styles.xml", _STYLES)
        sheets = 0
        waiting = iter(rows)
        following = next(waiting, None)
        while following is not None or not sheets:
            sheets += 1
            with archive.open(f"xl/worksheets/sheet{sheets}.xml", "w") as sheet:
                written = _write(sheet, _SHEET_BEGINS + _row(1, header))
                line = 1
                while following is not None and line < rows_a_sheet and written < bytes_a_sheet:
                    line += 1
                    written += _write(sheet, _row(line, following))
                    if outbox.size >= _PIECE_BYTES:
                        yield outbox.take()
                    following = next(waiting, None)
                _write(sheet, _SHEET_ENDS)
        archive.writestr("xl/workbook.xml", _workbook(sheets))
        names = [("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, sheets + 1)]
        archive.writestr("xl/_rels/workbook.xml.rels", _relations(*names, ("styles", "styles.xml")))
        archive.writestr("[Content_Types].xml", _content_types(sheets))
    yield outbox.take()


def _write(sheet: IO[bytes], text: str) -> int:
    return sheet.write(text.encode())


def _row(line: int, cells: Sequence[Cell]) -> str:
    columns = _COLUMNS[: len(cells)]
    written = [_cell(column, line, cell) for column, cell in zip(columns, cells, strict=True) if cell is not None]
    return f'<row r="{line}">{"".join(written)}</row>'


def _cell(column: str, line: int, cell: Cell) -> str:
    if isinstance(cell, str):
        return f'<c r="{column}{line}" t="inlineStr"><is>{_text(cell)}</is></c>' if cell else ""
    if isinstance(cell, Decimal):
        return f'<c r="{column}{line}" s="{_AMOUNT}"><v>{cell:f}</v></c>'
    if cell is None:
        return ""
    return f'<c r="{column}{line}" s="{_DAY}"><v>{(cell - _DAY_0).days}</v></c>'


def _text(text: str) -> str:
    if _SPECIAL.search(text):
        text = _SPECIAL.sub(lambda found: _WRITTEN.get(found[0], " "), text)
    if text[0].isspace() or text[-1].isspace():
        return f'<t xml:space="preserve">{text}</t>'
    return f"<t>{text}</t>"


def _relations(*parts: tuple[str, str]) -> str:
    written = [
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(parts, start=1)
    ]
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{"".join(written)}</Relationships>'


def _workbook(sheets: int) -> str:
    written = [
        f'<sheet name="Sheet{number}" sheetId="{number}" r:id="rId{number}"/>' for number in range(1, sheets + 1)
    ]
    return f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{"".join(written)}</sheets></workbook>'


def _content_types(sheets: int) -> str:
    parts = [("xl/workbook.xml", "sheet.main"), ("xl/styles.xml", "styles")]
    parts += [(f"xl/worksheets/sheet{number}.xml", "worksheet") for number in range(1, sheets + 1)]
    written = [f'<Override PartName="/{name}" ContentType="{_TYPES}.{kind}+xml"/>' for name, kind in parts]
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{''.join(written)}</Types>"
    )


_COLUMNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
