"""Cases of tests/cli/run about secrets: none that went over the wire shows up in what is printed or written, none stands on a command
line, and none can get into a core dump."""
import base64
import contextlib
import json
import os
import re
import resource
import signal
import socket
import stat
import subprocess
import threading
import time
import urllib.parse
import urllib.request

from hostile_server import proxy
from harness import write_target

SHORTEST = 12  # characters: what is shorter may be a word
# Members of forms and JSON answers whose values nobody may read.
NAMES = ("access_token", "refresh_token", "id_token", "client_secret", "password", "code", "code_verifier", "token", "registration_access_token")


class Wire:
    """Collects every secret that a proxy saw."""

    def __init__(self):
        self.values, self.public, self._lock = set(), set(), threading.Lock()

    def seen(self, head, body, said):
        found = set()
        for text in (head.split(b" ", 2)[1].partition(b"?")[2], body):
            given = urllib.parse.parse_qsl(text.decode("latin-1"))
            found |= {value for name, value in given if name in NAMES}
            # Some rules send as a verifier what everybody may know.
            self.public |= {value for name, value in given if name == "code_challenge"}
        answer_head, _, answer = said.partition(b"\r\n\r\n")
        with contextlib.suppress(ValueError):
            tree = json.loads(answer)
            if isinstance(tree, dict):
                found |= {value for name, value in tree.items() if name in NAMES and isinstance(value, str)}
        for line in head.decode("latin-1").splitlines():
            if match := re.match(r"authorization:\s*(basic|bearer|dpop)\s+(\S+)", line, re.I):
                found.add(match.group(2))
                if match.group(1).lower() == "basic":
                    found.add(urllib.parse.unquote_plus(base64.b64decode(match.group(2) + "==").decode("latin-1").partition(":")[2]))
        for line in answer_head.decode("latin-1").splitlines():
            if match := re.match(r"set-cookie:\s*[^=;]+=([^;]+)", line, re.I):
                found.add(match.group(1))
            elif match := re.match(r"location:\s*(\S+)", line, re.I):
                parts = urllib.parse.urlsplit(match.group(1))
                found |= {value for name, value in urllib.parse.parse_qsl(parts.query) + urllib.parse.parse_qsl(parts.fragment) if name in NAMES}
        with self._lock:
            self.values |= found

    def check(self, where, text):
        assert len(self.values) > 20, f"too few secrets were seen: {len(self.values)}"
        # By their first characters: thousands of secrets in megabytes of text take too long one by one.
        begins = {}
        for value in self.values - self.public:
            # Words such as "deleted", and values that rules make up to be refused, are none.
            if len(value) < SHORTEST or len(set(value)) < 6 or value.startswith("assay") or "invalid" in value or "unknown" in value:
                continue
            for coating in (value, urllib.parse.quote(value, safe=""), urllib.parse.quote_plus(value), base64.b64encode(value.encode()).decode().rstrip("=")):
                begins.setdefault(coating[:SHORTEST], set()).add(coating)
        for at in range(len(text) - SHORTEST + 1):
            for coating in begins.get(text[at:at + SHORTEST], ()):
                assert not text.startswith(coating, at), f"{where} shows {coating}: {text[max(0, at - 200):at + 200]!r}"


@contextlib.contextmanager
def _watched(assay, *mock_arguments):
    """A mock behind a proxy; yields (target file, Wire)."""
    wire = Wire()
    with assay.mock(*mock_arguments) as issuer:
        with proxy(int(issuer.rsplit(":", 1)[1]), lambda head, body: None, seen=wire.seen) as port:
            paths = {"authorization": "authorize", "token": "token", "introspection": "introspect", "revocation": "revoke", "userinfo": "userinfo",
                     "jwks": "jwks", "registration": "register", "par": "par"}
            endpoints = {name: f"http://127.0.0.1:{port}/{path}" for name, path in paths.items()}
            yield write_target(assay, issuer, discovery=False, endpoints=endpoints), wire


def _outputs(assay, names):
    return {name: assay.path("." + name) for name in names}


def _words(files):
    return [word for name, path in files.items() for word in (f"--{name}", path)]


def secrets_of_a_check_show_nowhere(assay):
    """Every output of check, replay and doctor, with failures and exchanges, held against every secret on the wire"""
    defects = ("--defect", "code-reusable", "--defect", "refresh-reuse-ignored", "--defect", "client-secret-unchecked")
    with _watched(assay, *defects) as (target, wire):
        files = _outputs(assay, ("json", "junit", "html", "sarif", "markdown", "badge", "events"))
        said = [assay.run("check", target, "--profile", "all", "-v", *_words(files))]
        assert said[0].code == 1, said[0]
        said += [assay.run("check", target, "--format", "json", "--only", "code/*"), assay.run("check", target, "--format", "plain", "--only", "code/*"),
                 assay.run("check", target, "--format", "github", "--only", "code/single-use", env={"GITHUB_STEP_SUMMARY": str(assay.path(".md"))}),
                 assay.run_in_terminal("check", target, "--only", "code/*", "-v"), assay.run("doctor", target, "-v"),
                 assay.run_in_terminal("doctor", target, "-v"), assay.run("replay", files["json"], "code/single-use", "-v"),
                 assay.run("report", files["json"], "--html", assay.path(".html"))]
        for result in said:
            wire.check(f"assay {result.arguments[0]}", result.all)
        for name, path in files.items():
            wire.check(f"--{name}", path.read_text(errors="replace"))


def secrets_of_a_load_show_nowhere(assay):
    """The same for load: its live lines, its metrics while it runs, all files"""
    with _watched(assay, "--defect", "code-reusable") as (target, wire):
        files = _outputs(assay, ("json", "junit", "html", "sarif", "markdown", "badge", "hgrm"))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        scraped, stop = [], threading.Event()

        def scrape():
            while not stop.wait(0.3):
                with contextlib.suppress(OSError):
                    scraped.append(urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode())
        thread = threading.Thread(target=scrape)
        thread.start()
        try:
            result = assay.run_in_terminal("load", target, "--journey", "pkce/s256", "--journey", "refresh/success", "--beside", "code/single-use=20%",
                                           "--rate", "10", "--duration", "3s", "--metrics", f"127.0.0.1:{port}", *_words(files))
        finally:
            stop.set()
            thread.join()
        assert result.code == 1 and scraped, result
        wire.check("assay load", result.all)
        wire.check("--metrics", "".join(scraped))
        for name, path in files.items():
            wire.check(f"--{name}", path.read_text(errors="replace"))


def secrets_are_in_no_core_dump(assay):
    """A process that dies leaves no core, whatever the shell allows, and its memory is its own"""
    def allow():
        soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    ready = assay.path(".ready")
    folder = assay.path("-cores")
    folder.mkdir()
    process = subprocess.Popen([assay.binary, "mock", "--port", "0", "--ready-file", str(ready)], cwd=folder, env=assay.environment(None), preexec_fn=allow,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while not ready.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        with open(f"/proc/{process.pid}/limits") as limits:
            line = next(line for line in limits if line.startswith("Max core file size"))
        assert line.split()[4:6] == ["0", "0"], line
        # What must not be dumped belongs to root, whoever runs it (proc(5)).
        if os.getuid() != 0:
            assert os.stat(f"/proc/{process.pid}/environ").st_uid == 0, "other processes of this user may read its memory"
    finally:
        process.send_signal(signal.SIGABRT)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = -signal.SIGABRT
    assert os.WIFSIGNALED(status) and not os.WCOREDUMP(status), status
    assert list(folder.iterdir()) == [], "a core was left"


def secrets_files_are_private(assay):
    """What holds secrets, or is not finished, is for its owner only"""
    # Nothing but whole reports is made with the permissions that the user's umask allows; the file of secrets is 0600.
    with assay.mock() as issuer:
        out = assay.path(".jsonc")
        os.umask(0)
        try:
            result = assay.run("init", issuer, "-o", out, "--user", "alice", "--password-env", "PASSWORD", env={"PASSWORD": "alice-password"})
        finally:
            os.umask(0o022)
        assert result.code == 0, result
        files = [path for path in out.parent.iterdir() if path.name.startswith(out.stem) and path != out]
        assert files, "no file of secrets"
        for path in files:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, f"{path}: {oct(path.stat().st_mode)}"
        assert "alice-password" not in out.read_text()
    source = "".join(path.read_text() for folder in ("src", "mock-provider") for path in (assay.root / folder).rglob("*.cpp"))
    assert not re.search(r"\b(tmpnam|tempnam|mktemp|tmpfile)\s*\(", source), "temporary files are made by mkstemp, mkdtemp or O_EXCL"


def zz_no_secret_stood_on_a_command_line(assay):
    """Nowhere in this run, of no process that Assay started"""
    assert not assay.exposed and (assay.command_lines > 0 or len(assay.said) < 10), assay.exposed


def cases():
    return [(name, case) for name, case in globals().items() if name.startswith(("secrets_", "zz_"))]
