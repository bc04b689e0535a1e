"""Axes and tooltips of charts, labelled as the columns of a mart are (:mod:`warehouse.fields`)."""

import altair as alt

from warehouse.fields import Field, field

_KINDS = {"double": "quantitative", "bigint": "quantitative", "date": "temporal"}


def tooltips(mart: str, *lines: str | tuple[str, ...]) -> list[alt.Tooltip]:
    """Lines of a tooltip, with the labels and formats of a mart's columns.

    Parameters
    ----------
    mart : str
        Where the columns are.
    *lines : str or tuple of str
        Names of columns, with commas between several; for what is no column of the mart the field,
        its title and its format, if it has one.
    """
    found = []
    for line in lines:
        if isinstance(line, tuple):
            shorthand, title, *form = line
            found.append(alt.Tooltip(shorthand, title=title, format=(form or [alt.Undefined])[0]))
        else:
            found += [_tooltip(field(mart, column)) for column in line.split(", ")]
    return found


def _tooltip(one: Field) -> alt.Tooltip:
    kind = _KINDS.get(one.data_type, "nominal")
    form = one.format if kind != "nominal" and one.format else alt.Undefined
    return alt.Tooltip(one.name, type=kind, title=one.label, format=form)


def axis(mart: str, column: str, **options: object) -> alt.Axis:
    """Axis of a column of a mart: its label, and per cent where it is a share."""
    one = field(mart, column)
    if (one.format or "").endswith("%"):
        options = {"format": "%"} | options
    return alt.Axis(title=one.label, **({"tickCount": 6, "titleLimit": 400} | options))
