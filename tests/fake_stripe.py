"""A stand-in for Stripe: keeps sessions, charges, disputes and what it has told of them, as Stripe's API shows them."""

import hashlib
import hmac
import http.server
import json
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SECRET = "whsec_test"


class FakeStripe(http.server.ThreadingHTTPServer):
    """Keeps sessions as Stripe does, one for each idempotency key."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sessions: dict[str, dict[str, Any]] = {}
        self.by_key: dict[str, str] = {}
        #: By session, and every event that was told or should have been.
        self.charges: dict[str, dict[str, Any]] = {}
        self.told: list[dict[str, Any]] = []
        self.failing = False

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def pay(self, session_id: str, **changes: Any) -> None:
        """Pay a session."""
        number = session_id.rpartition("_")[2]
        intent = {"payment_intent": f"pi_{number}"}
        session = self.sessions[session_id]
        session |= {"payment_status": "paid", "status": "complete", **intent, **changes}
        self.charges[session_id] = {
            "id": f"ch_{number}", "object": "charge", "amount": session["amount_total"], "amount_refunded": 0,
            "refunded": False, "currency": session["currency"], "livemode": False, "metadata": session["metadata"],
            **intent,
        }  # fmt: skip

    def event(self, session_id: str, kind: str = "checkout.session.completed", **changes: Any) -> bytes:
        """Return what would be told of a session."""
        return self.tell(kind, self.sessions[session_id] | changes)

    def tell(self, kind: str, about: dict[str, Any]) -> bytes:
        """Return an event, and remember that it happened."""
        event = {"id": f"evt_{len(self.told)}", "object": "event", "type": kind, "created": int(time.time())}
        # What it shows stays as it is now.
        event |= {"data": {"object": json.loads(json.dumps(about))}}
        self.told.append(event)
        return json.dumps(event).encode()

    def refund(self, session_id: str, amount: int, **changes: Any) -> bytes:
        """Give money back; return what is told of it."""
        charge = self.charges[session_id]
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] >= charge["amount"]
        return self.tell("charge.refunded", charge | changes)

    def dispute(self, session_id: str, step: str, status: str, **changes: Any) -> bytes:
        """Have a payment disputed, or the dispute go on; return what is told of it. It has no metadata."""
        charge = self.charges[session_id]
        about = {
            "id": "dp_" + charge["id"], "object": "dispute", "amount": charge["amount"], "charge": charge["id"],
            "currency": charge["currency"], "payment_intent": charge["payment_intent"], "livemode": False,
            "metadata": {}, "status": status, **changes,
        }  # fmt: skip
        return self.tell(f"charge.dispute.{step}", about)


class _Handler(http.server.BaseHTTPRequestHandler):
    server: FakeStripe

    def do_POST(self) -> None:
        """Make a session."""
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
        key = self.headers["idempotency-key"]
        session_id = self.server.by_key.setdefault(key, f"cs_test_{len(self.server.by_key)}")
        self.server.sessions.setdefault(
            session_id,
            {
                "id": session_id,
                "object": "checkout.session",
                "url": f"https://checkout.stripe.test/{session_id}",
                "client_reference_id": form["client_reference_id"],
                "metadata": {"reelgate_payment": form["metadata[reelgate_payment]"]},
                "amount_total": int(form["line_items[0][price_data][unit_amount]"]),
                "currency": form["line_items[0][price_data][currency]"],
                "livemode": False,
                "payment_status": "unpaid",
                "status": "open",
            },
        )
        self._answer(self.server.sessions[session_id])

    def do_GET(self) -> None:
        """Show a session, or what was told, newest first, some at a time."""
        path, _, query = self.path.partition("?")
        if path.endswith("/events"):
            self._answer(self._events(urllib.parse.parse_qs(query)))
        else:
            self._answer(self.server.sessions[path.rpartition("/")[2]])

    def _events(self, query: dict[str, list[str]]) -> dict[str, Any]:
        kinds = {kind for name, values in query.items() if name.startswith("types") for kind in values}
        since = int(query["created[gte]"][0])
        found = [each for each in reversed(self.server.told) if each["type"] in kinds and each["created"] >= since]
        if after := query.get("starting_after"):
            found = found[[each["id"] for each in found].index(after[0]) + 1 :]
        return {"object": "list", "url": "/v1/events", "data": found[:3], "has_more": len(found) > 3}

    def _answer(self, body: dict[str, Any]) -> None:
        failing = self.server.failing
        content = json.dumps(
            {"error": {"message": "no", "type": "invalid_request_error"}} if failing else body
        ).encode()
        self.send_response(400 if failing else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running_stripe() -> Iterator[FakeStripe]:
    """Lend one that listens."""
    with FakeStripe() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def signed(body: bytes, *, secret: str = SECRET, age_s: int = 0) -> str:
    moment = int(time.time()) - age_s
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"
