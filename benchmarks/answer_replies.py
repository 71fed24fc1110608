"""Which turns of colleagues say something to an objection, told by what was asked or by the buyer's own words before them:
python -m benchmarks.answer_replies

Objections that the finder found in the sample company's conversations with the reply that followed, read and labelled by hand.
"""

import json
from pathlib import Path

from insights import embedding
from insights.intervals import wilson
from pipelines.running.accelerator import encoder
from pipelines.sales.answer_replies import TO_THE_POINT

DATA = Path(__file__).parent / "data" / "answer_replies.jsonl"
REPORT = Path(__file__).parent / "ANSWER_REPLIES.md"
WAYS = {
    "theme": "near what was asked (the theme's name stands for it)",
    "said": "near the buyer's words before it (kept)",
}


def main() -> None:
    rows = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
    halves = [half for half in ("told on", "chosen on") if any(row["half"] == half for row in rows)]
    shown = {(way, half): [0, 0] for way in WAYS for half in halves}
    for row in rows:
        made = embedding.embed(encoder(), [row["theme"], row["said"], *row["reply"]])
        for way, of in zip(WAYS, made[:2], strict=True):
            if (made[2:] @ of).max() >= TO_THE_POINT:
                shown[way, row["half"]][0] += row["right"]
                shown[way, row["half"]][1] += 1
    told = [
        "# What colleagues answered: which of their turns are shown", "",
        "199 objections that were found in the sample company's calls, mails and notes and have a reply of a colleague, in a random order;",
        "the line was chosen on the first 64, all of them labelled, and told on the rest, of which those are labelled that either way",
        "shows (CC0, `data/answer_replies.jsonl`). Right is a reply that says something to what was said, read once by one of us; what the",
        "finder took for an objection and is none counts as wrong, though nobody who asks is shown it: a quote has to be like what was asked",
        "first. In brackets 95 % intervals (Wilson). Made by `python -m benchmarks.answer_replies`.", "",
        f"| a sentence of the reply is | {' | '.join(f'right, {half}' for half in halves)} |", "|---|---|---|",
        *(f"| {name} | {' | '.join(_share(*shown[way, half]) for half in halves)} |" for way, name in WAYS.items()), "",
        "Four times as many replies that help are shown; of those shown somewhat fewer are right, within what chance allows. Whoever typed “it is too expensive” into the sample",
        "company was shown none before: a colleague who answers a price speaks of what it is made of, not of prices.",
    ]  # fmt: skip
    REPORT.write_text("\n".join(told) + "\n", "utf-8")
    print("\n".join(told))


def _share(hits: int, count: int) -> str:
    low, high = wilson(hits / count, count) if count else (0.0, 1.0)
    return f"{hits / max(1, count):.0%} ({low:.0%} to {high:.0%}; {hits} of {count})"


if __name__ == "__main__":
    main()
