"""Take Parley's webhook and check that it is Parley's: `PARLEY_SECRET=… python webhook.py 8000`. Needs nothing but Python."""

import hashlib
import hmac
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

MOST = 1_000_000  # bytes of a message


def is_parleys(body: bytes, signature: str, secret: str) -> bool:
    """Whether the signature is the body's. Compared in a time that tells nothing."""
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, signature)


class Take(BaseHTTPRequestHandler):
    seen: set[str] = set()  # noqa: RUF012 - keep it in a file where it must outlive a restart

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), MOST))
        if not is_parleys(body, self.headers.get("X-Parley-Signature-256", ""), os.environ["PARLEY_SECRET"]):
            self.send_error(403)
            return
        delivery = self.headers.get("X-Parley-Delivery", "")
        if delivery not in self.seen:
            self.seen.add(delivery)
            changes = json.loads(body)["changes"]  # the first message says how things stand: nothing in it is new
            new = [change for change in changes if change["new"]]
            sys.stdout.write(f"Message {delivery}: {len(changes)} told, {len(new)} of them new.\n")
            for change in new:
                sys.stdout.write(f"{change['key']}: {change['sentence']} {change['link']}\n")
            sys.stdout.flush()
        self.send_response(204)
        self.end_headers()


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Take).serve_forever()
