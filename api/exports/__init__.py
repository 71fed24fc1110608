"""The trend report as files: every format is a rendering of the same TrendReport, so every total is the same."""

from collections.abc import Callable

from api.exports import documents, sheets
from api.models import of_report
from pipelines.report import TrendReport


def json_bytes(report: TrendReport) -> bytes:
    return of_report(report).model_dump_json(indent=2).encode()


FORMATS: dict[str, tuple[str, Callable[[TrendReport], bytes]]] = {
    "json": ("application/json", json_bytes),
    "csv": ("text/csv; charset=utf-8", sheets.csv_bytes),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", sheets.xlsx_bytes),
    "md": ("text/markdown; charset=utf-8", documents.markdown_bytes),
    "html": ("text/html; charset=utf-8", documents.html_bytes),
    "pdf": ("application/pdf", documents.pdf_bytes),
}
