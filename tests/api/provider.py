"""A small OpenID Connect provider, run as a process of its own: `python provider.py` prints the address it serves on.

It has its own keys and checks what a provider checks: client, secret, address to return to, PKCE, one use of a code. The
`login_hint` of an authorization request would be typed by a person; here whoever walks through the flow adds it, as JSON
claims, with `evil` for a lie to tell.
"""

import base64
import hashlib
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwk, jwt

CLIENT, SECRET = "parley", "s3cret: with % and +"
BACK = "http://localhost/login/sso/back"
KEY = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
OTHER = jwk.RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
CODES: dict[str, dict] = {}


class Provider(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match parts.path:
            case "/.well-known/openid-configuration":
                base = self.server.base  # type: ignore[attr-defined]
                self.answer({
                    "issuer": base, "authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token",
                    "jwks_uri": f"{base}/keys", "userinfo_endpoint": f"{base}/userinfo", "response_types_supported": ["code"],
                })  # fmt: skip
            case "/keys":
                self.answer({"keys": [KEY.as_dict(private=False)]})
            case "/authorize" if query.get("client_id") == CLIENT and query.get("redirect_uri") == BACK:
                if query["code_challenge_method"] != "S256" or "openid" not in query["scope"].split():
                    self.answer({"error": "invalid_request"}, 400)
                    return
                code = secrets.token_urlsafe(16)
                CODES[code] = query
                said = {"code": code, "state": query["state"], "iss": self.server.base}  # type: ignore[attr-defined]
                self.send_response(302)
                self.send_header("Location", f"{BACK}?{urlencode(said)}")
                self.end_headers()
            case "/userinfo":
                self.answer({"sub": "sub-of-quiet", "email": "quiet@example.com", "email_verified": True})
            case _:
                self.answer({"error": "invalid_request"}, 400)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        asked = CODES.pop(form.get("code", ""), None)
        kind, _, both = self.headers.get("authorization", "").partition(" ")
        name, _, secret = base64.b64decode(both).decode().partition(":")
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
            .rstrip(b"=")
            .decode()
        )
        good = (
            kind == "Basic"
            and (unquote(name), unquote(secret)) == (CLIENT, SECRET)
            and form.get("redirect_uri") == BACK
        )
        if not good or asked is None or challenge != asked["code_challenge"]:
            self.answer({"error": "invalid_grant"}, 400)
            return
        self.answer({"access_token": "opaque", "token_type": "Bearer", "id_token": self.token(asked)})

    def token(self, asked: dict) -> str:
        given = json.loads(asked.get("login_hint", "{}"))
        evil, now = given.pop("evil", ""), int(time.time())
        claims = {
            "iss": self.server.base, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"], **given,  # type: ignore[attr-defined]
        }  # fmt: skip
        claims |= {
            "issuer": {"iss": "https://elsewhere.example"}, "audience": {"aud": "somebody-else"}, "expired": {"exp": now - 3600},
            "nonce": {"nonce": "of another login"}, "party": {"aud": [CLIENT, "x"], "azp": "x"}, "hash": {"at_hash": "wrong"},
        }.get(evil, {})  # fmt: skip
        if evil == "unsigned":
            parts = ({"alg": "none"}, claims)
            return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts) + "."
        if evil == "shared":  # signed with what is public, as if it were a shared secret
            return jwt.encode({"alg": "HS256", "kid": "one"}, claims, jwk.OctKey.import_key(KEY.as_pem(private=False)))
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, OTHER if evil == "key" else KEY)

    def answer(self, told: dict, status: int = 200) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.base = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    print(server.base, flush=True)
    sys.stdin.close()
    server.serve_forever()
