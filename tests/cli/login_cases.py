"""Logins by a browser, by a program and by a person, against the bundled provider. Cases for tests/cli/run: functions with a
docstring of their own. Needs Debian's chromium-driver; loopback only."""
import base64
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
import urllib.parse

from harness import Result, dead_port, write_target

_ONE = ("--only", "code/single-use", "--quiet")


def _has(result, code, *words):
    assert result.code == code, f"expected exit {code}\n{result}"
    said = " ".join(result.all.split())  # wherever lines are broken
    for word in words:
        assert word in said, f"expected to read {word!r}\n{result}"


def _processes_of(word):
    """Ids of processes that have `word` in their command line or environment, not counting us."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int(folder.name) != os.getpid() and word.encode() in (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return found


def _shows_pages(scratch):
    """Whether a browser of a run with TMPDIR=scratch is up."""
    for process in _processes_of(str(scratch)):
        with contextlib.suppress(OSError):
            if b"--type=renderer" in pathlib.Path(f"/proc/{process}/cmdline").read_bytes():
                return True
    return False


def _nothing_left(scratch):
    """Whatever was started for a run with TMPDIR=scratch is gone, and so is what it wrote there."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        processes, files = _processes_of(str(scratch)), list(scratch.iterdir())
        if not processes and not files:
            return
        time.sleep(0.1)
    raise AssertionError(f"left behind: processes {processes}, files {files}")


def _scratch(assay):
    folder = assay.path(".tmp")
    folder.mkdir()
    return folder


# What makes the provider's pages by script: there is no form on them, and what looks like a button is none.
_SCRIPT = """
const original = new DOMParser().parseFromString(new TextDecoder().decode(Uint8Array.from(atob(page), (c) => c.charCodeAt(0))), 'text/html');
setTimeout(() => {
  document.title = original.title;
  const form = original.querySelector('form'), app = document.getElementById('app'), typed = new Map();
  for (const text of original.querySelectorAll('h1, p')) app.append(text.textContent, document.createElement('br'));
  for (const field of form ? form.querySelectorAll('input:not([type=hidden])') : []) {
    const input = document.createElement('input');
    input.type = field.type;
    input.setAttribute('aria-label', field.name);
    input.autocomplete = field.autocomplete;
    typed.set(field, input);
    app.append(input);
  }
  for (const button of form ? form.querySelectorAll('button') : []) {
    const looks = document.createElement('div');
    looks.setAttribute('role', 'button');
    looks.textContent = button.textContent;
    looks.onclick = () => {
      for (const [field, input] of typed) field.value = input.value;
      form.hidden = true;
      document.body.append(form);
      form.requestSubmit(button);
    };
    app.append(looks);
  }
}, 150);
"""


@contextlib.contextmanager
def _script_made(issuer):
    """A proxy of the provider that makes its pages by script; yields its origin. Tokens are passed on as they are."""
    inner = urllib.parse.urlsplit(issuer)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            connection = http.client.HTTPConnection(inner.hostname, inner.port, timeout=10)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection", "accept-encoding")}
            outer = f"http://127.0.0.1:{self.server.server_port}"
            headers["Host"] = inner.netloc
            if "Origin" in headers:
                headers["Origin"] = issuer
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            kind = answer.getheader("Content-Type") or ""
            if kind.startswith("text/html"):
                page = base64.b64encode(content).decode()
                content = f"<!doctype html><title>...</title><div id=app></div><script>const page = '{page}';{_SCRIPT}</script>".encode()
            elif kind.startswith("application/json"):
                content = content.replace(issuer.encode(), outer.encode())
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "connection", "date", "transfer-encoding", "content-security-policy"):
                    self.send_header(name, value.replace(issuer, outer))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            connection.close()

        do_GET = do_POST = _pass_on

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def browser_logs_in(assay):
    """Chromium logs in on the provider's own pages; the report shows its requests; nothing of it is left"""
    scratch, out = _scratch(assay), assay.path(".json")
    with assay.mock() as issuer:
        target = write_target(assay, issuer, login={"driver": "browser"})
        result = assay.run("check", target, *_ONE, "--json", out, env={"TMPDIR": str(scratch)})
    _has(result, 0, "PASS")
    run = json.loads(out.read_text())
    assert run["loginDriver"] == "browser" if "loginDriver" in run else True, run.keys()
    purposes = [exchange["purpose"] for exchange in run["exchanges"]]
    assert "authorization request" in purposes and "login form" in purposes and "consent form" in purposes, purposes
    _nothing_left(scratch)


def browser_reads_pages_made_by_scripts(assay):
    """Pages without a form: the driver form says what is missing, the driver browser logs in, also with selectors"""
    with assay.mock() as issuer, _script_made(issuer) as outer:
        plain = assay.run("doctor", write_target(assay, outer))
        _has(plain, 3, "browser", "script")
        made = assay.run("check", write_target(assay, outer, login={"driver": "browser"}), *_ONE)
        _has(made, 0, "PASS")
        chosen = {"user": "input[type=text]", "password": "input[type=password]", "consent": "[role=button]:first-of-type"}
        picked = assay.run("doctor", write_target(assay, outer, login={"driver": "browser", "selectors": {**chosen, "consent": "#none"}}))
        _has(picked, 0, "a code came back")


def browser_names_a_wrong_password(assay):
    """A wrong password is named, with the page it ended at, and is not shown"""
    with assay.mock() as issuer:
        users = [{"name": "alice", "password": "canary-secret-5309"}]
        result = assay.run("doctor", write_target(assay, issuer, users=users, login={"driver": "browser"}))
    _has(result, 3, "wrong user name or password", "/login", "check \"users\"")


def browser_that_is_missing_or_broken_is_named(assay):
    """No chromedriver: the package that has it; one that does not listen, one that is no WebDriver"""
    empty = assay.path(".bin")
    empty.mkdir()
    with assay.mock() as issuer:
        missing = assay.run("doctor", write_target(assay, issuer, login={"driver": "browser"}), env={"PATH": str(empty)})
        _has(missing, 3, "chromedriver is not installed", "apt-get install chromium-driver")
        ends = assay.run("doctor", write_target(assay, issuer, login={"driver": "browser", "chromedriver": "/bin/false"}))
        _has(ends, 3, "/bin/false ended with 1")
        port = dead_port()
        nobody = assay.run("doctor", write_target(assay, issuer, login={"driver": "browser", "webdriver": f"http://127.0.0.1:{port}"}))
        _has(nobody, 3, f"127.0.0.1:{port}", "check login.webdriver")
        other = assay.run("doctor", write_target(assay, issuer, login={"driver": "browser", "webdriver": issuer}))
        _has(other, 3, "login.webdriver")


def browser_leaves_nothing_when_interrupted_or_killed(assay):
    """SIGINT in the middle of a login ends Chromium and still reports; SIGKILL of Assay ends Chromium, too"""
    with assay.mock() as issuer:
        target = write_target(assay, issuer, login={"driver": "browser"})
        for number in (signal.SIGINT, signal.SIGKILL):
            scratch = _scratch(assay)
            process = subprocess.Popen([assay.binary, "check", str(target), "--quiet"], cwd=assay.folder, env=assay.environment({"TMPDIR": str(scratch)}),
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            deadline = time.monotonic() + 20
            while not _shows_pages(scratch):
                assert time.monotonic() < deadline and process.poll() is None, "no browser came up"
                time.sleep(0.05)
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
            if number == signal.SIGINT:
                result = Result(("check",), process.returncode, out, err)
                _has(result, 130, "INTERRUPTED")
            _nothing_left(scratch)


def _program(assay, text):
    path = assay.path(".program")
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


# Logs in at the provider's pages as a user's own script would.
_LOGS_IN = """
import http.cookiejar, json, os, re, sys, urllib.parse, urllib.request
given = json.loads(sys.stdin.readline())
assert given["authorization_url"] == os.environ["ASSAY_AUTHORIZATION_URL"] and given["user"] == os.environ["ASSAY_USER"]
assert given["password"] not in " ".join(os.environ.values()) + " ".join(sys.argv)
class Stop(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, request, stream, code, message, headers, url):
        if url.startswith(given["redirect_uri"]):
            print(json.dumps({"redirect": url}))
            sys.stdout.flush()
            os._exit(0)
        return super().redirect_request(request, stream, code, message, headers, url)
jar = http.cookiejar.CookieJar()
browser = urllib.request.build_opener(Stop, urllib.request.HTTPCookieProcessor(jar))
def send(page, values):
    html, at = page.read().decode(), page.geturl()
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html))
    action = re.search(r'<form[^>]* action="([^"]+)"', html).group(1)
    fields.update(values)
    fields.update(one for one in re.findall(r'<button[^>]*name="([^"]+)" value="([^"]+)"', html) if one[1] != "deny")
    return browser.open(urllib.parse.urljoin(at, action), urllib.parse.urlencode(fields).encode())
page = send(browser.open(given["authorization_url"]), {"username": given["user"], "password": given["password"]})
if "cookies" in sys.argv[1:]:
    print(json.dumps({"cookies": [f"{one.name}={one.value}; Path=/" for one in jar]}))
    sys.exit(0)
send(page, {})
"""


def command_logs_in(assay):
    """A program that answers where it ended, and one that answers cookies"""
    program = _program(assay, _LOGS_IN)
    with assay.mock() as issuer:
        for more in ([], ["cookies"]):
            result = assay.run("check", write_target(assay, issuer, login={"driver": "command", "command": [program, *more]}), *_ONE)
            _has(result, 0, "PASS")


def command_that_fails_is_explained(assay):
    """Exit 1 with its last words but no password, garbage, nothing, too much, not there; each is blocked with the reason"""
    said = "import sys\ngiven = sys.stdin.readline()\n"
    cases = [("import json, sys\ngiven = json.loads(sys.stdin.readline())\nprint('it is', given['password'], given['redirect_uri'], file=sys.stderr)\nsys.exit(1)",
              "ended with 1", "‹password#1", "docs/login.md"),
             (said + "print('<html>')", "not a JSON object", "<html>"),
             (said, "is empty", "one line of JSON"),
             (said + "print('{\"code\": 1}')", "none of these members", "redirect"),
             (said + "print('{\"error\": \"no such user\"}')", "no such user", "the login command says"),
             (said + "while True: print('x' * 100000)", "more than 1 MiB", "was ended")]
    with assay.mock() as issuer:
        for text, *words in cases:
            result = assay.run("doctor", write_target(assay, issuer, login={"driver": "command", "command": [_program(assay, text)]}))
            _has(result, 3, *words)
        missing = assay.run("doctor", write_target(assay, issuer, login={"driver": "command", "command": ["./no-such-program"]}))
        _has(missing, 3, "no-such-program: not found")


def command_that_hangs_is_ended(assay):
    """At the deadline, with what it started, which left its process group"""
    scratch = _scratch(assay)
    text = "import subprocess, time\nsubprocess.Popen(['sleep', '1000'], start_new_session=True)\ntime.sleep(1000)"
    with assay.mock() as issuer:
        target = write_target(assay, issuer, login={"driver": "command", "timeout": "1s", "command": [_program(assay, text)]})
        result = assay.run("doctor", target, env={"TMPDIR": str(scratch)})
    _has(result, 3, "login.timeout", "was ended")
    _nothing_left(scratch)


def _person(assay, target, *arguments, comes=True):
    """Runs Assay and does what its user would: opens what it prints, logs in, and goes where the server says."""
    process = subprocess.Popen([assay.binary, *map(str, arguments[:1]), str(target), *map(str, arguments[1:])], cwd=assay.folder, env=assay.environment(None),
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    program, said = _program(assay, _LOGS_IN), []
    for line in process.stderr:
        said.append(line)
        if comes and (found := re.fullmatch(r"\s+(http\S+)\n", line)):
            url = found.group(1)
            redirect = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["redirect_uri"][0]
            user = re.search(r"as (\S+),", said[-2]).group(1)
            given = {"authorization_url": url, "redirect_uri": redirect, "user": user, "password": f"{user}-password"}
            done = subprocess.run([program], input=json.dumps(given) + "\n", capture_output=True, text=True, timeout=30,
                                  env={**os.environ, "ASSAY_AUTHORIZATION_URL": url, "ASSAY_USER": user})
            assert done.stdout, done.stderr
            subprocess.run(["curl", "-s", "-o", "/dev/null", json.loads(done.stdout)["redirect"]], timeout=30, check=True)
    out = process.stdout.read()
    result = Result(arguments, process.wait(30), out, "".join(said))
    assay.said.append(result)
    return result




def person_logs_in(assay):
    """Prints the request, listens at the redirect URI, and says before how often a person is needed"""
    with assay.mock() as issuer:
        result = _person(assay, write_target(assay, issuer, login={"driver": "manual", "timeout": "30s"}), "check", *_ONE, "--manual")
    _has(result, 0, "PASS", "needs a person", "within 30 s", "login 1: as alice")


def person_who_does_not_come(assay):
    """Without a terminal nobody is waited for; with --manual once; --no-manual leaves it out and is no failure"""
    with assay.mock() as issuer:
        target = write_target(assay, issuer, login={"driver": "manual", "timeout": "1s"})
        _has(assay.run("doctor", target), 3, "no terminal", "--manual")
        result = _person(assay, target, "check", "--only", "code/*", "--manual", comes=False)
        _has(result, 3, "nobody came back", "login 1:")
        assert "login 2:" not in result.all, result
        left_out = assay.run("check", target, "--only", "client-credentials/success", "--only", "code/single-use", "--no-manual")
        _has(left_out, 0, "--no-manual was given")


def logins_by_others_are_no_load(assay):
    """Flows that sign in by browser, command or person are refused as load; flows without a login are not"""
    with assay.mock() as issuer:
        for login in ({"driver": "browser"}, {"driver": "manual"}, {"driver": "command", "command": ["true"]}):
            target = write_target(assay, issuer, login=login)
            _has(assay.run("load", target, "--users", 2, "--duration", "1s", "--journey", "pkce/s256"), 2, "cannot be run as load", login["driver"])
            _has(assay.run("load", target, "--users", 2, "--duration", "1s", "--journey", "client-credentials/success", "--beside", "none"), 0)
