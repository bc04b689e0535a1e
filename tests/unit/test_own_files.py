"""Files as people and spreadsheets write them: each is read right, or refused with the mend."""

import threading
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ingest.load import IngestError, load
from ingest.locate import PRESENT, locate_source
from ingest.registry import load_registry
from warehouse.cli import terminal
from warehouse.cli.own import _other_capitals, show_added
from warehouse.own import kept, scores
from warehouse.own.text import MAX_BYTES, Problem, Refused

BENCHMARKS = pd.DataFrame(
    [
        ("it", "IT, Majaj 2015", "higher", "ceiled"),
        ("share", "Share", "higher", "fraction"),
        ("loss", "Loss", "lower", "fraction"),
        ("top1", "Top 1", "higher", "percent"),
        ("rho", "Rho", "higher", "correlation"),
        ("dims", "Dims", "higher", "dimensions"),
    ],
    columns=["benchmark_id", "title", "direction", "unit"],
)
TWO = {("a", "share"): 0.5, ("b", "share"): 0.25}
LONG = "model,benchmark,score\na,share,.5\nb,share,.25\n"
WIDE = "model,share\na,.5\nb,.25\n"
SEMI = "model;share\na;0,5\nb;0,25\n"
H = "model,benchmark,score,error\n"
ONE = {("a", "share"): 0.5}

READ = {
    # how the text is written
    "plain": (LONG, TWO),
    "utf-8 mark": (LONG.encode("utf-8-sig"), TWO),
    "utf-16": (LONG.encode("utf-16"), TWO),
    "utf-16 little": (b"\xff\xfe" + LONG.encode("utf-16-le"), TWO),
    "utf-16 big": (b"\xfe\xff" + LONG.encode("utf-16-be"), TWO),
    "utf-16 semicolons": (SEMI.encode("utf-16"), TWO),
    "utf-32": (LONG.encode("utf-32"), TWO),
    "accents": ("model,share\nété,.5\n", {("été", "share"): 0.5}),
    "decomposed accents": ("model,share\ne\u0301,.5\n", {("é", "share"): 0.5}),
    "Windows line ends": (LONG.replace("\n", "\r\n"), TWO),
    "old line ends": (LONG.replace("\n", "\r"), TWO),
    "no last line end": (LONG.rstrip("\n"), TWO),
    # what parts the cells
    "tabs": (LONG.replace(",", "\t"), TWO),
    "semicolons": (LONG.replace(",", ";"), TWO),
    "sep=;": ("sep=;\n" + SEMI, TWO),
    "SEP=,": ("SEP=,\r\n" + WIDE, TWO),
    "quoted sep=;": ('"sep=;"\n' + SEMI, TWO),
    "sep=; in utf-16": (("sep=;\r\n" + SEMI).encode("utf-16"), TWO),
    "sep=tab": ("sep=\t\nmodel\tshare\na\t,5\n", ONE),
    "commas in a title": ('model;"IT, Majaj 2015"\na;1\n', {("a", "it"): 1}),
    "quoted title in commas": ('model,"IT, Majaj 2015"\na,1\n', {("a", "it"): 1}),
    # form
    "wide": (WIDE, TWO),
    "wide by benchmark": ("benchmark,a,b\nshare,.5,.25\n", TWO),
    "columns in any order": ("score,model,benchmark\n.5,a,share\n.25,b,share\n", TWO),
    "capitals": ("MODEL,Benchmark,SCORE\na,SHARE,.5\nb,Share,.25\n", TWO),
    "by title": ("model,benchmark,score\na,it, majaj 2015,1\n".replace("it, m", '"IT, M')
                 .replace("2015,", '2015",'), {("a", "it"): 1}),
    "blanks around": (" model , benchmark , score \n a , share , .5 \n b,share, .25\n", TWO),
    "no-break blanks around": ("model,share\n\u00a0a\u00a0,\u00a0.5\nb,.25\n", TWO),
    "blank lines": ("\n\n" + LONG.replace("\n", "\n\n"), TWO),
    "lines of commas": (LONG + ",,\n,,\n", TWO),
    "empty columns on the right": ("model,share,,\na,.5,,\nb,.25,,\n", TWO),
    "an empty cell more on every line": ("model,share,\na,.5,\nb,.25,\n", TWO),
    "whole numbers with whole errors": (H + "a,top1,71.0,5.0\n", {("a", "top1"): 71}),
    "whole numbers with other errors": (H + "a,top1,71,5\nb,top1,70,.5\n",
                                        {("a", "top1"): 71, ("b", "top1"): 70}),
    "quoted cells": ('"model","share"\n"a",".5"\n"b",".25"\n', TWO),
    "line end in a name of a column": ('model,"\nshare"\na,.5\nb,.25\n', TWO),
    "doubled quotes": ('model,share\n"a ""x""",.5\n', {('a "x"', "share"): 0.5}),
    "own benchmark": ("model,own:mine\na,7\n", {("a", "own:mine"): 7}),
    "own benchmark, capitals": ("model,OWN: Mine\na,7\n", {("a", "own:Mine"): 7}),
    "negative": ("model,rho\na,-.5\n", {("a", "rho"): -0.5}),
    "typesetter's minus": ("model,rho\na,\u2212.5\n", {("a", "rho"): -0.5}),
    # numbers
    "plus sign": ("model,share\na,+0.5\n", ONE),
    "power": ("model,share\na,5e-1\n", ONE),
    "whole": ("model,share\na,1\n", {("a", "share"): 1}),
    "point at the end": ("model,top1\na,71.\n", {("a", "top1"): 71}),
    "decimal commas": (SEMI, TWO),
    "decimal commas with tabs": (SEMI.replace(";", "\t"), TWO),
    "three decimals after zero": ("model;share\na;0,500\n", ONE),
    "three decimals beside two": ("model;top1;it\na;71,234;0,5\n",
                                  {("a", "top1"): 71.234, ("a", "it"): 0.5}),
    "three decimals with tabs": ("model\ttop1\na\t71.234\n", {("a", "top1"): 71.234}),
    "three decimals with commas": ("model,top1\na,71.234\n", {("a", "top1"): 71.234}),
    "power with a decimal comma": ("model;share\na;5,0e-1\n", ONE),
    # percent
    "percent of a share": ("model,share\na,50%\nb,25 %\n", TWO),
    "percent of a ceiled score": ("model,it\na,50%\n", {("a", "it"): 0.5}),
    "percent in percent": ("model,top1\na,71.5 %\n", {("a", "top1"): 71.5}),
    "percent of one's own": ("model,own:x\na,50 %\n", {("a", "own:x"): 0.5}),
    "percent with a decimal comma": ("model;share\na;50,0 %\nb;25 %\n", TWO),
    "percent with a no-break blank": ("model,share\na,50\u00a0%\nb,25\u202f%\n", TWO),
    "percent on one benchmark alone": ("model,share,it\na,50%,.5\n",
                                       {("a", "share"): 0.5, ("a", "it"): 0.5}),
    # missing
    **{f"missing {m!r}": (f"model,share,it\na,.5,{m}\n", ONE)
       for m in ("", "NA", "N/A", "nan", "NaN", "-", "–", "#N/A", "null", "None")},
    "missing in a long file": (LONG + "c,share,NA\nd,share,\n", TWO),
    "empty error": (H + "a,share,.5,\n", ONE),
    "a model without a score": ("model,share\na,.5\nb,.25\nc,\n", TWO),
}  # fmt: skip


def read(data: str | bytes, **how: str) -> scores.Scores:
    return scores.read(data if isinstance(data, bytes) else data.encode(), BENCHMARKS, **how)


@pytest.mark.parametrize(("data", "expected"), READ.values(), ids=READ)
def test_it_is_read_right(data, expected):
    rows = read(data).rows
    assert dict(zip(zip(rows["model"], rows["benchmark_id"], strict=True), rows["score"],
                    strict=True)) == expected  # fmt: skip


NUMBER = "a number"
REFUSED = {
    # the data, the line that is named, and what of the mend is said
    "latin-1": ("model,share\nété,.5\n".encode("latin-1"), 2, "--encoding latin-1"),
    "cp1252": ("model,share\n“a”,.5\n".encode("cp1252"), 2, "CSV UTF-8"),
    "utf-16 without its mark": (LONG.encode("utf-16-le"), 1, "UTF-16 needs its mark"),
    "utf-16 cut short": (LONG.encode("utf-16")[:-1], 3, "UTF-16"),
    "a null byte": ("model,share\na\0,.5\n", 2, "null bytes"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", 1, "UTF-8"),
    "Excel's own format": (b"PK\x03\x04\x14\0\x06\0", 1, "CSV UTF-8"),
    "empty": ("", 1, "name of your model"),
    "blank lines alone": ("\n \n\n", 1, "name of your model"),
    "header alone": ("model,share\n", 2, "a score"),
    "sep= of another sign": ("sep=|\nmodel|share\na|.5\n", 1, "sep=;"),
    "bars": ("model|share\na|.5\n", 1, "name of your model"),
    "an open quote": ('model,share\n"a,.5\n', 2, "quotes closed"),
    "text behind a quote": ('model,share\n"a"b,.5\n', 2, "quotes closed"),
    "a huge cell": ("model,share\n" + "a" * 200_000 + ",.5\n", 2, "name of your model"),
    "a huge file": (b"x" * (MAX_BYTES + 1), None, "1,000,000 at most"),
    "no model": ("name,share\na,.5\n", 1, "name of your model"),
    "no score": ("model,benchmark\na,share\n", 1, "a number"),
    "an unknown column": ("model,benchmark,score,sd\na,share,1,1\n", 1, "only model"),
    "a column twice": ("model,share,share\na,1,1\n", 1, "once"),
    "a column twice, capitals": ("model,share,SHARE\na,1,1\n", 1, "once"),
    "a column without a name": ("model,,share\na,1,.5\n", 1, "own:NAME"),
    "two columns without names": ("model,,,share\na,1,1,.5\n", 1, "once, with a name"),
    "a cell beyond the header": ("model,share\na,.5,.6\n", 2, "2, as in the header"),
    "an empty cell beyond the header": ("benchmark,a,b\nshare,0,52,\n", 2, "decimal point"),
    "an empty cell less than in the header": ("model,share,\na,.5,\nb,.25\n", 3, "3, as in"),
    "a decimal comma that leaves an error": (H + "a,top1,71,5\nb,top1,70,25\n", 2,
                                             "71.5, if that is one number"),
    "a decimal comma in a share": (H + "a,share,0,5\n", 2, "0 to 1"),
    "a cell short": (H + "a,share\n", 2, "4, as in the header"),
    "decimal commas in commas": ("model,share\na,0,5\n", 2, "decimal point"),
    "quoted decimal comma in commas": ('model,share\na,"0,5"\n', 2, "decimal point"),
    "header twice": (LONG + LONG, 4, "take this line out"),
    "header twice, capitals": (WIDE + "MODEL,Share\n", 4, "take this line out"),
    # names
    "an unknown benchmark": ("model,shair\na,1\n", 1, "near: share"),
    "an unknown benchmark in a row": (H + "a,nothing at all,1,\n", 2, "own:NAME"),
    "own benchmark without a name": ("model,own:\na,1\n", 1, "own:NAME"),
    "own benchmark, formula": ("model,own:=x\na,1\n", 1, "own:NAME"),
    "no name": ("model,share\n,.5\n", 2, "name of your model"),
    "a missing name": ("model,share\nNA,.5\n", 2, "name of your model"),
    "a long name": (f"model,share\n{'m' * 101},.5\n", 2, "100 characters"),
    "a bell": ("model,share\na\x07,.5\n", 2, "name of your model"),
    "an escape": ("model,share\na\x1b[31m,.5\n", 2, "name of your model"),
    "a line end in a name": ('model,share\n"a\nb",.5\n', 3, "name of your model"),
    "no width": ("model,share\na\u200bb,.5\n", 2, "name of your model"),
    "right to left": ("model,share\na\u202eb,.5\n", 2, "name of your model"),
    "a formula as a name": ("model,share\n=cmd(),.5\n", 2, "name of your model"),
    "an at as a name": ("model,share\n@SUM(A1),.5\n", 2, "name of your model"),
    "capitals apart": ("model,share,it\nNet,.5,\nnet,,.5\n", 3, "as in line 2"),
    "an own benchmark, capitals apart": (H + "a,own:My Test,1,\nb,own:my test,1,\n", 3,
                                         "'own:My Test', as in line 2"),
    "a score twice, own benchmark": (H + "a,own:x,1,\na,OWN: x,2,\n", 3, "line 2 has it already"),
    "a score twice": (LONG + "a,share,.5\n", 4, "line 2 has it already"),
    "a score twice, capitals": (LONG + "a,SHARE,.5\n", 4, "line 2 has it already"),
    "a score twice, id and title": ("model,it,\"IT, Majaj 2015\"\na,1,1\n", 2, "line 2 has"),
    "a model twice": (WIDE + "a,.5\n", 4, "line 2 has it already"),
    # numbers
    **{f"{text!r}": (f'model,top1\na,"{text}"\n', 2, NUMBER)
       for text in ("inf", "-inf", "Infinity", "1e400", "0x10", "1_000", "٣", "½", "x", "1e",
                    "1 2", "--1", "1-2", "=1+1", "+A1", "@1", "1 234", "1'234", "1,234.5",
                    "1.234.567", "1\u00a0234", "$5", "5%%", "% 5", "five", "1e999", "9999999",
                    "true", "2026-01-01", ".", "+", "nan%")},
    "two readings": ("model;top1\na;71,234\n", 2, "71,2340 if that is a decimal mark"),
    "two readings of a point": ("model;top1\na;71.234\n", 2, "71234 if not"),
    "two decimal marks": ("model;top1\na;71,5\nb;71.5\n", 3, "as '71,5' in line 2"),
    "thousands with decimal commas": ("model;dims\na;1.234,5\n", 2, "separator of thousands"),
    "thousands beside decimal commas": ("model;dims;it\na;1.234;0,5\n", 2, "one decimal mark"),
    **{f"{n} of a score without an end": (f"model,it\na,{n}\n", 2, "up to 1,000,000")
       for n in ("9999999", "1e400", "9" * 5_000)},
    # units
    "73 of a share": ("model,share\na,73\n", 2, "0 to 1, the unit of share being fraction"),
    "a share below none": ("model,share\na,-.5\n", 2, "0 to 1"),
    "52.3 of a ceiled score": ("model,it\na,52.3\n", 2, "with a percent sign it is taken as"),
    "a ceiled score far below none": ("model,it\na,-52.3\n", 2, "-2 to 2"),
    "a correlation of 2": ("model,rho\na,2\n", 2, "-1 to 1"),
    "dimensions below none": ("model,dims\na,-3\n", 2, "0 to 1,000,000"),
    "over a hundred percent": ("model,top1\na,101\n", 2, "0 to 100"),
    "below no percent": ("model,top1\na,-1\n", 2, "0 to 100"),
    "730 percent of a share": ("model,share\na,730 %\n", 2, "0 to 1"),
    "an error of 52 of a ceiled score": (H + "a,it,.5,52.3\n", 2, "0 to 2"),
    "percent of a correlation": ("model,rho\na,50 %\n", 2, "without a percent sign"),
    "percent signs on some": ("model,share\na,50 %\nb,.25\n", 2, "or none"),
    "percent signs on some, in percent": ("model,top1\na,50\nb,25 %\n", 3, "or none"),
    "a negative error": (H + "a,share,.5,-1\n", 2, "0 or more"),
    "an error that is none": (H + "a,share,.5,x\n", 2, "0 or more"),
    "too many models": ("model,share\n" + "".join(f"m{i},.5\n" for i in range(51)), None,
                        "50 at most"),
    "not one score": ("model,share\na,NA\nb,\n", 2, "a score"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "line", "mend"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_with_line_and_mend(data, line, mend):
    with pytest.raises(Refused) as refused:
        read(data)
    problems = refused.value.problems
    assert any(p.line == line and mend in p.expected + p.found for p in problems), problems
    assert len(str(refused.value)) < 20_000 and "\x1b" not in str(refused.value)


def test_there_are_a_hundred_and_more():
    assert len(READ) + len(REFUSED) >= 100


def test_an_encoding_that_is_declared_is_believed_and_a_wrong_one_is_refused():
    data = "model,share\nété,.5\n".encode("latin-1")
    assert read(data, encoding="latin-1").rows["model"].tolist() == ["été"]
    with pytest.raises(Refused, match="a name such as"):
        read(data, encoding="klingon")
    with pytest.raises(Refused, match="rot-13"):  # no encoding of text
        read(data, encoding="rot13")
    # the mark of a file says more than whoever names another encoding
    assert read(LONG.encode("utf-16"), encoding="latin-1").understood["text"] == "utf-16"


def test_what_was_understood_is_said():
    said = read("sep=;\nmodel;share;it\na;50,5 %;\nb;25 %;NA\n").understood
    assert said["form"] == "wide" and said["cells parted by"] == "semicolons"
    assert said["decimal mark"] == "comma"
    assert said["percent signs"].startswith("2,") and said["missing"].startswith("2 ")


def test_each_benchmark_is_said_beside_what_is_published():
    """First where a file may be in another unit: a share for percent passes every limit."""
    public = BENCHMARKS.assign(
        lowest=[-0.1, 0, 0, 0.1, -0.1, None], highest=[1, 1, 1, 91, 0.9, None]
    )
    rows = read("model,it,share,dims,own:x,rho,top1,loss\na,.5,.4,7,1,.95,.81,0\nb,.6,,,,,,\n").rows
    assert list(scores.ranges(rows, public).items()) == [
        ("rho", "correlation, 0.95; outside the published -0.1 to 0.9"),
        ("top1", "percent, 0.81; published 0.1 to 91; 81 % is 81 here, not .81"),
        ("it", "ceiled, 0.5 to 0.6; published -0.1 to 1"),
        ("share", "fraction, 0.4; published 0 to 1"),
        ("dims", "dimensions, 7; no published score"),
        ("other benchmarks", "1, 0 of them outside the published"),
    ]


def test_an_error_has_the_unit_of_its_score():
    (row,) = read(H + "a,share,50 %,5 %\n").rows.itertuples()
    assert (row.score, row.error, row.line) == (0.5, 0.05, 2)


def test_every_problem_is_listed_up_to_a_limit():
    with pytest.raises(Refused) as refused:
        read(H + "a,nothing_like_it_at_all,x,\n" * 100)
    problems = refused.value.problems
    assert sum(p.column == "benchmark" for p in problems) == 1  # a name is said to be wrong once
    assert len(problems) == 50 and str(refused.value).startswith("at least 50")


RECORD = """{"name": "mine", "kind": "scores", "file": "x", "sha256": "0", "bytes": 1,
"added_at": "2026-01-01", "counts": {}, "understood": {}}"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Where additions are kept."""
    monkeypatch.setattr("ingest.settings.DATA", tmp_path / "data")
    return tmp_path


def keep(path, name="mine", text=LONG):
    path.write_text(text, encoding="utf-8")
    found = read(text)
    counts = {"scores": len(found.rows)}
    data = path.read_bytes()
    return kept.keep(name, "scores", path, data, found.rows, counts, found.understood)


def standing() -> list[str]:
    """What stands where additions are kept, beside the lock that commands take in turn."""
    return sorted(p.name for p in kept.folder().iterdir() if p.name != kept.LOCK)


def test_an_addition_is_kept_whole_listed_and_removed(home):
    record = keep(home / "My Scores.CSV")
    folder = kept.folder() / "mine"
    files = ["SHA256SUMS", "original.csv", "record.json", "scores.csv"]
    assert sorted(p.name for p in folder.iterdir()) == files
    assert (folder / "original.csv").read_bytes() == LONG.encode()
    assert pd.read_csv(folder / "scores.csv")["score"].tolist() == [0.5, 0.25]
    assert kept.listed() == [record] and record.file == "My Scores.CSV"
    with pytest.raises(kept.NotKept, match=r"with the same content.*aw remove mine"):
        keep(home / "again.csv")
    with pytest.raises(kept.NotKept, match="Known: mine"):
        kept.remove("mime")
    assert kept.remove("mine") == record
    assert not kept.listed() and not standing()


def test_what_somebody_put_into_an_addition_is_not_removed_with_it(home):
    """It is named; what was added goes, damaged or not."""
    record = keep(home / "x.csv")
    folder = kept.folder() / "mine"
    (folder / "more").mkdir()
    for name in ("notes.txt", "more/labels.csv"):
        (folder / name).write_text("my own", encoding="utf-8")
        with pytest.raises(kept.NotKept, match=rf"{name}\. Move it away, then aw remove mine"):
            kept.remove("mine")
        assert (folder / name).read_text("utf-8") == "my own" and kept.listed() == [record]
        (folder / name).unlink()
    (folder / "scores.csv").write_text("damaged", encoding="utf-8")
    (folder / ".DS_Store").touch()  # nobody's
    (folder / "SHA256SUMS").unlink()
    assert kept.remove("mine") == record and not standing()


def test_of_an_addition_that_is_a_link_the_link_is_removed(home):
    """And its name is free again."""
    record = keep(home / "x.csv")
    elsewhere = (kept.folder() / "mine").rename(home / "elsewhere")
    (kept.folder() / "mine").symlink_to(elsewhere)
    (elsewhere / "notes.txt").write_text("my own", encoding="utf-8")
    assert kept.remove("mine") == record and not standing()
    assert (elsewhere / "notes.txt").is_file() and (elsewhere / "scores.csv").is_file()
    assert keep(home / "x.csv").name == "mine"


def test_of_two_additions_of_one_name_at_once_the_first_is_kept(home):
    """Whole, and the second is told: neither takes what the other is at."""
    refused = []

    def again() -> None:
        try:
            keep(home / "y.csv", text=LONG.replace(".5", ".75"))
        except kept.NotKept as error:
            refused.append(str(error))

    second = threading.Thread(target=again)

    def meanwhile(_: Path) -> None:
        second.start()
        second.join(0.5)

    rows = read(LONG).rows
    kept.keep("mine", "scores", home / "x.csv", b"", rows, {}, {}, check=meanwhile)
    second.join()
    assert pd.read_csv(kept.folder() / "mine" / "scores.csv")["score"].tolist() == [0.5, 0.25]
    assert len(refused) == 1 and "mine is there already" in refused[0] and standing() == ["mine"]


def test_what_was_added_is_listed_on_a_narrow_terminal_too(home, monkeypatch, capsys):
    """A table of six columns there has no room for their cells."""
    record = keep(home / "x.csv")
    monkeypatch.setattr(terminal.OUT, "width", 20)
    show_added()
    shown = capsys.readouterr().out
    assert "mine" in shown and "x.csv" in shown and record.sha256[:12] in shown


@pytest.mark.parametrize("damage", ["scores.csv", "SHA256SUMS", "record.json", "no sums"])
def test_an_addition_that_was_damaged_is_named(home, damage):
    """By its own checksum: a build would take another number for the one that was added."""
    keep(home / "x.csv")
    path, sums = kept.folder() / "mine" / damage, kept.folder() / "mine" / "SHA256SUMS"
    if damage == "no sums":
        sums.unlink()
    else:
        path.write_bytes(path.read_bytes().replace(b"5", b"4").replace(b"{", b"["))
    own = load_registry()["own"]
    found = {item.file.path: item for item in locate_source(own)}["own/mine/scores.csv"]
    if damage == "record.json":
        with pytest.raises(kept.NotKept, match=r"record\.json: damaged .* add its file again"):
            kept.listed()
        assert found.status == PRESENT
    else:
        with duckdb.connect() as con, pytest.raises(IngestError, match="`aw remove mine`") as error:
            load(con, {"own": own}, {"own": [found]})
        assert "the file is not the added one" in str(error.value)


def test_what_a_killed_command_left_half_way_goes_with_the_next(home):
    """It is no addition, and does not pile up."""
    (kept.folder() / ".mine").mkdir(parents=True)
    (kept.folder() / ".mine" / "scores.csv").write_text("half", encoding="utf-8")
    assert not kept.listed()
    keep(home / "x.csv")
    assert standing() == ["mine"]


def test_what_fails_half_way_leaves_nothing(home, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
    with pytest.raises(kept.NotKept, match=r"mine: could not be written \(the disk is full"):
        keep(home / "x.csv")
    assert not kept.listed() and not standing()


@pytest.mark.parametrize(
    ("file", "asked", "name"),
    [("My Scores (2).CSV", None, "my_scores_2"), ("x.csv", "run-3", "run-3")],
)
def test_a_name_is_that_of_the_file_or_the_one_asked_for(tmp_path, file, asked, name):
    assert kept.name_of(tmp_path / file, asked) == name


@pytest.mark.parametrize(
    "asked",
    [
        *("../x", "A", ".hidden", "x" * 41, "a b", "a/b", "a\0", "-", ".", "..", " "),
        *("con", "nul", "com1", "é", "ａ", "sсore"),  # this c is Cyrillic
    ],
)
def test_a_name_that_is_no_folder_is_refused(tmp_path, asked):
    with pytest.raises(kept.NotKept, match="aw add --name"):
        kept.name_of(tmp_path / "x.csv", asked)


def test_a_name_that_was_added_before_in_other_capitals_is_told(home):
    """A build takes the two for two models, or two benchmarks."""
    keep(home / "x.csv", text="model,own:My Test\nMyNet,1\nMYNET2,2\n")
    rows = pd.DataFrame({"subj": ["subject-01", "mynet2"]})
    kept.keep("y", "trials", home / "y.csv", b"", rows, {}, {})
    told = _other_capitals(["mynet", "MyNet", "mynet2", "own:my test", "Subject-01", "another"])
    assert {name: how.partition(" was added before")[0] for name, how in told.items()} == {
        "mynet": "MyNet", "own:my test": "own:My Test", "Subject-01": "subject-01",
    }  # fmt: skip
    (kept.folder() / "y" / "trials.csv").write_text("", encoding="utf-8")
    with pytest.raises(kept.NotKept, match=r"not the added one\. aw remove y"):
        _other_capitals(["mynet"])


def test_a_problem_reads_as_a_line():
    assert str(Problem(2, "score", "'x'", "a number")) == (
        "line 2, column score: 'x'; expected a number"
    )


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[]", b"{", b"\xff", b'{"name": "mine"}'),
        *(RECORD.replace(*pair).encode() for pair in (
            ('"mine"', '"../.."'), ('"mine"', '"other"'), ('"mine"', "1"), ("{}", "7"),
            ('"bytes": 1', '"bytes": "x"'), ('"kind"', '"kinds"'),
        )),
    ],
)  # fmt: skip
def test_a_damaged_record_is_named_with_the_way_out(home, content):
    keep(home / "x.csv")
    (kept.folder() / "mine" / kept.RECORD).write_bytes(content)
    with pytest.raises(kept.NotKept, match=r"record\.json: damaged .* Delete .*mine"):
        kept.listed()
