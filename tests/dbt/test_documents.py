"""Tables of a document that stand below their query hold what the warehouse answers."""

import re

import pytest

from ingest import settings
from warehouse.figures.theme import Page, picture
from warehouse.papers import pack

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


def test_the_picture_of_the_readme_is_drawn_from_the_warehouse(real_warehouse):
    """It is what the command below it writes, and its numbers are those of its description."""
    text = (settings.ROOT / "README.md").read_text(encoding="utf-8")
    said, path = re.search(r"!\[([^\]]+)\]\(([^)]+\.svg)\)", text).groups()
    found = pack.read("ahlert2024_fig4_correlations", level="region")
    page = Page(width=4.5, font_size=9)
    drawn = picture(found.drawn(page), "svg", page)
    assert (settings.ROOT / path).read_bytes() == drawn, f"{path} is not what its command writes"
    rest = found.rows["estimate"].to_list()
    *large, low, high = (float(n) for n in re.findall(r"-?\.\d\d", said.replace("−", "-")))
    for value in large:
        rest = [estimate for estimate in rest if round(estimate, 2) != value]
    assert (round(min(rest), 2), round(max(rest), 2)) == (low, high)


def test_the_readme_states_how_far_the_benchmarks_agree(query):
    """The mean of January 2024, with its models and its interval."""
    row = query(
        "select mean_estimate, n_models, ci_low, ci_high from rpt_cohort_agreement"
        " where cohort_id = 'brainscore_2024_complete' and method = 'spearman'"
    ).iloc[0]
    mean, low, high = (f"{row[c]:.2f}".lstrip("0") for c in ("mean_estimate", "ci_low", "ci_high"))
    stated = (
        f"by {mean} on average (January 2024, {row['n_models']:.0f} models; 95 % [{low}, {high}]"
    )
    text = (settings.ROOT / "README.md").read_text(encoding="utf-8")
    assert stated in " ".join(text.split())
