"""Counterexamples to properties of the aggregation schemes, by a seeded random search."""

from dataclasses import asdict

import pandas as pd

from compute.stats.scheme_properties import search_all


def model(dbt, session):
    dbt.config(materialized="table")
    return pd.DataFrame([asdict(finding) for finding in search_all()])
