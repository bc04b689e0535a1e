"""The warehouse from Python: questions in, data frames out.

>>> import alignment_warehouse as aw
>>> w = aw.open("warehouse.duckdb")
>>> w.agreement(cohort="scaling_all")["mean_estimate"].round(3).item()
0.742

What a frame rests on stands in its ``attrs``: ``sources`` (title, licence, citation of each) and,
of a cohort, ``cohort`` (its rule, and how many models it has).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from alignment_warehouse import _sql
from ingest import HALF, Explained, names_like
from warehouse import db

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

__all__ = ["Unknown", "Warehouse", "open"]


class Unknown(Explained):
    """No such table, cohort, benchmark or model, or a name that several models have."""


def open(path: str | Path) -> Warehouse:
    """Open a warehouse, built here or released, read-only.

    Parameters
    ----------
    path : str or Path
        The DuckDB file.

    Raises
    ------
    warehouse.db.WarehouseMissing, warehouse.db.WarehouseUnreadable
        It is not there, is damaged, holds no score, or was made by another version of the project.
        The message says what to do.
    """
    return Warehouse(Path(path))


class Warehouse:
    """One warehouse file. It is open no longer than each question takes.

    Parameters
    ----------
    path : Path
        As for `open`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with db.connect(path) as con:
            db.refuse_another(con, path)
            for sql, names in _sql.OF_MARTS.items():
                try:
                    con.execute(f"explain {sql}", dict.fromkeys(names))
                except (duckdb.CatalogException, duckdb.BinderException) as error:
                    why = str(error).splitlines()[0]
                    raise db.WarehouseUnreadable(
                        f"{path} was made by another version of this project ({why}). Build it "
                        "again: aw build. Or install the version that made it"
                    ) from error
            if not con.execute("select 1 from fct_scores limit 1").fetchall():
                raise db.WarehouseUnreadable(
                    f"{path} holds no score: no source was there when it was built. "
                    "Fetch them and build again: aw fetch && aw build"
                )
            self.is_released = bool(con.execute(_sql.IS_RELEASED).fetchall())

    def __repr__(self) -> str:
        return f"Warehouse({str(self.path)!r})"

    def query(self, sql: str, **values: object) -> pd.DataFrame:
        """Answer of one read-only SQL statement; the marts are on the search path.

        Parameters
        ----------
        sql : str
            With ``$name`` in the place of values.
        **values : object
            The values; those of NumPy and pandas too, and series as lists.

        Examples
        --------
        >>> w.query("select n_models from dim_cohorts where cohort_id = $id", id="scaling_all")
           n_models
        0       987
        """
        from warehouse.portable import one_statement  # which imports much that is not needed before

        given = {name: _plain(value) for name, value in values.items()}
        with db.connect(self.path) as con:
            try:
                return con.execute(one_statement(con, sql), given).df()
            except db.DAMAGED as error:
                raise db.WarehouseUnreadable(
                    f"{self.path} is damaged ({str(error).splitlines()[0]}). Fetch the release "
                    "again, or build it again: aw build --cold"
                ) from error

    def tables(self, name: str | None = None) -> pd.DataFrame:
        """Every table with its description, or the columns of one.

        Examples
        --------
        >>> w.tables("bridge_benchmark_leaves")["column"].tolist()
        ['cohort_id', 'level', 'benchmark_id', 'leaf_id', 'weight']
        """
        tables = self.query(_sql.TABLES)
        if name is None:
            return tables
        _check_text("table", name)
        if name not in tables["table"].tolist():
            raise Unknown(f"no table {name!r}. {names_like(name, tables['table'])}")
        return self.query(db.COLUMNS, table=name)

    def scores(
        self, cohort: str | None = None, benchmark: str | None = None, model: str | None = None
    ) -> pd.DataFrame:
        """Scores as published, a row each: of a cohort, a benchmark, a model, or what all share.

        Parameters
        ----------
        cohort, benchmark : str, optional
            As in ``dim_cohorts`` and ``dim_benchmarks``.
        model : str, optional
            Any published name, or a model id.

        Returns
        -------
        DataFrame
            Rows of ``fct_scores``: ``score`` in native units, ``score_directed`` (higher is
            better), where it was published, whether it is your own; the best first.

        Examples
        --------
        >>> found = w.scores(cohort="timm_2022_491", benchmark="timm.imagenet.top1")
        >>> len(found), [source["licence"] for source in found.attrs["sources"]]
        (491, ['Apache-2.0'])
        """
        self._check("cohort", cohort)
        self._check("benchmark", benchmark)
        of = {"cohort": cohort, "benchmark": benchmark, "model": model}
        if model is not None:
            of["model"] = self._model_id(model)
        self._refuse_left_out(cohort)
        found = self.query(_sql.SCORES, **of)
        return self._cited(found, cohort, found["source_id"])

    def agreement(self, cohort: str | None = None, method: str | None = None) -> pd.DataFrame:
        """Mean correlation between the benchmarks of each cohort, with 95 % intervals.

        Parameters
        ----------
        cohort : str, optional
            One cohort; all by default.
        method : str, optional
            ``spearman``, ``pearson`` or ``kendall``; Spearman of one cohort, all of all by default.

        Examples
        --------
        >>> w.agreement("scaling_all")[["n_models", "n_benchmarks"]]
           n_models  n_benchmarks
        0       987             5
        """
        self._check("cohort", cohort)
        if method is None and cohort is not None:
            method = "spearman"
        self._check("method", method, "method", "rpt_cohort_agreement")
        return self._cited(self.query(_sql.AGREEMENT, cohort=cohort, method=method), cohort)

    def rank(
        self,
        cohort: str,
        scheme: str = "arithmetic_mean",
        benchmarks: str | Iterable[str] | None = None,
    ) -> pd.DataFrame:
        """Models of a cohort, best first, with 95 % intervals of their ranks over datasets.

        Parameters
        ----------
        cohort : str
            As in ``dim_cohorts``.
        scheme : str
            Way of averaging, such as ``z_mean`` or ``borda``.
        benchmarks : str or iterable of str, optional
            Ids or glob patterns; by default all of the cohort, as in ``fct_model_rankings``.

        Returns
        -------
        DataFrame
            Every member, also one with few of the benchmarks: ``coverage`` is the share with a
            score that nobody doubts.

        Examples
        --------
        >>> w.rank("scaling_all", benchmarks=["MajajHong2015*"])["score_rank"].head(2).tolist()
        [1.0, 2.0]
        """
        _check_text("cohort", cohort)
        _check_text("scheme", scheme)
        self._check("cohort", cohort)
        self._check("scheme", scheme, "scheme", "fct_model_rankings")
        if benchmarks is None:
            found = self.query(_sql.RANKING, cohort=cohort, scheme=scheme)
        else:
            self._refuse_left_out(cohort)
            from warehouse.rank import rank  # takes longer to import than all else

            wanted = [benchmarks] if isinstance(benchmarks, str) else [*benchmarks]
            for pattern in wanted or [None]:
                _check_text("benchmark", pattern)
            chosen = {"schemes": (scheme,), "benchmarks": wanted, "min_coverage": 0}
            found = rank(cohort, path=self.path, **chosen)
        return self._cited(found, cohort)

    def model(self, name: str) -> pd.DataFrame:
        """The newest scores of a model, with its rank among the models that each source scored.

        Parameters
        ----------
        name : str
            Any published name, or a model id.

        Returns
        -------
        DataFrame
            A row per benchmark and source; ``attrs["model"]`` says what the model is.

        Examples
        --------
        >>> w.model("resnet50.a1_in1k").attrs["model"]["architecture"]
        'resnet50'
        >>> w.model("resnet50")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        alignment_warehouse.Unknown: 4 models are called 'resnet50'; name one by its id: ...
        """
        model_id = self._model_id(name)
        found = self.query(_sql.MODEL_SCORES, model=model_id)
        found = self._cited(found, None, found["source_id"])
        found.attrs["model"] = self.query(_sql.MODEL, model=model_id).iloc[0].to_dict()
        return found

    def figure(self, name: str, of: str | None = None, **options: str) -> alt.TopLevelMixin:
        """A figure of the project as an Altair chart; ``aw export`` lists them.

        Parameters
        ----------
        name : str
            Such as ``ahlert2024_fig4_correlations``.
        of : str, optional
            The cohort, dataset, model or benchmark that it is of.
        **options : str
            Further choices, such as ``method``.

        Examples
        --------
        >>> w.figure("ahlert2024_fig4_correlations", "scaling_all").to_dict()["$schema"][:18]
        'https://vega.githu'
        """
        from warehouse.papers.pack import read

        return read(name, of, path=self.path, **options).drawn(None)

    def _check(
        self, noun: str, name: str | None, column: str | None = None, table: str | None = None
    ) -> None:
        """Refuse a name that is none, with those that are like it."""
        if name is None:
            return
        _check_text(noun, name)
        column, table = column or f"{noun}_id", table or f"dim_{noun}s"
        known = self.query(f"select distinct {column} from {table}")[column].tolist()
        if name not in known:
            raise Unknown(f"no {noun} {name!r}. {names_like(name, known)}")

    def _refuse_left_out(self, cohort: str | None) -> None:
        """Refuse to answer from scores of a cohort that a release must not hold."""
        for source, licence in self.query(_sql.CLOSED, cohort=cohort).to_numpy():
            if self.is_released and cohort is not None:
                raise Unknown(
                    f"this release lacks the scores of {cohort}: the licence of {source} "
                    f"({licence}) does not permit passing them on. make warehouse builds the whole"
                )

    def _model_id(self, name: str) -> str:
        """The one model of this name: an id as it is, else a published name in any case."""
        _check_text("model", name)
        names = self.query(_sql.NAMES)
        if name in names["model_id"].tolist():
            return name
        wanted = name.strip().lower()
        called = [known.lower() == wanted for known in names["name"]]
        ids = names.loc[called, "model_id"].unique()
        if len(ids) > 1:
            listed = ", ".join(ids)
            raise Unknown(f"{len(ids)} models are called {name!r}; name one by its id: {listed}")
        if not len(ids):
            raise Unknown(f"no model {name!r}. {names_like(name, names['name'].unique())}")
        return ids[0]

    def _cited(
        self, found: pd.DataFrame, cohort: str | None, sources: Iterable[str] | None = None
    ) -> pd.DataFrame:
        """The same rows, with the sources that they rest on and what their cohort is."""
        about = self.query(_sql.COHORTS, cohort=cohort)
        ids = sorted(set(about["source_id"] if sources is None else sources))
        found.attrs["sources"] = self.query(_sql.SOURCES, ids=ids).to_dict("records")
        if cohort is not None:
            of = about.iloc[0][["cohort_id", "title", "description", "n_models", "n_benchmarks"]]
            found.attrs["cohort"] = of.to_dict()
        return found


def _check_text(noun: str, name: object) -> None:
    """Refuse what is no name at all, and would be taken for no wish."""
    if not isinstance(name, str):
        raise Unknown(f"no {noun} {name!r}: expected a name, which is text")


def _plain(value: object) -> object:
    """A value of NumPy or pandas, which frames hold, as DuckDB takes it."""
    import pandas as pd

    if hasattr(value, "tolist"):  # a scalar, an array or a series
        value = value.tolist()
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, str) and HALF.search(value):
        raise Unknown(f"{value!a} holds half of a character, and is no text")
    return None if value is pd.NA or value is pd.NaT else value
