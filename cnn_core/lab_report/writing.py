"""A report as an HTML page: one text, without a script, that loads nothing."""

import base64
import io

import numpy as np
from PIL import Image

from cnn_core.lab_report import chart
from cnn_core.lab_report.markup import Markup, element, inline, join, prose
from cnn_core.lab_report.records import (
    Answered,
    Answers,
    Block,
    Chart,
    Code,
    Confusions,
    Example,
    Examples,
    Facts,
    Report,
    Section,
    Table,
    Text,
)
from cnn_core.lab_report.style import STYLE
from cnn_core.plotting.matrix import matrix_cells

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_BLUE, _ORANGE = (31, 95, 168), (214, 107, 18)  # right answers and mistakes, as on the page
_MOST_ON_A_PAGE = 25  # rows of a table that a sheet holds whole
_STRONGEST = 0.75  # of a colour behind dark text
_WHITE_FROM = 0.55  # shade from which on the text is white


def write(report: Report) -> str:
    """The page, in UTF-8 a file that opens anywhere."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light"),
        element("title", f"Lab report: {report.title}"),
        element("style", Markup(STYLE)),
    )
    sheet = element("div", element("span", "Name"), element("span", "Date"), class_="sheet")
    lead = element("p", report.lead) if report.lead else Markup()
    header = element("header", element("h1", report.title), element("p", report.about, class_="about"), sheet, lead)
    body = element("body", header, element("main", *map(_section, report.sections)))
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _section(section: Section) -> Markup:
    return element("section", element("h2", section.title), *map(_block, section.blocks))


def _block(block: Block) -> Markup:
    match block:
        case Text():
            return prose(block.text)
        case Code():
            return element("pre", block.text)
        case Facts():
            rows = (element("div", element("dt", name), element("dd", value)) for name, value in block.rows)
            return element("dl", *rows, class_="facts")
        case Table():
            return _table(block)
        case Chart():
            return element("figure", element("figcaption", block.title), chart.draw(block))
        case Confusions():
            return _matrix(block)
        case Examples():
            return element("div", *map(_example, block.examples), class_="examples")
        case Answers():
            return join(*map(_answer, block.answers))


def _table(table: Table) -> Markup:
    head = element("thead", element("tr", *(element("th", name, scope="col") for name in table.header)))
    rows = (element("tr", *(element("td", cell) for cell in row)) for row in table.rows)
    length = "wide long" if len(table.rows) > _MOST_ON_A_PAGE else "wide"
    return element("div", element("table", head, element("tbody", *rows)), class_=length)


def _matrix(matrix: Confusions) -> Markup:
    """Shaded as on the page, with recall at the right and precision below."""
    cells, names = matrix_cells(matrix.counts), matrix.class_names
    recall, precision = cells.margins.names
    titles = [element("th", element("span", name), scope="col") for name in [*names, recall]]
    rows = []
    for place, name in enumerate(names):
        written = zip(cells.written[place], cells.shades[place], cells.is_good[place], strict=True)
        share = element("td", cells.margins.recall[place], class_="share")
        rows.append(element("tr", element("th", name, scope="row"), *(_cell(*cell) for cell in written), share))
    shares = (element("td", share, class_="share") for share in [*cells.margins.precision, cells.margins.accuracy])
    rows.append(element("tr", element("th", precision, scope="row", class_="share"), *shares))
    head = element("thead", element("tr", element("th", "actual ↓ said →"), *titles))
    return element("div", element("table", head, element("tbody", *rows), class_="matrix"), class_="wide")


def _cell(written: str, shade: float, is_good: bool) -> Markup:
    strength = _STRONGEST * shade if shade < _WHITE_FROM else shade
    mixed = (round(255 + (part - 255) * strength) for part in (_BLUE if is_good else _ORANGE))
    text = "#fff" if shade >= _WHITE_FROM and is_good else "#1a1a1a"
    return element("td", written, style=f"background:rgb({','.join(map(str, mixed))});color:{text}")


def _example(example: Example) -> Markup:
    picture = Markup()
    if example.image is not None:
        picture = element("img", src=_data_url(example.image), alt=example.title, width=96, height=96)
    lines = (element("div", line) for line in example.lines)
    return element("div", picture, element("h3", example.title), *lines, class_="example")


def _data_url(image: np.ndarray) -> str:
    """A PNG of uint8 (height, width, 3)."""
    file = io.BytesIO()
    Image.fromarray(np.asarray(image, np.uint8)).save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _answer(answered: Answered) -> Markup:
    """What was asked, said and right; of what was not answered the options, to be ticked on paper."""
    parts = [element("h3", inline(answered.question))]
    if answered.said:
        parts += [_said(answered, number) for number in range(len(answered.said))]
    else:
        boxes = (element("div", f"☐ {option}") for option in answered.options)
        parts.append(element("div", "Not answered yet.", *boxes, class_="said blank"))
    if answered.right is not None and answered.right not in answered.said:
        parts.append(element("p", "The answer is ", element("strong", answered.right), ".", class_="said"))
    if answered.right is not None and answered.why:
        parts.append(prose(answered.why))
    return element("div", *parts, class_="answer")


def _said(answered: Answered, number: int) -> Markup:
    said = answered.said[number]
    which = "" if len(answered.said) == 1 else f", try {number + 1}"
    mark = "" if answered.right is None else " ✓ right" if said == answered.right else " ✗ not right"
    return element("p", f"{answered.what}{which}: ", element("strong", said), mark, class_="said")
