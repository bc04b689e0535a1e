"""Files of trials: each is read right, or refused with the mend."""

from pathlib import Path

import pandas as pd
import pytest

from ingest import settings
from warehouse.own import kept, trials
from warehouse.own.text import Problem, Refused

CONDITIONS = {"cr": "cr", "bw": "bw", "c100": "cr"}
IMAGES = pd.DataFrame(
    [("cr", "bear1.png", "bear"), ("cr", "n01_2.JPEG", "dog"), ("bw", "bear1.png", "bear")],
    columns=["condition", "image_key", "category"],
)
HEAD = "subj,session,trial,rt,object_response,category,condition,imagename\n"
A = "mynet,1,1,NaN,bear,bear,cr,0001_cl_dnn_cr_bear_bear1.png\n"
B = "mynet,1,2,.5,na,dog,cr,0002_dnn_n01_2.JPEG\n"


def read(text: str | bytes, **how: str) -> trials.Trials:
    data = text if isinstance(text, bytes) else text.encode()
    return trials.read(data, "colour", CONDITIONS, IMAGES, **how)


ANSWERS = [("bear", "bear"), ("na", "dog")]
READ = {
    "plain": HEAD + A + B,
    "utf-8 mark": (HEAD + A + B).encode("utf-8-sig"),
    "utf-16": (HEAD + A + B).encode("utf-16"),
    "Windows line ends": (HEAD + A + B).replace("\n", "\r\n"),
    "semicolons": (HEAD + A + B).replace(",", ";"),
    "sep=;": "sep=;\n" + (HEAD + A + B).replace(",", ";"),
    "tabs": (HEAD + A + B).replace(",", "\t"),
    "capitals": HEAD.replace("session", "Session") + A.replace("bear,bear", "BEAR,Bear") + B,
    "no answer in capitals": HEAD + A + B.replace(",na,", ",NA,"),
    "blank lines": HEAD + "\n" + A + "\n,,,,,,,\n" + B,
    "other spelling of a condition": HEAD + A.replace(",cr,", ",C100,") + B,
    "nothing that may be left out": "subj,object_response,category,condition,imagename\n"
    "mynet,bear,bear,cr,bear1.png\nmynet,na,dog,cr,n01_2.JPEG\n",
    "empty numbers": HEAD + A.replace("1,1,NaN", ",,") + B,
}


@pytest.mark.parametrize("data", READ.values(), ids=READ)
def test_it_is_read_right(data):
    rows = read(data).rows
    found = list(zip(rows["object_response"], rows["category"], strict=True))
    assert found == ANSWERS and rows["dataset_id"].unique() == ["colour"]


REFUSED = {
    "a word that is no category": (HEAD + A.replace("bear,bear", "bears,bear"), 2, "or na"),
    "no answer left empty": (HEAD + A.replace("bear,bear", ",bear"), 2, "or na"),
    "na as a category": (HEAD + A.replace("bear,bear", "bear,na"), 2, "the true one of"),
    "another category than published": (HEAD + A.replace("bear,bear", "bear,dog"), 2, "bear, as"),
    "an unknown condition": (HEAD + A.replace(",cr,", ",grey,"), 2, "one of cr, bw"),
    "an image of another condition": (HEAD + B.replace(",cr,", ",bw,"), 2, "--dataset NAME"),
    "an unknown image": (HEAD + A.replace("bear1", "bear9"), 2, "an image of colour"),
    "an accent in two forms": (
        HEAD + A.replace("mynet", "né") + A.replace("mynet", "ne\u0301"), 3, "line 2 has one",
    ),
    "an image twice": (HEAD + A + A.replace("0001", "0009"), 3, "line 2 has one already"),
    "no name": (HEAD + A.replace("mynet", ""), 2, "name of the observer"),
    "a formula as a name": (HEAD + A.replace("mynet", "=x"), 2, "name of the observer"),
    "a control character": (HEAD + A.replace("mynet", "my\x1bnet"), 2, "name of the observer"),
    "half a trial": (HEAD + A.replace("1,1,NaN", "1,1.5,NaN"), 2, "a whole number"),
    **{f"trial {n}": (HEAD + A.replace("1,1,NaN", f"1,{n},NaN"), 2, "0 to 1,000,000,000,000,000")
       for n in ("-1", "1e30", "1e999", "9223372036854775808", "20261129172310123456")},
    "an endless session": (HEAD + A.replace("1,1,NaN", "1e999,1,NaN"), 2, "a whole number, 0 to"),
    "a negative time": (HEAD + A.replace("NaN", "-1"), 2, "0 to 86,400"),
    "an endless time": (HEAD + A.replace("NaN", "inf"), 2, "0 to 86,400"),
    "a time too long": (HEAD + A.replace("NaN", "1e999"), 2, "0 to 86,400"),
    "milliseconds": (HEAD + B + A.replace("NaN", "532.7").replace("mynet", "subject-01"), 3,
                     "divide milliseconds by 1,000"),
    "a time in hexadecimal": (HEAD + A.replace("NaN", "0x10"), 2, "0 to 86,400"),
    "no column of answers": (HEAD.replace("object_response", "answer") + A, 1, "one of airplane"),
    "an unknown column": (HEAD.replace("rt", "reaction") + A, 1, "only subj"),
    "header twice": (HEAD + A + HEAD + B, 3, "take this line out"),
    "a cell short": (HEAD + A.replace(",cr", ""), 2, "8, as in the header"),
    "header alone": (HEAD, 2, "an answer in each row"),
    "latin-1": ((HEAD + A.replace("mynet", "né")).encode("latin-1"), 2, "--encoding latin-1"),
    "a null byte": (HEAD + A.replace("mynet", "a\0"), 2, "null byte"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "line", "mend"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_with_line_and_mend(data, line, mend):
    with pytest.raises(Refused) as refused:
        read(data)
    problems: list[Problem] = refused.value.problems
    assert any(p.line == line and mend in p.expected + p.found for p in problems), problems


def test_a_person_is_one_in_any_capitals_and_a_network_keeps_its_own():
    text = HEAD + A.replace("mynet", "Subject-07") + B.replace("mynet", "SUBJECT-07")
    rows = read(text + A.replace("mynet", "MyNet")).rows
    assert rows["subj"].tolist() == ["subject-07", "subject-07", "MyNet"]


def test_what_was_understood_is_said():
    said = read(HEAD + A + B).understood
    assert said["no answer"].startswith("1 ") and said["complete"] == "2 of 3 images"
    assert said["response times"] == "0.5 to 0.5 s, of 1 trials"
    assert "response times" not in read(HEAD + A).understood


def test_one_answer_may_take_long():
    assert read(HEAD + B + A.replace("NaN", "105.7")).rows["rt"].tolist() == [0.5, 105.7]


@pytest.mark.parametrize(
    ("path", "asked", "dataset"),
    [
        ("cue-conflict_mynet_session-1.csv", None, "cue-conflict"),
        ("Colour_mynet.csv", None, "colour"),
        ("colour-2018_mynet.csv", None, "colour-2018"),
        ("raw-data/colour/mynet.csv", None, "colour"),
        ("answers.csv", "COLOUR", "colour"),
    ],
)
def test_the_dataset_is_that_of_the_name_or_the_one_asked_for(path, asked, dataset):
    assert (
        trials.dataset_of(Path(path), ["colour", "colour-2018", "cue-conflict"], asked) == dataset
    )


@pytest.mark.parametrize(("path", "asked"), [("colours.csv", None), ("colour_x.csv", "colours")])
def test_a_dataset_that_is_none_is_refused(path, asked):
    with pytest.raises(Refused, match="--dataset NAME, one of colour"):
        trials.dataset_of(Path(path), ["colour"], asked)


@pytest.mark.parametrize(
    ("again", "n"),
    [
        (A, 1),
        (A.replace("0001", "0009").replace(",cr,", ",c100,"), 1),
        (A.replace("mynet", "another"), 0),
        (B, 0),
    ],
    ids=["the same", "another name of it", "somebody else", "another image"],
)
def test_an_image_answered_in_what_was_added_before_is_refused(tmp_path, monkeypatch, again, n):
    monkeypatch.setattr(settings, "DATA", tmp_path)
    data = (HEAD + A).encode()
    kept.keep("mine", "trials", Path("mine.csv"), data, read(data).rows, {}, {})
    rows = read(HEAD + again).rows
    if n:
        with pytest.raises(kept.NotKept, match="1 of 1 trials were added before, as mine"):
            kept.refuse_repeated("trials", rows, lambda r: trials.answered(r, CONDITIONS))
    else:
        kept.refuse_repeated("trials", rows, lambda r: trials.answered(r, CONDITIONS))
