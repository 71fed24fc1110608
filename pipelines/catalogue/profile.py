"""A company's profile as a TOML file: domains, people, products, integrations and [[competitors]]."""

import tomllib
from pathlib import Path

from insights.errors import InsightsError
from insights.records import Company, Competitor

LISTS = ("domains", "people", "products", "integrations")


class BadProfile(InsightsError):
    """A profile that is no TOML or says something else than names."""

    def __init__(self, name: str, why: str):
        super().__init__(
            f"Cannot use the profile '{name}': {why}. It needs lists of names: {', '.join(LISTS)}, and [[competitors]]."
        )


def read(path: Path) -> Company:
    """Read a profile. Raises BadProfile."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadProfile(path.name, str(error)) from error
    lists = {key: data.get(key, []) for key in LISTS}
    rivals = data.get("competitors", [])
    for key, value in lists.items():
        if not isinstance(value, list) or not all(isinstance(name, str) and name.strip() for name in value):
            raise BadProfile(path.name, f"'{key}' is no list of names")
    if not isinstance(rivals, list) or not all(isinstance(r, dict) and isinstance(r.get("name"), str) for r in rivals):
        raise BadProfile(path.name, "'competitors' is no list of entries with a name")
    competitors = tuple(Competitor(r["name"], tuple(str(a) for a in r.get("aliases", []))) for r in rivals)
    return Company(**{key: tuple(value) for key, value in lists.items()}, competitors=competitors)
