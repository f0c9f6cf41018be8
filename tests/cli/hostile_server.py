"""Servers that misbehave: a proxy that passes requests on to a good server of this machine and answers some of them in a way that
no client should have to bear. Knows sockets and HTTP, nothing of OAuth. Everything it sends is bounded by who hangs up."""
import contextlib
import re
import socket
import ssl
import struct
import subprocess
import threading
import time
import zlib

MOST = 1 << 30  # bytes of an endless answer: a client that reads all of it has failed


def read_request(stream):
    """(head, body) of one request, or None at the end of the connection."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline(65536)
        if not line:
            return None
        head += line
    length = re.search(rb"content-length:\s*(\d+)", head, re.I)
    return head, stream.read(int(length.group(1))) if length else b""


def answer(body, status="200 OK", kind="application/json", fields=("Connection: close",)):
    """A well-formed answer. Whoever gives other `fields` and closes all the same may meet the next request on its way."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Cache-Control: no-store", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def token_answer(**members):
    """JSON text as a token endpoint answers it; values are JSON text."""
    texts = {"access_token": '"hostile-access-token"', "token_type": '"Bearer"', "expires_in": "600", **members}
    return ("{" + ",".join(f'"{name}":{value}' for name, value in texts.items()) + "}").encode()


def _gzip_bomb(inner):
    """One that unpacks to a gigabyte, in about a megabyte; `inner` is how the plain text begins."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = pack.compress(inner) + pack.flush(zlib.Z_FULL_FLUSH)
    block = pack.compress(b" " * (1 << 20)) + pack.flush(zlib.Z_FULL_FLUSH)  # stands for itself, and can be repeated
    return start + block * 1024


_bombs = {}
_bomb_lock = threading.Lock()


def gzip_bomb(inner=b""):
    with _bomb_lock:
        if inner not in _bombs:
            _bombs[inner] = _gzip_bomb(inner)
        return _bombs[inner]


def _endless(connection, first, block):
    connection.sendall(first)
    sent = 0
    block *= max(1, 65536 // len(block))
    while sent < MOST:
        connection.sendall(block)
        sent += len(block)


def _slowly(connection, data, pause=1.0):
    for place in range(len(data)):
        connection.sendall(data[place:place + 1])
        time.sleep(pause)


def _reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
GOOD = answer(token_answer(), fields=())


# Name -> what is done on the connection instead of an answer. Each ends when the other side hangs up. `place`: where the request went,
# as "http://127.0.0.1:1234/token".
def _one(data):
    return lambda connection, place: connection.sendall(data)


def _stalls(connection, place):
    connection.settimeout(30)
    with contextlib.suppress(OSError):
        while connection.recv(65536):
            pass


def _after(data, then=_stalls):
    def misbehave(connection, place):
        connection.sendall(data)
        then(connection, place)
    return misbehave


def _redirect(where):
    return lambda connection, place: connection.sendall(answer(b"", "302 Found", fields=[f"Location: {where(place)}", "Connection: close"]))


def _reset_after(data):
    def misbehave(connection, place):
        connection.sendall(data)
        time.sleep(0.05)  # what was sent arrives before the reset
        _reset(connection)
    return misbehave


def _page(body):
    return _one(answer(body, kind="text/html; charset=utf-8"))


MISBEHAVIOURS = {
    "closes": lambda connection, place: None,
    "resets": lambda connection, place: _reset(connection),
    "stalls": _stalls,
    "garbage": _one(b"\x00\xff\x1b]0;owned\x07\r\n\r\n"),
    "truncated": _one(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"access_token":"'),
    "truncated head": _one(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "resets in the body": _reset_after(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"access_token":"'),
    "stalls in the head": _after(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "stalls in the body": _after(HEAD + b'Content-Length: 100\r\n\r\n{"access_token":"'),
    "a byte a second": lambda connection, place: _slowly(connection, GOOD),
    "huge body": lambda connection, place: _endless(connection, HEAD + b"Content-Length: 1073741824\r\n\r\n", b"x"),
    "huge body without a length": lambda connection, place: _endless(connection, HEAD + b"\r\n", b"x"),
    "endless JSON": lambda connection, place: _endless(connection, HEAD + b'\r\n{"access_token":"', b"x"),
    "endless headers": lambda connection, place: _endless(connection, b"HTTP/1.1 200 OK\r\n", b"X-More: and more\r\n"),
    "an endless header": lambda connection, place: _endless(connection, b"HTTP/1.1 200 OK\r\nX-Long: ", b"and more "),
    "an endless reason": lambda connection, place: _endless(connection, b"HTTP/1.1 200 ", b"OK "),
    "endless chunks": lambda connection, place: _endless(connection, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"y" * 4096 + b"\r\n"),
    "endless small chunks": lambda connection, place: _endless(connection, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10\r\n{{{{{{{{{{{{{{{{\r\n"),
    "an endless chunk extension": lambda connection, place: _endless(connection, HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a=b;"),
    "endless trailers": lambda connection, place: _endless(connection, HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-More: and more\r\n"),
    "a chunk of 2^64 bytes": _one(HEAD + b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n{}"),
    "a length of 2^64 bytes": _one(HEAD + b"Content-Length: 18446744073709551616\r\n\r\n{}"),
    "a negative length": _one(HEAD + b"Content-Length: -1\r\n\r\n" + token_answer()),
    "two lengths": _one(HEAD + b"Content-Length: 2\r\nContent-Length: 200\r\n\r\n" + token_answer()),
    "100 for ever": lambda connection, place: _endless(connection, b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "100 now and then": lambda connection, place: [(connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n"), time.sleep(0.1)) for _ in range(300)],
    "switches protocols": _after(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"),
    "speaks HTTP/2": _after(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + b"\x00" * 18),
    "speaks HTTP/0.9": _one(token_answer()),
    "a status of six digits": _one(b"HTTP/1.1 200200 OK\r\nContent-Length: 2\r\n\r\n{}"),
    "NUL in a header": _one(b"HTTP/1.1 200 OK\r\nX-\x00: \x00\r\nContent-Length: 2\r\n\r\n{}"),
    "HTTP/1.0": _one(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n\r\n" + token_answer()),
    "garbage behind the answer": _one(GOOD + b"\x00\xffgarbage\r\n\r\nHTTP/1.1 200 OK\r\n"),
    "a second answer behind the first": _one(GOOD + answer(b'{"access_token":"smuggled","token_type":"Bearer"}')),
    "redirects to itself": _redirect(lambda place: place),
    "10,000 cookies": _one(HEAD + b"".join(b"Set-Cookie: c%d=v\r\n" % n for n in range(10_000)) + b"Content-Length: 2\r\n\r\n{}"),
    "a gzip bomb": lambda connection, place: connection.sendall(answer(gzip_bomb(b'{"access_token":"'), fields=["Content-Encoding: gzip", "Connection: close"])),
    "JSON 100,000 deep": _one(answer(token_answer(x="[" * 100_000 + "]" * 100_000))),
    "open JSON 100,000 deep": _one(answer(b'{"a":' * 100_000)),
    "a number of 10,000 digits": _one(answer(token_answer(expires_in="9" * 10_000))),
    "an exponent of 10,000 digits": _one(answer(token_answer(expires_in="1e" + "9" * 10_000))),
    "invalid UTF-8": _one(answer(b'{"access_token":"\xff\xfe\xc0\xaf","token_type":"Bearer","expires_in":600}')),
    "busy": _one(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    # Pages
    "a page that is a gzip bomb": lambda connection, place: connection.sendall(
        answer(gzip_bomb(b"<form>"), kind="text/html", fields=["Content-Encoding: gzip", "Connection: close"])),
    "an endless page": lambda connection, place: _endless(connection, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"<div><form><input>"),
    "a page 100,000 deep": _page(b"<div>" * 100_000),
    "a page of 10,000 forms": _page(b'<form method=post action=/login><input name=a><input type=password name=b><button>go</button></form>' * 10_000),
    "a page that refreshes itself": _page(b'<meta http-equiv="refresh" content="0">'),
    "invalid UTF-8 in a page": _page(b"<title>\xff\xfe\xc0\xaf</title><form method=post><input name=\xff><input type=password name=\xc0></form>"),
}


def cookie_chain(connection, place):
    """Redirects to itself again and again, each time with 1,000 cookies of new names."""
    match = re.search(r"[?&]chain=(\d+)", place)
    turn = int(match.group(1)) if match else 0
    next_place = re.sub(r"[?&]chain=\d+", "", place)
    next_place += ("&" if "?" in next_place else "?") + f"chain={turn + 1}"
    connection.sendall(answer(b"", "302 Found", fields=[f"Location: {next_place}", "Connection: close",
                                                        *(f"Set-Cookie: c{turn}x{n}={'v' * 20}; Path=/" for n in range(1_000))]))


MISBEHAVIOURS["redirects with cookies for ever"] = cookie_chain


def redirects_to(url):
    """For proxy(): a misbehaviour that sends whoever asks to `url`."""
    return _redirect(lambda place: url)


def page_with_form_for(url):
    """A page that looks like a login and posts elsewhere."""
    return _page(f'<form method=post action="{url}"><input name=username><input type=password name=password><button>Sign in</button></form>'.encode())


@contextlib.contextmanager
def _listening(serve, address="127.0.0.1"):
    """Calls serve(connection) in a thread of its own for each connection; yields the port."""
    server = socket.create_server((address, 0), backlog=256)

    def guarded(connection):
        with contextlib.suppress(OSError, ValueError), connection:
            serve(connection)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=guarded, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()


def pass_on(connection, request, port):
    """Has the good server answer; returns what it said."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as upstream:
        upstream.sendall(request[0].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1) + request[1])
        while data := upstream.recv(65536):
            said += data
            connection.sendall(data)
    return said


@contextlib.contextmanager
def proxy(port, choose, tls=None, seen=None):
    """Passes requests on to `port` of this machine, unless choose(head, body) gives a misbehaviour, by name or as a function. Yields the
    port. `tls`: an ssl.SSLContext. `seen`: a function that is told (request head, request body, answer)."""

    def serve(connection):
        if tls:
            connection = tls.wrap_socket(connection, server_side=True)
        request = read_request(connection.makefile("rb"))
        if request is None:
            return
        kind = choose(*request)
        if kind is None:
            said = pass_on(connection, request, port)
            if seen:
                seen(*request, said)
            return
        path = request[0].split(b" ", 2)[1].decode("latin-1")
        host = re.search(rb"^host:\s*(\S+)", request[0], re.I | re.M)
        place = f"{'https' if tls else 'http'}://{host.group(1).decode() if host else 'none'}{path}"
        (kind if callable(kind) else MISBEHAVIOURS[kind])(connection, place)

    with _listening(serve) as own:
        yield own


@contextlib.contextmanager
def faulty_proxy(port, every, kinds, spare):
    """A proxy() that from the `spare`th request on answers each `every`th with one of `kinds`. Yields (port, list of the faults so far)."""
    lock, done, seen = threading.Lock(), [], [0]

    def choose(head, body):
        with lock:
            seen[0] += 1
            if seen[0] <= spare or seen[0] % every != 0:
                return None
            done.append(kinds[len(done) % len(kinds)])
            return done[-1]

    with proxy(port, choose) as own:
        yield own, done


@contextlib.contextmanager
def trap(address="127.0.0.2"):
    """A place where nobody should ever come. Yields (URL, list of what came)."""
    came = []

    def serve(connection):
        came.append(b"connected")
        connection.settimeout(1)
        came.append(connection.recv(65536))
        connection.sendall(answer(b'{"trapped":true}'))

    with _listening(serve, address) as port:
        yield f"http://{address}:{port}", came


@contextlib.contextmanager
def raw(serve):
    """A server that does as `serve(connection)` says, before any HTTP. Yields the port."""
    with _listening(serve) as port:
        yield port


class Certificates:
    """An authority and certificates of it, made with openssl in `folder`."""

    def __init__(self, folder):
        self.folder, self._lock = folder, threading.Lock()
        folder.mkdir()
        self.ca = folder / "ca.pem"
        self._openssl("req", "-x509", *self._key("ca"), "-days", "2", "-subj", "/CN=hostile tests", "-out", self.ca)

    def _key(self, name):
        return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.folder / f"{name}.key"

    def _openssl(self, *arguments):
        done = subprocess.run(["openssl", *map(str, arguments)], cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    def context(self, name, host="IP:127.0.0.1", first=None, last=None):
        """A server's ssl.SSLContext with a certificate for `host`. `first`, `last`: 20200101000000Z."""
        with self._lock:
            return self._context(name, host, first, last)

    def _context(self, name, host, first, last):
        (self.folder / f"{name}.ext").write_text(f"subjectAltName={host}\n")
        self._openssl("req", "-new", *self._key(name), "-subj", f"/CN={name}", "-out", f"{name}.csr")
        if first:
            # `openssl x509` of version 3.0 cannot set dates, `openssl ca` can.
            (self.folder / "index.txt").write_text("")
            (self.folder / "serial").write_text("42\n")
            (self.folder / "ca.cnf").write_text("[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\n"
                                                "default_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n")
            self._openssl("ca", "-batch", "-config", "ca.cnf", "-cert", self.ca, "-keyfile", "ca.key", "-startdate", first, "-enddate", last,
                          "-extfile", f"{name}.ext", "-notext", "-in", f"{name}.csr", "-out", f"{name}.pem")
        else:
            self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", self.ca, "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                          "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        out = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        out.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return out
