"""Let the site show what lies beside docs/ too: the README, the changelog, the benchmarks, each under project/.

On the repository, pages link to each other as files do ("../../benchmarks/FINDING.md"). The site has only docs/, so those links
are led to copies that are made here while it is built; a link to code, which the site does not have, becomes its path.
"""

import re
from pathlib import Path
from posixpath import dirname, normpath, relpath
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
BESIDE = (
    "*.md",
    "benchmarks/*.md",
    "corpus/README.md",
    "notebooks/README.md",
    "insights/language/tagger_model/MODEL_CARD.md",
    "pipelines/sample/README.md",
)
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
WEB = re.compile(r"[a-z][a-z+.-]*:|#|//")


def on_config(config: Any) -> Any:
    config.nav.append({"Project": [{_title(path): f"project/{path}"} for path in beside()]})
    return config


def on_files(files: Files, *, config: Any) -> Files:
    for path in beside():
        files.append(File.generated(config, f"project/{path}", content=(ROOT / path).read_text("utf-8")))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    here = page.file.src_uri
    source = here.removeprefix("project/") if here.startswith("project/") else f"docs/{here}"
    return "\n".join(_line(line, here, source) for line in markdown.split("\n"))


def beside() -> list[str]:
    """The pages beside docs/, by their paths in the repository."""
    return sorted(path.relative_to(ROOT).as_posix() for pattern in BESIDE for path in ROOT.glob(pattern))


def _line(line: str, here: str, source: str) -> str:
    return LINK.sub(lambda found: _led(found, here, source), line)


def _led(found: re.Match[str], here: str, source: str) -> str:
    image, text, target = found.groups()
    if WEB.match(target):
        return found[0]
    path, hash_, anchor = target.partition("#")
    place = normpath(f"{dirname(source)}/{path}") if dirname(source) else normpath(path)
    if place in beside():
        return f"{image}[{text}]({relpath(f'project/{place}', dirname(here) or '.')}{hash_}{anchor})"
    if place.startswith("docs/"):
        inside = place.removeprefix("docs/")
        return f"{image}[{text}]({relpath(inside, dirname(here) or '.')}{hash_}{anchor})"
    if (ROOT / place).exists():
        return text if f"`{place}`" in text else f"{text} (`{place}`)"
    return found[0]  # mkdocs says that it is not there


def _title(path: str) -> str:
    first = next((line for line in (ROOT / path).read_text("utf-8").splitlines() if line.startswith("# ")), path)
    return first.removeprefix("# ").strip()
