"""All that a dbt Python model may import: tables in, one table out, one module per domain.

Each function turns long tables into matrices, hands them to a kernel, and returns a long table. It
is pure: what it returns depends on its arguments and on constants of modules alone. Cohorts are
gone through in sorted order. NaN is "not known"; DuckDB stores it as null.
"""
