"""Post the surest change to a Slack channel: `python slack.py`. For a digest that Parley sends itself, see how-to/digests.md.

PARLEY_URL, PARLEY_TOKEN, and SLACK_WEBHOOK (an incoming webhook's address; without it the message is printed).
"""

import json
import os
import sys
from urllib.request import Request, urlopen

from report_rows import fetch


def message(report: dict) -> dict:
    """What is posted: what changed, how sure it is, and nothing where nothing changed."""
    told = [f"*{story['what']}*\n{story['sure']}" for story in report["stories"]]
    return {"text": "\n\n".join(told)} if told else {}


def main() -> None:
    made = message(fetch("/api/v1/reports/trends", {"kind": "competitor"}))
    address = os.environ.get("SLACK_WEBHOOK", "")
    if not made or not address:
        sys.stdout.write(f"{made.get('text', 'Nothing changed.')}\n")
        return
    body = json.dumps(made).encode()
    urlopen(Request(address, body, {"Content-Type": "application/json"}), timeout=30).close()  # noqa: S310 - one's own address


if __name__ == "__main__":
    main()
