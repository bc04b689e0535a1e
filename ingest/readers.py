"""Published bytes to a table of text. A reader never cleans: it keeps what the file says.

Each reader takes the whole content of one file and the contract of its raw table, and returns an
Arrow table whose columns are the contract's: of type string, or of a Parquet file's own types where
these are the contract's. What does not fit the contract raises :class:`ContractError` with the
line. A compressed file is unpacked only as far as `unpacked_limit` allows.
"""

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
from pyarrow import types

from ingest import repeated, seal
from ingest.registry import RawTable


class ContractError(Exception):
    """A file that does not fit its contract. Carries the line, the column and what to change."""

    def __init__(self, message: str, line: int | None = None, column: str | None = None):
        super().__init__(message)
        self.line = line
        self.column = column


LARGEST_RATIO, SMALLEST_LIMIT = 50, 64 << 20
"""No published file unpacks to more than 26 times its size; small ones may to any."""


def unpacked_limit(n_bytes: int) -> int:
    """How many bytes a compressed file of this size may unpack to."""
    return max(SMALLEST_LIMIT, LARGEST_RATIO * n_bytes)


def _too_large(n_bytes: int) -> ContractError:
    limit = unpacked_limit(n_bytes)
    return ContractError(
        f"its {n_bytes:,} bytes unpack to more than {limit:,}; divide it into several files, or "
        "publish it uncompressed"
    )


def _decompressed(content: bytes, path: str) -> bytes:
    if not path.endswith(".gz"):
        return content
    limit = unpacked_limit(len(content))
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            unpacked = stream.read(limit + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise ContractError(f"the gzip stream is damaged or cut short ({error})") from error
    if len(unpacked) > limit:
        raise _too_large(len(content))
    return unpacked


def text_of(content: bytes, path: str) -> str:
    """The text of a published file, gzip and byte-order mark taken off."""
    content = _decompressed(content, path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ContractError(f"not UTF-8 at byte {error.start}", line=line) from error
    if (at := text.find("\0")) >= 0:
        raise ContractError("a null byte: not UTF-8 text", line=text.count("\n", 0, at) + 1)
    return text


def _same_columns(found: list[str], table: RawTable) -> None:
    expected = [c.name for c in table.columns]
    if found == expected:
        return
    missing = [c for c in expected if c not in found]
    extra = [c for c in found if c not in expected]
    wanted = f"expected {', '.join(expected[:8])}{', …' if len(expected) > 8 else ''}"
    if missing:
        raise ContractError(
            f"the header lacks {', '.join(map(repr, missing))}; {wanted}",
            line=1,
            column=missing[0],
        )
    if extra:
        raise ContractError(
            f"the header has {', '.join(map(repr, extra))}, which the contract does not know; "
            f"{wanted}",
            line=1,
        )
    if twice := sorted(repeated(found)):
        raise ContractError(f"the header names {', '.join(map(repr, twice))} twice", line=1)
    at, wanted = next((a, b) for a, b in zip(found, expected, strict=True) if a != b)
    raise ContractError(
        f"the columns stand in another order (first difference: {at!r} instead of {wanted!r})",
        line=1,
        column=wanted,
    )


def _read_plain_csv(text: str, names: list[str]) -> pa.Table | None:
    """Arrow's reader for text without a quote, ten times as fast; None where it is in doubt.

    Without quotes a cell ends at a comma and a row at a line break, so both readers must agree.
    Whatever Arrow stumbles over goes to the slow reader, which knows the line.
    """
    if '"' in text or text.count("\r") != text.count("\r\n"):
        return None
    header = text[: text.find("\n")].rstrip("\r") if "\n" in text else text
    if header.split(",") != names or len(names) < 2:
        return None
    try:
        return pa.csv.read_csv(
            io.BytesIO(text.encode()),
            read_options=pa.csv.ReadOptions(
                use_threads=False,
                block_size=max(1 << 20, 2 * len(text)),
                column_names=names,
                skip_rows=1,
            ),
            parse_options=pa.csv.ParseOptions(quote_char=False),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowException:
        return None


def read_csv(content: bytes, table: RawTable, path: str) -> pa.Table:
    """Read a CSV file, every cell as text; an empty cell stays empty, an empty line is no row."""
    text = text_of(content, path)
    if not text.strip():
        raise ContractError("the file is empty", line=1)
    names = [c.name for c in table.columns]
    if (plain := _read_plain_csv(text, names)) is not None:
        return plain
    rows = csv_rows(text)
    _same_columns(next(rows)[1], table)
    schema = pa.schema([(name, pa.string()) for name in names])
    parts = []
    # lists of cells take ten times the memory of an Arrow table: a few at a time
    while lines := list(islice(rows, ROWS_AT_A_TIME)):
        for line, row in lines:
            if len(row) != len(names):
                raise ContractError(
                    f"{len(row)} cells where the header has {len(names)}"
                    + (" (is the last line cut short?)" if len(row) < len(names) else ""),
                    line=line,
                )
        columns = zip(*(row for _, row in lines), strict=True)
        parts.append(pa.record_batch([pa.array(c, pa.string()) for c in columns], schema=schema))
    return pa.Table.from_batches(parts, schema=schema)


ROWS_AT_A_TIME = 20_000


def csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row of a CSV file, the header first, with the line that it ends on.

    Raises
    ------
    ContractError
        A quote that is not closed, or text behind one.
    """
    # the limit is one of the whole process: a cell may be as long as its file
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        yield from ((rows.line_num, row) for row in rows if row)
    except csv.Error as error:
        raise ContractError(f"not readable as CSV ({error})", line=rows.line_num) from error


def _dumps(value) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _without(value, keys: frozenset[str]):
    if isinstance(value, dict):
        return {k: _without(v, keys) for k, v in value.items() if k not in keys}
    if isinstance(value, list):
        return [_without(v, keys) for v in value]
    return value


def read_json(content: bytes, table: RawTable, path: str) -> pa.Table:
    """Read a JSON array of objects (or one object), one row per object.

    A declared column holds the value of its key: a string as it is, anything else as JSON text.
    With ``rest_as`` the undeclared keys, which must match ``rest_pattern``, are gathered as one
    JSON object. Keys in ``drop_keys`` are left out at every depth (personal names, colours).
    A bare NaN, which JSON does not have, becomes the string "NaN". Refused is what has no one
    meaning: a key that stands twice in an object, half a character, a number of a thousand digits.
    """
    text = text_of(content, path)
    try:
        return _json_rows(text, table)
    except json.JSONDecodeError as error:
        raise ContractError(f"not readable as JSON ({error.msg})", line=error.lineno) from error
    except RecursionError as error:
        raise ContractError("not readable as JSON (nested too deep)") from error
    except UnicodeEncodeError as error:
        raise ContractError("not readable as JSON (half of a surrogate pair)") from error


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object of JSON; Python itself would keep the last of two equal keys."""
    made = dict(pairs)
    if len(made) < len(pairs):
        (twice, *_) = repeated(key for key, _ in pairs)
        raise ContractError(f"an object names {twice!r} twice", column=twice)
    return made


def _short_integer(digits: str) -> int:
    if len(digits) > 100:
        raise ContractError(f"a number of {len(digits):,} digits ({digits[:10]}…)")
    return int(digits)


def _json_rows(text: str, table: RawTable) -> pa.Table:
    parsed = json.loads(text, parse_constant=str, parse_int=_short_integer, object_pairs_hook=_once)
    records = parsed if isinstance(parsed, list) else [parsed]
    declared = [c.name for c in table.columns if c.name != table.rest_as]
    dropped = frozenset(table.drop_keys)
    out: dict[str, list[str | None]] = {c.name: [] for c in table.columns}
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            raise ContractError(f"record {number} is not a JSON object")
        record = _without(record, dropped)
        for name in declared:
            if name not in record:
                raise ContractError(f"record {number} lacks {name!r}", column=name)
            value = record.pop(name)
            if value is not None and not isinstance(value, str):
                value = _dumps(value)
            out[name].append(value)
        if table.rest_as:
            odd = [k for k in record if not re.fullmatch(table.rest_pattern or ".*", k)]
            out[table.rest_as].append(_dumps(record))
        else:
            odd = list(record)
        if odd:
            raise ContractError(
                f"record {number} has {', '.join(map(repr, odd))}, which the contract does not know"
            )
    return pa.table({name: pa.array(values, pa.string()) for name, values in out.items()})


HOLDS = {
    "varchar": (types.is_string, types.is_large_string),
    "bigint": (types.is_integer,),
    "double": (types.is_floating, types.is_integer),
    "boolean": (types.is_boolean,),
    "float[]": (types.is_list,),
}
"""The types in a Parquet file that a declared type takes; where all is missing, the null type."""


def read_parquet(content: bytes, table: RawTable, path: str) -> pa.Table:
    """Read a Parquet file with its own types, which must be the contract's; NaN is refused."""
    limit = unpacked_limit(len(content))
    try:
        schema = pa.parquet.read_schema(io.BytesIO(content))
        texts = [f.name for f in schema if any(holds(f.type) for holds in HOLDS["varchar"])]
        # read as codes, a text that stands a million times takes no more room than in the file
        file = pa.parquet.ParquetFile(io.BytesIO(content), read_dictionary=texts)
        _same_columns(schema.names, table)
        for column, field in zip(table.columns, schema, strict=True):
            if not any(h(field.type) for h in (types.is_null, *HOLDS[column.data_type])):
                raise ContractError(
                    f"column {column.name!r} has the type {field.type}, expected "
                    f"{column.data_type}",
                    column=column.name,
                )
        parts, n_bytes = [], 0
        for batch in file.iter_batches():
            n_bytes += sum(_plain_bytes(column) for column in batch.columns)
            if n_bytes > limit:
                raise _too_large(len(content))
            parts.append(batch)
        read = pa.Table.from_batches(parts, schema=file.schema_arrow if not parts else None)
        read = read.cast(schema)
    # OSError: of what the bytes unpack to; UnicodeDecodeError: of the name of a column
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise ContractError(f"not readable as Parquet ({said})") from error
    if table.local_files and (fault := seal.fault(read)):
        mend = "Delete it, and compute it again: aw compute embed, aw compute collect"
        raise ContractError(f"{fault}. {mend}")
    for name in texts:  # Arrow and DuckDB take what the file calls text without looking
        try:
            read[name].validate(full=True)
        except pa.ArrowInvalid as error:
            raise ContractError(
                f"column {name!r} has text that is not UTF-8", column=name
            ) from error
    for column, field in zip(table.columns, schema, strict=True):
        if types.is_floating(field.type) and pc.any(pc.is_nan(read[field.name])).as_py():
            raise ContractError(
                f"column {column.name!r} has NaN, expected null where a number is missing",
                column=column.name,
            )
    return read


def _plain_bytes(column: pa.Array) -> int:
    """Size of a column once its codes are written out as text."""
    if not types.is_dictionary(column.type):
        return column.nbytes
    lengths = pc.binary_length(column.dictionary)
    return 8 * len(column) + (pc.sum(lengths.take(column.indices)).as_py() or 0)


READ = {"csv": read_csv, "json": read_json, "parquet": read_parquet}
