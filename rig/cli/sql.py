"""``rig sql``."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sql")(sql)


def sql(
    query: Annotated[str, typer.Argument(help="One SELECT of DuckDB. Without it: the views and their columns.")] = "",
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Run directories, or folders of them; by default 'runs'.")
    ] = None,
    schema: Annotated[bool, typer.Option("--schema", help="The views and their columns; then no QUERY.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="All rows as JSON, an object each.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="All rows as CSV.")] = False,
    out: Annotated[Path | None, typer.Option(help="All rows into a .csv or .parquet file.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Ask many runs with SQL (DuckDB): runs, events, segments, specimens, failures, trends, samples in units, codes.

    The query can only read, and only these views.

    Exit codes: 0 good, 2 bad SQL, no such folder or file that can't be written, 3 something is missing from the views:
    a run that can't be read, events behind a break of their chain, or a channel whose unit is not the same in all runs.
    """
    from rig.cli import sql_answer  # DuckDB and what it reads with: every other command would start later for it

    if schema and query:
        folders, query = [Path(query), *(folders or [])], ""
    sql_answer.answer(query, folders, sql_answer.way(as_json, as_csv, out, force=force), as_json=as_json)
