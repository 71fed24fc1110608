"""What quotes are embedded with: the shipped, quantised encoder on processors, or the original on a GPU, as the
settings say.

What one would get wrong: the two make different vectors under different names, so a change of the setting embeds every
quote anew once, and all processes of one database must be set alike. Finding stays on processors.
"""

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from insights import embedding
from pipelines.running.where import Accelerator

if TYPE_CHECKING:
    from insights.embedding import Encoder, Original

_chosen: Accelerator = "cpu"  # of this process, set once when it starts
_loading = Lock()


def use(name: Accelerator) -> None:
    """Embed with this from now on. Raises NoGpu where it cannot be."""
    global _chosen
    if name == "cuda":
        embedding.check_gpu()
    _chosen = name


def encoder() -> "Encoder | Original":
    """The encoder that was chosen, loaded once a process, however many ask at once. Raises DamagedModel."""
    with _loading:
        return _load()


@cache
def _load() -> "Encoder | Original":
    return embedding.load_original("cuda") if _chosen == "cuda" else embedding.load()


def encoder_name() -> str:
    """Its name, without loading it. Raises DamagedModel."""
    return embedding.original() if _chosen == "cuda" else embedding.shipped()
