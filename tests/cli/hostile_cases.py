"""Cases of tests/cli/run in which one part of a server is hostile and the rest is the mock: the run ends in time, with bounded memory,
blames the right party, and all other rules hold as ever. The servers are in hostile_server.py.

Every row of the tables below is a run of its own; they are made side by side, when the first is asked for."""
import concurrent.futures
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request

from hostile_server import Certificates, GOOD, answer, page_with_form_for, proxy, raw, read_request, redirects_to, trap
from harness import write_target

MEMORY = 200  # MB that no run may need
SECONDS = 60  # that no run may take: the target's timeout is one, and a rule is given a second attempt
AT_A_TIME = 4
OTHERS = ["code/single-use", "pkce/s256", "introspect/active", "refresh/success"]

# What the rule says of such an answer: it is the server's failure, or nobody's because nothing can be known.
BROKEN, LOST, FINE = "fail", "inconclusive", "pass"
UNHELD = "check token-issued did not hold"  # a complete answer that brings no token
# Where a rule has to wait for the deadline, it is short; elsewhere a busy machine must not make a difference.
SLOW = {"stalls", "stalls in the head", "stalls in the body", "a byte a second", "100 now and then", "half a handshake",
        "a handshake of a byte a second", "an endless handshake"}

# Instead of the answer to a client credentials request: verdict of client-credentials/success, and words that say why.
AT_THE_TOKEN_ENDPOINT = {
    "closes": (LOST, "closed before a response"),
    "resets": (LOST, "reset before a response"),
    "stalls": (LOST, "1 s passed while waiting for a response"),
    "stalls in the head": (LOST, "1 s passed while reading the response"),
    "stalls in the body": (LOST, "1 s passed while reading the response"),
    "a byte a second": (LOST, "1 s passed while reading the response"),
    "100 now and then": (LOST, "1 s passed while reading the response"),
    "busy": (LOST, "429"),
    "garbage": (BROKEN, "does not begin like an HTTP/1.1 response"),
    "truncated": (BROKEN, "closed after 17 of 100 bytes"),
    "truncated head": (BROKEN, "closed in the head"),
    "resets in the body": (BROKEN, "reset after 17 of 100 bytes"),
    "huge body": (BROKEN, "a body of 1073741824 bytes"),
    "huge body without a length": (BROKEN, "a body of more than 4194304 bytes"),
    "endless JSON": (BROKEN, "a body of more than 4194304 bytes"),
    "endless headers": (BROKEN, "a head of more than 65536 bytes"),
    "an endless header": (BROKEN, "a head of more than 65536 bytes"),
    "an endless reason": (BROKEN, "a head of more than 65536 bytes"),
    "endless chunks": (BROKEN, "a body of more than 4194304 bytes"),
    "endless small chunks": (BROKEN, "a body of more than 4194304 bytes"),
    "an endless chunk extension": (BROKEN, "framing is broken"),
    "endless trailers": (BROKEN, "framing is broken"),
    "a chunk of 2^64 bytes": (BROKEN, "framing is broken"),
    "a length of 2^64 bytes": (BROKEN, "Content-Length"),
    "a negative length": (BROKEN, "Content-Length"),
    "two lengths": (BROKEN, "Content-Length"),
    "100 for ever": (BROKEN, "a head of more than 65536 bytes"),
    "switches protocols": (BROKEN, "101"),
    "speaks HTTP/2": (BROKEN, "does not begin like an HTTP/1.1 response"),
    "speaks HTTP/0.9": (BROKEN, "does not begin like an HTTP/1.1 response"),
    "a status of six digits": (BROKEN, "bad status"),
    "NUL in a header": (BROKEN, "NUL byte"),
    "redirects to itself": (BROKEN, "302"),
    "redirects to another host": (BROKEN, "302"),
    "10,000 cookies": (BROKEN, "a head of more than 65536 bytes"),
    "a gzip bomb": (BROKEN, 'the content coding "gzip"'),
    "JSON 100,000 deep": (BROKEN, "nested too deeply"),
    "open JSON 100,000 deep": (BROKEN, "nested too deeply"),
    "HTTP/1.0": (FINE, ""),
    "garbage behind the answer": (FINE, ""),
    "a second answer behind the first": (FINE, ""),
    "a number of 10,000 digits": (FINE, ""),
    "an exponent of 10,000 digits": (FINE, ""),
    "invalid UTF-8": (FINE, ""),
}

# Instead of the answer to the client "spa" at the authorization endpoint: what is said of refresh/rotate-public, which cannot begin.
AT_THE_AUTHORIZATION_ENDPOINT = {
    "closes": "closed before a response",
    "stalls": "1 s passed",
    "a byte a second": "1 s passed",
    "huge body": "a body of 1073741824 bytes",
    "endless headers": "a head of more than",
    "endless chunks": "a body of more than",
    "100 for ever": "a head of more than",
    "garbage": "does not begin like",
    "10,000 cookies": "a head of more than",
    "redirects to itself": "http://127.0.0.1:",
    "redirects with cookies for ever": "redirects without end",
    "redirects to another host": "the server sent the browser to http://127.0.0.2:",
    "redirects to a private address": "the server sent the browser to http://169.254.169.254/",
    "redirects to a file": "another URI",
    "a form for another host": "off the server",
    "a page that refreshes itself": "a page with status 200",
    "a page of 10,000 forms": "a page with status",
    "a page 100,000 deep": "too large or too convoluted",
    "an endless page": "a body of more than",
    "a page that is a gzip bomb": 'the content coding "gzip"',
    "invalid UTF-8 in a page": "",
}

# Instead of the metadata: exit 3, and why. Nothing else is asked then.
INSTEAD_OF_METADATA = {
    "closes": "closed before a response",
    "stalls": "1 s passed",
    "a byte a second": "1 s passed",
    "garbage": "does not begin like",
    "huge body": "a body of 1073741824 bytes",
    "endless headers": "a head of more than",
    "endless chunks": "a body of more than",
    "100 for ever": "a head of more than",
    "10,000 cookies": "a head of more than",
    "redirects to itself": "status 302",
    "redirects to another host": "status 302",
    "a gzip bomb": "not JSON",
    "JSON 100,000 deep": "",
    "open JSON 100,000 deep": "",
    "invalid UTF-8": "",
    "a number of 10,000 digits": "",
}

# Instead of the keys: oidc/idtoken-sig, which needs them.
INSTEAD_OF_KEYS = {
    "closes": (LOST, "closed before a response"),
    "stalls": (LOST, "1 s passed"),
    "huge body": (LOST, "a body of 1073741824 bytes"),
    "a gzip bomb": (BROKEN, 'the content coding "gzip"'),
    "JSON 100,000 deep": (BROKEN, "nested too deeply"),
    "open JSON 100,000 deep": (BROKEN, "nested too deeply"),
    "invalid UTF-8": (BROKEN, "the keys: 200"),
}

# The revocation endpoint's TLS: what is said of revoke/unknown-200. Always inconclusive: nobody knows who is in between.
IN_TLS = {
    "a certificate for another host": "certificate refused: ip address mismatch",
    "an expired certificate": "certificate refused: certificate has expired",
    "a certificate of next century": "certificate refused: certificate is not yet valid",
    "a certificate of strangers": "certificate refused: unable to get local issuer certificate",
    "stalls": "1 s passed while the TLS handshake took place",
    "half a handshake": "1 s passed while the TLS handshake took place",
    "a handshake of a byte a second": "1 s passed while the TLS handshake took place",
    "an endless handshake": "1 s passed while the TLS handshake took place",
    "plain HTTP": "does the other side speak plain HTTP?",
    "an alert": "alert",
    "closes": "TLS with",
    "plain text in the middle": "TLS with",
    "no close_notify": "",  # truncated: RFC 8446 section 6.1
}

# Under load of twenty flows, of which the first go well: the kind of error that is counted. Nothing: the answers are good.
UNDER_LOAD = {
    "closes": "closed",
    "resets": "closed",
    "stalls": "timed out",
    "a byte a second": "timed out",
    "garbage": "malformed",
    "truncated": "truncated",
    "resets in the body": "truncated",
    "huge body": "too large",
    "huge body without a length": "too large",
    "endless headers": "too large",
    "endless chunks": "too large",
    "endless trailers": "malformed",
    "100 for ever": "too large",
    "100 now and then": "timed out",
    "redirects to itself": UNHELD,
    "redirects to another host": UNHELD,
    "10,000 cookies": "too large",
    "a gzip bomb": "too large",
    "JSON 100,000 deep": UNHELD,
    "open JSON 100,000 deep": UNHELD,
    "HTTP/1.0": "",
    "garbage behind the answer": "",
    "a number of 10,000 digits": "",
    "invalid UTF-8": "",
}


class Outcome:
    """What a run came to: exit code, seconds, MB, run.json and what was said."""

    def __init__(self, assay, *arguments):
        report = assay.path(".json")
        begun = time.monotonic()
        process = subprocess.Popen([assay.binary, *map(str, arguments), "--json", str(report)], cwd=assay.folder, env=assay.environment(None),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        killer = threading.Timer(2 * SECONDS, process.kill)
        killer.start()
        watch = threading.Thread(target=self._watch, args=(process.pid,))
        watch.start()
        self.said = process.stdout.read().decode(errors="replace")
        watch.join()
        # What the kernel tells at the end holds for what we were when it was started, too: an upper bound.
        _, status, usage = os.wait4(process.pid, 0)
        killer.cancel()
        process.returncode = self.code = os.waitstatus_to_exitcode(status)
        process.stdout.close()
        self.seconds, self.most_megabytes = time.monotonic() - begun, usage.ru_maxrss // 1024
        self.run = json.loads(report.read_text()) if report.exists() else None

    def _watch(self, pid):
        """The peak so far, fifty times a second, until there is no memory any more."""
        self.megabytes = 0
        with contextlib.suppress(OSError, StopIteration):
            while True:
                with open(f"/proc/{pid}/status") as status:
                    self.megabytes = int(next(line for line in status if line.startswith("VmHWM:")).split()[1]) // 1024
                time.sleep(0.02)

    def check(self):
        assert self.code >= 0 and self.code != 70 and self.run, f"exit {self.code}\n{self.said}"
        assert self.seconds < SECONDS, f"it took {self.seconds:.0f} s\n{self.said}"
        assert self.most_megabytes < MEMORY, f"it needed {self.most_megabytes} MB\n{self.said}"

    def rule(self, name):
        return next(rule for rule in self.run["rules"] if rule["id"] == name)

    def words_of(self, name):
        rule = self.rule(name)
        return rule["reason"] + " " + " ".join(check["actual"] + " " + check["reason"] for check in rule["checks"])

    def check_others(self):
        for name in OTHERS:
            assert self.rule(name)["verdict"] == "pass", f"{name} is not hostile: {self.words_of(name)}"


class Hostile:
    """The runs of all tables, made once."""

    def __init__(self, assay):
        self.assay, self.outcomes, self.came = assay, {}, []
        with assay.mock() as issuer, trap() as (trap_url, came):
            self.issuer, self.port = issuer, int(issuer.rsplit(":", 1)[1])
            self.endpoints = {"authorization": issuer + "/authorize", "token": issuer + "/token", "introspection": issuer + "/introspect"}
            self.own = {"redirects to another host": redirects_to(trap_url + "/x"),
                        "redirects to a private address": redirects_to("http://169.254.169.254/latest/meta-data/"),
                        "redirects to a file": redirects_to("file:///etc/passwd"),
                        "a form for another host": page_with_form_for(trap_url + "/login")}
            self.certificates = Certificates(assay.path("-certificates"))
            jobs = [(self.token, name) for name in AT_THE_TOKEN_ENDPOINT] + [(self.authorization, name) for name in AT_THE_AUTHORIZATION_ENDPOINT]
            jobs += [(self.metadata, name) for name in INSTEAD_OF_METADATA] + [(self.keys, name) for name in INSTEAD_OF_KEYS]
            jobs += [(self.tls, name) for name in IN_TLS] + [(self.load, name) for name in UNDER_LOAD] + [(self.offsets, "every byte")]
            # What waits for deadlines costs nothing while others compute.
            with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
                for (kind, name), outcome in zip(jobs, pool.map(lambda job: self.attempt(*job), jobs)):
                    self.outcomes[kind.__name__, name] = outcome
            self.came = came

    def attempt(self, kind, name):
        try:
            return kind(name)
        except Exception as error:  # one row must not hide the others
            return error

    def misbehaviour(self, name):
        return self.own.get(name, name)

    def target(self, name, discovery=False, **changes):
        endpoints = {**self.endpoints, **changes.pop("endpoints", {})}
        return write_target(self.assay, self.issuer, discovery=discovery, endpoints=endpoints, settings={"timeout": "1s" if name in SLOW else "10s"}, **changes)

    def check(self, target, *rules):
        return Outcome(self.assay, "check", target, *[word for rule in (*rules, *OTHERS) for word in ("--only", rule)])

    def service(self, name, spare):
        """A proxy that is hostile to client credentials requests, but for the first ones."""
        seen, lock = [0], threading.Lock()

        def choose(head, body):
            if b"grant_type=client_credentials" not in body:
                return None
            with lock:
                seen[0] += 1
                return self.misbehaviour(name) if seen[0] > spare else None
        return proxy(self.port, choose)

    def token(self, name):
        with self.service(name, spare=1) as port:  # preflight tries the client
            return self.check(self.target(name, endpoints={"token": f"http://127.0.0.1:{port}/token"}), "client-credentials/success")

    def authorization(self, name):
        hostile = self.misbehaviour(name)
        with proxy(self.port, lambda head, body: hostile if b"client_id=spa&" in head or b"chain=" in head else None) as port:
            return self.check(self.target(name, endpoints={"authorization": f"http://127.0.0.1:{port}/authorize"}), "refresh/rotate-public")

    def metadata(self, name):
        hostile = self.misbehaviour(name)
        with proxy(self.port, lambda head, body: hostile if b"well-known" in head else None) as port:
            target = write_target(self.assay, f"http://127.0.0.1:{port}", settings={"timeout": "1s" if name in SLOW else "10s"})
            return Outcome(self.assay, "check", target, "--only", "code/single-use")

    def keys(self, name):
        hostile = self.misbehaviour(name)
        with proxy(self.port, lambda head, body: hostile) as port:
            return self.check(self.target(name, endpoints={"jwks": f"http://127.0.0.1:{port}/jwks"}), "oidc/idtoken-sig")

    def tls(self, name):
        with self.tls_server(name) as port:
            target = self.target(name, endpoints={"revocation": f"https://127.0.0.1:{port}/revoke"}, tls={"ca_file": str(self.certificates.ca)})
            return self.check(target, "revoke/unknown-200")

    def tls_server(self, name):
        certificates = self.certificates
        context = {"a certificate for another host": lambda: certificates.context("other", host="DNS:elsewhere.example"),
                   "an expired certificate": lambda: certificates.context("old", first="20200101000000Z", last="20210101000000Z"),
                   "a certificate of next century": lambda: certificates.context("new", first="20990101000000Z", last="20991231000000Z"),
                   "a certificate of strangers": lambda: Certificates(self.assay.path("-strangers")).context("stranger")}.get(name)
        if context:
            return proxy(self.port, lambda head, body: None, tls=context())
        good = certificates.context("good-" + name.replace(" ", "-")) if name in ("no close_notify", "plain text in the middle") else None

        def serve(connection):
            if good:
                inside = good.wrap_socket(connection, server_side=True)
                read_request(inside.makefile("rb"))
                if name == "no close_notify":
                    inside.sendall(b"HTTP/1.1 200 OK\r\n\r\nhalf a bo")
                with socket.socket(fileno=inside.detach()) as outside:
                    if name != "no close_notify":
                        outside.sendall(GOOD)
                return
            connection.settimeout(20)
            connection.recv(5 if name == "closes" else 65536)
            if name == "plain HTTP":
                connection.sendall(GOOD)
            elif name == "an alert":
                connection.sendall(b"\x15\x03\x03\x00\x02\x02\x28")
            elif name == "half a handshake":
                connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00")
            elif name == "a handshake of a byte a second":
                for byte in b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc":
                    connection.sendall(bytes([byte]))
                    time.sleep(1)
            while name == "an endless handshake":
                connection.sendall(b"\x16\x03\x03\x00\x04\x00\x00\x00\x00" * 5000)  # HelloRequests, which are to be ignored
            if name in ("stalls", "half a handshake"):
                connection.recv(1)
        return raw(serve)

    def load(self, name):
        # The trial beforehand goes well, and so do the first flows.
        with self.service(name, spare=9) as port:
            return Outcome(self.assay, "load", self.target(name, endpoints={"token": f"http://127.0.0.1:{port}/token"}), "--journey", "client-credentials/success",
                           "--rate", "10", "--duration", "2s", "--drain", "3s", "--workers", "1")

    def offsets(self, name):
        """A connection that is closed at the first byte of an answer, then at the second, and so on: one flow for each."""
        length, next_place, lock = [0], [0], threading.Lock()

        def cut(connection, place):
            with lock:
                end = next_place[0] % (len(GOOD) + 1)
                next_place[0] += 1
            connection.sendall(GOOD[:end])

        seen = [0]

        def choose(head, body):
            seen[0] += 1
            return cut if seen[0] > 3 and b"grant_type=client_credentials" in body else None

        with proxy(self.port, choose) as port:
            outcome = Outcome(self.assay, "load", self.target(name, endpoints={"token": f"http://127.0.0.1:{port}/token"}), "--journey",
                              "client-credentials/success", "--rate", "150", "--duration", "2s", "--workers", "1")
        outcome.places = next_place[0]
        return outcome


_made = {}


def _outcome(assay, kind, name):
    if assay not in _made:
        _made[assay] = Hostile(assay)
    outcome = _made[assay].outcomes[kind, name]
    if isinstance(outcome, Exception):
        raise outcome
    outcome.check()
    return outcome


def _token(assay, name, verdict, words):
    outcome = _outcome(assay, "token", name)
    assert outcome.rule("client-credentials/success")["verdict"] == verdict and words in outcome.words_of("client-credentials/success"), outcome.said
    assert outcome.code == (1 if verdict == BROKEN else 0), outcome.said
    outcome.check_others()


def _authorization(assay, name, words):
    outcome = _outcome(assay, "authorization", name)
    assert outcome.rule("refresh/rotate-public")["verdict"] == "blocked" and words in outcome.words_of("refresh/rotate-public"), outcome.said
    assert outcome.code == 0, outcome.said
    outcome.check_others()


def _metadata(assay, name, words):
    outcome = _outcome(assay, "metadata", name)
    assert outcome.code == 3 and outcome.run["result"] == "BLOCKED", outcome.said
    seen = " ".join(check["seen"] for check in outcome.run["preflight"] if check["verdict"] == "blocked")
    assert words in seen and "127.0.0.1" in seen, seen
    assert len(outcome.run["exchanges"]) <= 2, outcome.said


def _keys(assay, name, verdict, words):
    outcome = _outcome(assay, "keys", name)
    assert outcome.rule("oidc/idtoken-sig")["verdict"] == verdict and words in outcome.words_of("oidc/idtoken-sig"), outcome.words_of("oidc/idtoken-sig")
    outcome.check_others()


def _tls(assay, name, words):
    outcome = _outcome(assay, "tls", name)
    assert outcome.rule("revoke/unknown-200")["verdict"] == ("blocked" if name == "no close_notify" else "inconclusive"), outcome.said
    assert words in outcome.words_of("revoke/unknown-200") and outcome.code == 0, outcome.words_of("revoke/unknown-200")
    outcome.check_others()


def _load(assay, name, kind):
    outcome = _outcome(assay, "load", name)
    load = outcome.run["load"]
    wrong = {error: count for error, count in load["errors"].items() if kind not in error and error != UNHELD}
    if not kind:
        assert load["failed"] == 0 and not load["errors"] and outcome.code in (0, 8), outcome.said
    else:
        assert load["failed"] > 0 and outcome.code == 1 and any(kind in error for error in load["errors"]), outcome.said
        assert not wrong, wrong
    assert load["done"] + load["dropped"] <= 20 and load["done"] > 5, outcome.said


def hostile_offsets(assay):
    """Every byte of an answer is once the last one before the connection is closed"""
    outcome = _outcome(assay, "offsets", "every byte")
    load, length = outcome.run["load"], len(GOOD)
    assert outcome.places > length, (outcome.places, length)
    counted = {kind: sum(count for error, count in load["errors"].items() if error.endswith(": " + kind)) for kind in ("closed", "truncated")}
    # None of the incomplete answers was taken for a good one; what was cut off before the first byte was closed, all else truncated.
    assert outcome.code == 1 and load["failed"] >= length and counted["truncated"] >= length - 1 and counted["closed"] >= 1, (counted, outcome.said)
    assert load["done"] - load["failed"] <= 3 + outcome.places // length, (load["done"], load["failed"])


def _metadata_page(port, **changes):
    """A misbehaviour: the metadata of the server at `port`, as if it were where they were asked for, with `changes`."""
    def serve(connection, place):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/.well-known/oauth-authorization-server", timeout=10) as page:
            tree = json.load(page)
        tree.update(issuer=place.split("/.well-known")[0], **changes)
        connection.sendall(answer(json.dumps(tree).encode()))
    return serve


def hostile_metadata_that_name_other_hosts(assay):
    """Endpoints on hosts that the target file does not name: refused, and said what to add; with "hosts" they are tried"""
    with assay.mock() as issuer:
        port = int(issuer.rsplit(":", 1)[1])
        for member, code in (("token_endpoint", 3), ("authorization_endpoint", 3), ("jwks_uri", 0)):
            serve = _metadata_page(port, **{member: "http://elsewhere.invalid/x"})
            with proxy(port, lambda head, body: serve if b"well-known" in head else None) as own:
                def check(**changes):
                    target = write_target(assay, f"http://127.0.0.1:{own}", settings={"timeout": "1s"}, **changes)
                    outcome = Outcome(assay, "check", target, "--only", "oidc/idtoken-sig", "--only", "client-credentials/success")
                    outcome.check()
                    return outcome
                outcome = check()
                hints = [check.get("hint", "") for check in outcome.run["preflight"] if check["name"] == "hosts"]
                assert outcome.code == code and len(hints) == 1 and '"hosts": ["elsewhere.invalid"]' in hints[0], outcome.said
                assert not any("elsewhere.invalid" in exchange["request"] for exchange in outcome.run["exchanges"]), outcome.said
                assert outcome.rule("oidc/idtoken-sig")["verdict"] == "blocked", outcome.said
                if code == 0:
                    assert outcome.rule("client-credentials/success")["verdict"] == "pass", outcome.said
                allowed = check(hosts=["elsewhere.invalid"])
                assert '"hosts":' not in allowed.said and "elsewhere.invalid" in allowed.said, allowed.said


def hostile_to_guests(assay):
    """Load by permission stops for as long as the server asks (Retry-After), says so, and ends in time; without, it goes on"""
    for permission in ({"who": "the owner", "until": "2999-12-31", "rate": 1000}, None):
        with assay.mock() as issuer:
            port, seen, busy = int(issuer.rsplit(":", 1)[1]), [0], []

            def choose(head, body):
                seen[0] += 1
                if seen[0] <= 11:
                    return None
                busy.append(seen[0])
                return lambda connection, place: connection.sendall(answer(b"", "429 Too Many Requests", fields=["Retry-After: 30", "Connection: close"]))
            with proxy(port, choose) as own:
                target = write_target(assay, issuer, discovery=False, permission=permission, settings={"timeout": "1s"},
                                      endpoints={"token": f"http://127.0.0.1:{own}/token"})
                outcome = Outcome(assay, "load", target, "--journey", "client-credentials/success", "--rate", "40", "--duration", "2s", "--workers", "1")
            outcome.check()
            load = outcome.run["load"]
            assert outcome.code == 1 and load["planned"] == 80, outcome.said
            if permission:
                assert len(busy) < 10 and load["dropped"] > 50 and "asked to slow down" in outcome.said, (len(busy), outcome.said)
            else:
                assert len(busy) > 50 and "asked to slow down" not in outcome.said, (len(busy), outcome.said)


def hostile_trap(assay):
    """No redirect or form made a run go to another host"""
    _outcome(assay, "token", "redirects to another host")
    assert _made[assay].came == [], _made[assay].came


def hostile_zz_memory(assay):
    """The whole set stays below the limit; says what was needed"""
    _outcome(assay, "token", "HTTP/1.0")
    outcomes = [outcome for outcome in _made[assay].outcomes.values() if not isinstance(outcome, Exception)]
    most = max(outcome.megabytes for outcome in outcomes)
    print(f"{len(outcomes)} hostile runs: at most {most} MB and {max(outcome.seconds for outcome in outcomes):.1f} s each")
    if "ASSAY_HOSTILE_TABLE" in os.environ:
        with contextlib.redirect_stdout(sys.stderr):
            for (kind, name), outcome in _made[assay].outcomes.items():
                print(f"{kind:14} {name:34} " + (f"exit {outcome.code:3} {outcome.seconds:5.1f} s {outcome.megabytes:4} MB" if not isinstance(outcome, Exception) else repr(outcome)))
    assert max(outcome.most_megabytes for outcome in outcomes) < MEMORY and most > 10


def cases():
    """Every row as a case: (name, function of the Assay)."""
    rows = [("token", _token, AT_THE_TOKEN_ENDPOINT), ("authorization", _authorization, AT_THE_AUTHORIZATION_ENDPOINT),
            ("metadata", _metadata, INSTEAD_OF_METADATA), ("keys", _keys, INSTEAD_OF_KEYS), ("tls", _tls, IN_TLS), ("load", _load, UNDER_LOAD)]
    out = []
    for kind, function, table in rows:
        for name, expected in table.items():
            arguments = expected if isinstance(expected, tuple) else (expected,)

            def case(assay, function=function, name=name, arguments=arguments):
                function(assay, name, *arguments)
            case.__doc__ = f"{kind}: {name}"
            out.append((f"hostile_{kind}_{name.replace(' ', '_')}", case))
    return out + [(name, case) for name, case in globals().items() if name.startswith("hostile_")]
