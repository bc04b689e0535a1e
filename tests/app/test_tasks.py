"""What a researcher comes for: each in four actions and fifteen seconds at most, from Start."""

import time

import pytest
from browser import (
    SOON,
    download,
    export,
    in_address,
    insist,
    pick,
    press,
    shows,
    turn_to,
    visit,
)
from shown import COHORT

pytestmark = pytest.mark.browser

ACTIONS, SECONDS = 4, 15


class Reader:
    """Counts what a reader does and how long it takes, from the moment that Start stands there."""

    def __init__(self, page, address):
        visit(page, f"{address}/?cohort={COHORT}")
        self.page, self.n, self.since = page, 0, time.monotonic()

    def does(self, act, *args):
        self.n += 1
        return act(self.page, *args)

    def sees(self, text):
        self.page.wait_for_function(shows(text), timeout=SECONDS * 1000)

    def was_quick(self):
        assert self.n <= ACTIONS and time.monotonic() - self.since <= SECONDS


@pytest.fixture
def reader(page, address):
    """A reader on the first page, who must be quick."""
    reader = Reader(page, address)
    yield reader
    reader.was_quick()


def find(page, name):
    """Type into the search and take what begins with it."""
    box = page.locator("[data-testid='stSelectbox']").filter(has_text="Find a model").first
    option = page.get_by_role("option").filter(has_not_text="Add:").filter(has_text=name).first

    def act():
        box.locator("input").click(timeout=SOON)
        box.locator("input").fill(name, timeout=SOON)
        option.click(timeout=SOON)

    insist(page, act, "location.pathname !== '/'")


def switch(page, name, came):
    """Choose one of the options that stand side by side, or a tab."""
    press(page, name, came, of="[role='radio'], [role='tab'], [data-testid^='stBaseButton-seg']")


def test_one_model_against_another(reader):
    reader.does(find, "tv_resnet34")
    reader.does(pick, "Compare with", "alexnet")
    reader.sees("Compare")
    verdict = reader.page.locator("[class*='st-key-finding']").first.inner_text()
    assert "alexnet is ahead on " in verdict and " brain benchmarks" in verdict
    assert "models=resnet34.tv_in1k" in reader.page.url


def test_what_agrees_with_it(reader):
    reader.does(find, "MajajHong 2015, IT (PLS)")
    reader.sees("it agrees most with")
    reader.sees("Benchmarks that agree with it")


def test_a_ranking_without_behaviour(reader):
    reader.does(turn_to, "Ranking")
    reader.does(switch, "Brain", in_address("set=neural"))
    assert reader.page.locator("[data-testid='stDataFrame']").count()


def test_two_models_tested(reader):
    reader.does(turn_to, "Ranking")
    reader.does(pick, "stand above", "densenet-121-keras")
    reader.sees("With probability")


def test_what_is_missing_for_a_model(reader):
    reader.does(find, "CORnet-S")
    reader.does(switch, "Missing scores", in_address("tab=missing-scores"))
    reader.sees("scores are missing:")


def test_images_that_split_people_and_models(reader):
    reader.does(turn_to, "Errors image by image")
    reader.does(switch, "Image by image", in_address("tab=image-by-image"))
    reader.sees("Which images")
    assert reader.page.locator("[data-testid='stVegaLiteChart']").count()


def test_a_figure_with_its_table_and_citation(reader):
    reader.does(export)
    assert reader.does(download, "SVG")[1].startswith(b"<svg")
    assert b"\\toprule" in reader.does(download, "LaTeX")[1]
    reader.sees("@article")


def test_a_number_to_its_file(reader):
    reader.does(find, "alexnet")
    reader.does(switch, "Scores", in_address("tab=scores"))
    reader.sees("Every score and its file")
