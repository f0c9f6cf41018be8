"""Runs the binary as a user would and keeps everything it ever said. Knows processes and sockets, no rule of OAuth."""
import contextlib
import fcntl
import http.server
import json
import os
import pathlib
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TIMEOUT = 120  # seconds; a run that takes longer hangs


class Result:
    def __init__(self, arguments, code, out, err):
        self.arguments, self.code, self.out, self.err = arguments, code, out, err
        self.all = out + err

    def __str__(self):
        return f"assay {' '.join(map(str, self.arguments))}\nexit {self.code}\n--- stdout\n{self.out[-1500:]}\n--- stderr\n{self.err[-1500:]}"


def be_interruptible():
    """Who is started in the background of a script has SIGINT ignored, and so would have its children until they ask for it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Assay:
    def __init__(self, binary):
        self.binary = str(pathlib.Path(binary).resolve())
        self.said = []  # every Result, for the search for secrets
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="assay-cli-"))
        self.root = ROOT
        self._names = 0
        self.exposed, self.command_lines = [], 0  # command lines of ours that hold a secret; how many were read
        threading.Thread(target=self._read_command_lines, daemon=True).start()

    def path(self, suffix):
        """A new file name in the test's own folder."""
        self._names += 1
        return self.folder / f"{self._names}{suffix}"

    def _read_command_lines(self):
        """Every fifth of a second those of all processes that this binary runs, and of what they started."""
        while True:
            parents, lines = {}, {}
            for entry in os.scandir("/proc"):
                if entry.name.isdigit():
                    with contextlib.suppress(OSError, ValueError):
                        lines[entry.name] = pathlib.Path(entry.path, "cmdline").read_bytes()
                        parents[entry.name] = pathlib.Path(entry.path, "stat").read_text(errors="replace").rpartition(")")[2].split()[1]
            for pid, line in lines.items():
                above = pid
                while above in parents and not lines[above].startswith(self.binary.encode() + b"\0"):
                    above = parents[above]
                if above in parents:
                    self.command_lines += 1
                    self.exposed += [line for secret in SECRETS if secret.encode() in line]
            time.sleep(0.2)

    def environment(self, extra):
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ}
        return {**keep, "LC_ALL": "C.UTF-8", "TERM": "xterm", **(extra or {})}

    def run(self, *arguments, env=None, timeout=TIMEOUT):
        done = subprocess.run([self.binary, *map(str, arguments)], cwd=self.folder, env=self.environment(env), timeout=timeout,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
        return self._keep(Result(arguments, done.returncode, done.stdout, done.stderr))

    def run_in_terminal(self, *arguments, env=None, columns=80):
        """Standard output and error are one pseudo-terminal, so many columns wide."""
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        process = subprocess.Popen([self.binary, *map(str, arguments)], cwd=self.folder, env=self.environment({"COLUMNS": "80", **(env or {})}),
                                   stdin=subprocess.DEVNULL, stdout=follower, stderr=follower)
        os.close(follower)
        said = b""
        with contextlib.suppress(OSError):  # EIO is how a terminal says that the last writer left
            while chunk := os.read(leader, 65536):
                said += chunk
        os.close(leader)
        return self._keep(Result(arguments, process.wait(TIMEOUT), said.decode(errors="replace"), ""))

    def talk(self, *arguments, answers, env=None, interrupt=False):
        """All three streams are one pseudo-terminal. `answers`: (what is asked, what is typed), in this order; what is not asked within
        20 seconds is a failure. `interrupt`: a signal comes in place of the last answer. Returns the Result, with what was echoed."""
        leader, follower = pty.openpty()
        process = subprocess.Popen([self.binary, *map(str, arguments)], cwd=self.folder, env=self.environment({"COLUMNS": "80", **(env or {})}),
                                   stdin=follower, stdout=follower, stderr=follower)
        os.close(follower)
        said, seen = "", 0

        def read(until, deadline):
            nonlocal said
            while until not in said[seen:] if until else True:
                if not select.select([leader], [], [], max(0, deadline - time.monotonic()))[0]:
                    process.kill()
                    process.wait()
                    raise AssertionError(f"{until or 'the end'!r} did not come within the time:\n{said}")
                try:
                    chunk = os.read(leader, 65536)
                except OSError:  # EIO: the last writer left
                    chunk = b""
                if not chunk:
                    if until:
                        process.wait()
                        raise AssertionError(f"{until!r} was not asked; exit {process.returncode}:\n{said}")
                    return
                said += chunk.decode(errors="replace")

        for number, (question, answer) in enumerate(answers):
            read(question, time.monotonic() + 20)
            seen = said.index(question, seen) + len(question)
            if interrupt and number == len(answers) - 1:
                time.sleep(0.1)  # the question is written before it waits
                process.send_signal(signal.SIGINT)
            else:
                time.sleep(0.05)  # what is typed ahead of a hidden answer is thrown away
                os.write(leader, (answer + "\n").encode())
        read(None, time.monotonic() + TIMEOUT)
        os.close(leader)
        return self._keep(Result(arguments, process.wait(TIMEOUT), said.replace("\r\n", "\n"), ""))

    def interrupt(self, *arguments, after, once=lambda: True, number=signal.SIGINT):
        """Sends a signal `after` seconds after `once()` has become true, or after 20 seconds without."""
        process = subprocess.Popen([self.binary, *map(str, arguments)], cwd=self.folder, env=self.environment(None),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
        deadline = time.monotonic() + 20
        while not once() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(after)
        process.send_signal(number)
        try:
            out, err = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            err += "\n(did not stop within 30 s of the signal)"
        return self._keep(Result(arguments, process.returncode, out, err))

    @contextlib.contextmanager
    def mock(self, *arguments):
        """A provider in its own process; yields its issuer."""
        ready = self.path(".ready")
        log = open(self.path(".log"), "w+")
        process = subprocess.Popen([self.binary, "mock", "--port", "0", "--ready-file", str(ready), *map(str, arguments)], cwd=self.folder,
                                   env=self.environment(None), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline and process.poll() is None:
                found = ready.exists() and re.search(r"https?://[^\"\s]+", ready.read_text())
                if found:
                    break
                time.sleep(0.02)
            else:
                log.seek(0)
                raise RuntimeError(f"assay mock did not start: {log.read()}")
            self.ready = json.loads(ready.read_text())
            yield found.group().rstrip("/")
        finally:
            process.terminate()
            process.wait(20)
            log.close()

    def _keep(self, result):
        self.said.append(result)
        return result


# Credentials of the bundled provider and of the broken targets; none of them may ever be shown.
SECRETS = ["web-secret", "second-secret", "service-secret", "alice-password", "bob-password", "pool-password", "canary-secret-5309"]


def read_jsonc(path):
    """A file of scenarios/ without its comment lines."""
    return json.loads(re.sub(r"^\s*//.*$", "", pathlib.Path(path).read_text(), flags=re.M))


def target(issuer, **changes):
    """The bundled target file for a provider at `issuer`, as a dict; `changes` replace members, None removes one."""
    tree = read_jsonc(ROOT / "scenarios/targets/mock.jsonc")
    del tree["$schema"]
    tree.update(name="under test", issuer=issuer, settings={"timeout": "5s"})
    tree.update(changes)
    return {name: value for name, value in tree.items() if value is not None}


def write_target(assay, issuer, **changes):
    path = assay.path(".jsonc")
    path.write_text(json.dumps(target(issuer, **changes), indent=2))
    return path


def dead_port():
    """A port of this machine where nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def listener(answer=None):
    """A server that counts connections and says `answer` (bytes) to each request, or nothing at all. Yields (port, count function)."""
    count = [0]
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()
    held = []

    def serve():
        server.settimeout(0.05)
        while not stop.is_set():
            with contextlib.suppress(OSError):
                connection, _ = server.accept()
                count[0] += 1
                held.append(connection)
                if answer is not None:
                    connection.settimeout(1)
                    with contextlib.suppress(OSError):
                        connection.recv(65536)
                        connection.sendall(answer)
                        connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1], lambda: count[0]
    finally:
        stop.set()
        thread.join()
        for connection in [*held, server]:
            connection.close()


@contextlib.contextmanager
def web(pages, tls=None):
    """An HTTP server with fixed JSON pages: path -> function of the origin that gives (status, text). Yields the origin. `tls`: an
    ssl.SSLContext, for https."""
    scheme = "https" if tls else "http"

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, text = pages.get(self.path.split("?")[0], lambda _: (404, "{}"))(f"{scheme}://127.0.0.1:{self.server.server_port}")
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_DELETE = do_GET

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"{scheme}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
