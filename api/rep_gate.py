"""The shared filters where a figure would be one about a single rep: refused to who may not see that rep's figures."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import Depends

from api.bars import Bar
from api.deps import Db, filtering
from api.errors import RepHidden
from api.who import visit
from pipelines import reps
from pipelines.store.filters import Filters, options


def guarded(*own: str) -> Callable[..., Filters]:
    """A dependency that reads the shared filters as `filtering` does. Raises RepHidden. On one's own machine, without
    accounts, nothing is hidden."""

    def read(db: Db, filters: Annotated[Filters, Depends(filtering(*own))]) -> Filters:
        here = visit()
        if here.accounts and filters.rep:
            named = options(filters.rep)
            if not all(reps.may_see(db, here.person, one) for one in named):
                raise RepHidden
        return filters

    return read


def without_reps(bar: Bar) -> Bar:
    """A filter bar that does not offer reps to who may see the figures of none."""
    if not visit().accounts:
        return bar
    return replace(bar, choices=tuple(one for one in bar.choices if one.name != "rep"))
