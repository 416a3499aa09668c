"""Tables on a phone: what the HTML must say so that blocks can be made of rows."""

from __future__ import annotations

from types import SimpleNamespace

from bs4 import BeautifulSoup
from docutils import nodes
from docutils.utils import new_document

from reviewbook.sphinxext.markup import ClassifyColumns
from reviewbook.sphinxext.stacking import span_rows, stack

HEAD = (
    '<thead><tr class="row-odd"><th class="head stub"><p>Value</p></th>'
    '<th class="head"><p>95% <em>CI</em> &amp; more</p></th>'
    '<th class="head rb-folded-cell"><p>Why</p></th></tr></thead>'
)
BODY = (
    '<tbody><tr class="rb-group row-even"><th class="stub" colspan="3"><p>First</p></th></tr>\n'
    '<tr class="row-odd"><th class="stub"><p>a</p></th><td><p>1</p></td>'
    '<td class="rb-folded-cell"><p>so</p></td></tr>\n'
    '<tr class="rb-below row-even"><th class="stub" colspan="3"><p>A note.</p></th></tr>\n'
    '<tr class="rb-group row-odd"><th class="stub" colspan="3"><p>Second</p></th></tr>\n'
    '<tr class="row-even"><th class="stub"><p>b</p></th><td><p></p></td><td></td></tr></tbody>'
)


def stacked(kind: str) -> BeautifulSoup:
    html = f'<p>Before.</p><table class="{kind} docutils" id="t">{HEAD}{BODY}</table><p>After.</p>'
    return BeautifulSoup(stack(html), "html.parser")


def test_rows_and_cells_of_records_say_what_they_are_and_what_they_are_of() -> None:
    table = stacked("rb-records").table
    assert not table.has_attr("role"), "with a role, axe allows no link in a caption"
    assert "rb-stacks" in table["class"]
    assert [part["role"] for part in table.find_all(["thead", "tbody"])] == ["rowgroup"] * 3
    assert {row["role"] for row in table.find_all("tr")} == {"row"}
    assert [head["role"] for head in table.thead.find_all("th")] == ["columnheader"] * 3
    first, second = table.select("tbody tr:not(.rb-group, .rb-below)")
    assert [cell["role"] for cell in first.find_all(["th", "td"])] == ["rowheader", "cell", "cell"]
    assert first.td["data-label"] == "95% CI & more"
    assert first.find("details").summary.get_text() == "Why"
    assert first.find("details").p.get_text() == "so"
    assert [cell.has_attr("data-empty") for cell in second.find_all("td")] == [True, True]
    assert not second.find("details")


def test_heads_of_groups_head_a_body_and_sentences_are_no_heads() -> None:
    for kind in ("rb-records", "rb-numbers"):
        table = stacked(kind).table
        assert [body.tr.get_text() for body in table.find_all("tbody")] == ["First", "Second"]
        assert {row.th["scope"] for row in table.select(".rb-group")} == {"rowgroup"}
        assert not table.select(".rb-below th")
        assert table.select_one(".rb-below td")["colspan"] == "3"


def test_a_grid_keeps_its_cells() -> None:
    table = stacked("rb-numbers").table
    assert not table.has_attr("role")
    assert not table.select("[data-label], details, [role]")


def test_text_around_tables_and_tables_without_head_stay() -> None:
    html = "<p>Before.</p><table><tbody><tr><td>1</td></tr></tbody></table>"
    assert stack(html) == html


def test_spanning_rows_have_one_cell_of_the_whole_width() -> None:
    def row() -> nodes.row:
        return nodes.row("", *(nodes.entry("", nodes.paragraph(text=t)) for t in "ab"))

    table = nodes.table("", nodes.tgroup("", nodes.tbody("", row(), row(), row(), row())))
    rows = list(table.findall(nodes.row))
    assert span_rows(table, ["group", "row", "below", "always Who <left>"]) == [rows[1]]
    assert [len(one) for one in rows] == [1, 2, 1, 1]
    assert rows[0][0]["morecols"] == 1
    assert rows[3][0][0].astext() == (
        '<details class="rb-fold-always"><summary>Who &lt;left&gt;</summary>'
    )


def columns_of(*rows: list[str]) -> nodes.document:
    """A document with a table of these rows, the first of which heads a group of the others."""
    body = nodes.tbody("", *(
        nodes.row("", *(nodes.entry("", nodes.paragraph(text=text)) for text in row))
        for row in rows
    ))  # fmt: skip
    body[0]["classes"].append("rb-group")
    specs = [nodes.colspec(stub=int(not i)) for i in range(len(rows[-1]))]
    document = new_document("test")
    document += nodes.table("", nodes.tgroup("", *specs, body))
    return document


def test_signed_numbers_are_set_flush_right_also_below_a_head() -> None:
    document = columns_of(
        ["Head"], ["a", "+1.2", "12 of them", "≈ 0.46"], ["b", "−0.3", "few", "p < 0.001"]
    )
    ClassifyColumns.run(SimpleNamespace(document=document))
    head, *rows = document.findall(nodes.row)
    assert len(head) == 1
    for row in rows:
        assert ["rb-number" in cell["classes"] for cell in row] == [False, True, False, True]


def test_columns_of_words_are_given_room_and_marks_none() -> None:
    document = columns_of(
        ["Item", "Asks", "Value", "Sentence"],
        ["1", "what is known", "87 (80 to 94)", "word " * 20],
        ["2a", "what was found", "12 (5 to 20)", "word " * 20],
    )
    ClassifyColumns.run(SimpleNamespace(document=document))
    _, *rows = document.findall(nodes.row)
    for row in rows:
        classes = [set(cell["classes"]) & {"rb-slim", "rb-room", "rb-prose"} for cell in row]
        assert classes == [{"rb-slim"}, {"rb-room"}, set(), {"rb-prose"}]
