"""The table of all runs: how its figures are written."""

import pandas as pd
import pytest

from pages.ui import run_table

pytestmark = pytest.mark.usefixtures("tiny_data_dir")


def test_every_row_writes_its_figures_with_the_same_digits(finished_run):
    row = run_table._figures(finished_run) | {"validation": 0.4, "test accuracy": 0.891, "epochs": 1.1}
    damaged = {"run": "Torn", "state": "damaged"}
    written = run_table._written(pd.DataFrame([row, damaged])).to_html()
    assert [figure in written for figure in (">50.0%<", ">40.0%<", ">89.10%<", ">1.1<", ">12<")] == [True] * 5
    assert "000<" not in written
