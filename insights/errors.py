"""Everything that can go wrong with a request, one class each; the message says what happened and what to do."""


class InsightsError(Exception):
    """Base of the errors that a person can act on."""


class DamagedModel(InsightsError):
    """A shipped model file is missing or is not the one that was released."""

    def __init__(self, name: str):
        super().__init__(
            f"The model file '{name}' is missing or damaged. Install Parley again, or run: make clean demo"
        )
