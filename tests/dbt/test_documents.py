"""Tables of a document that stand below their query hold what the warehouse answers."""

import re

import pytest

from ingest import settings

pytestmark = pytest.mark.sources

BLOCK = re.compile(r"```sql\n(?P<sql>.*?)```\n\n(?P<table>(?:\|[^\n]*\n)+)", re.DOTALL)


def blocks() -> list:
    """Each query of docs/ that a table follows, with the table."""
    return [
        pytest.param(found["sql"], found["table"], id=f"{path.name}:{number}")
        for path in sorted((settings.ROOT / "docs").glob("*.md"))
        for number, found in enumerate(BLOCK.finditer(path.read_text(encoding="utf-8")), start=1)
    ]


@pytest.mark.parametrize(("sql", "table"), blocks())
def test_a_table_is_the_answer_to_its_query(query, sql, table):
    """Row by row, in the order of the query; whole numbers have a comma for each thousand."""
    printed = [[c.strip() for c in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    found = [
        [c if isinstance(c, str) else f"{c:,.10g}" for c in row]
        for row in query(sql).itertuples(index=False)
    ]
    assert printed == found, "\n".join("| " + " | ".join(row) + " |" for row in found)


SHARE = re.compile(
    r"(?P<percent>\d+)\s+%\s+of\s+(?P<n>[\d,]+)\s+ways(?:\s+to\s+ask)?"
    r"(?:\]\((?:[\w/]*methods\.md)?#(?P<claim>\w+)\))?"
)


def test_a_claim_stands_with_the_share_of_ways_to_ask_in_which_it_holds(query):
    """As a link that names the claim; no number is stale, and no claim of the mart is left out."""
    claims = query("select * from rpt_specification_claims").set_index("claim_id")
    stated = set()
    for path in (settings.ROOT / "README.md", *sorted((settings.ROOT / "docs").glob("*.md"))):
        for found in SHARE.finditer(path.read_text(encoding="utf-8")):
            where = f"{path.name}: {found[0]!r}"
            assert found["claim"] in claims.index, f"{where} links to no claim of {[*claims.index]}"
            claim = claims.loc[found["claim"]]
            printed = f"{claim['share_holding']:.0%} of {claim['n_specifications']:,}"
            assert f"{found['percent']}% of {found['n']}" == printed, where
            stated.add(found["claim"])
    assert stated == set(claims.index)
