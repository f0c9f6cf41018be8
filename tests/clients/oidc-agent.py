"""Debian's oidc-agent, written in C for people at terminals: registers itself, signs in with PKCE, and keeps refreshing."""
import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

from lib import ISSUER, run, sign_in

DEADLINE = 30  # seconds, for each program
home = tempfile.TemporaryDirectory(prefix="assay-oidc-agent-")
environment = {"PATH": os.environ["PATH"], "HOME": home.name, "TMPDIR": home.name, "ENCRYPTION": "of the account file",
               "OIDC_SOCK": home.name + "/socket"}
started = []
tokens = []


def start(*command):
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, start_new_session=True)
    started.append(process)
    return process


def end_all():
    for process in started:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    home.cleanup()


def line_with(process, pattern):
    """The first match in what a program says; its pipe closes when it is stopped at the deadline."""
    signal.alarm(DEADLINE)
    said = ""
    for line in process.stdout:
        said += line
        if found := re.search(pattern, line):
            signal.alarm(0)
            return found.group()
    raise AssertionError(f"{process.args[0]} ended before it said {pattern}: {said[-300:]}")


def free_port():
    """oidc-gen takes no port from 49152 on, where systems choose from when they are asked for any."""
    for port in random.sample(range(20000, 49152), 50):
        with contextlib.suppress(OSError), socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
            return port
    raise OSError("no free port")


def token_of(*options):
    done = subprocess.run(["oidc-token", *options, "mock"], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def code_with_pkce():
    agent = start("oidc-agent", "--console", "--no-autoload", "--socket-path=" + environment["OIDC_SOCK"])
    for _ in range(10 * DEADLINE):  # the socket is there before anybody listens
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as door:
            door.connect(environment["OIDC_SOCK"])
            break
        assert agent.poll() is None, "oidc-agent ended"
        time.sleep(0.1)
    account = start("oidc-gen", "mock", "--iss", ISSUER, "--flow=code", "--scope=openid profile offline_access", "--port", str(free_port()),
                    "--pw-env=ENCRYPTION", "--prompt=none", "--confirm-yes", "--no-url-call")
    back = sign_in(line_with(account, r"http\S+/authorize\?\S+"))
    urllib.request.urlopen(back, timeout=DEADLINE).read()  # the agent listens there
    said, _ = account.communicate(timeout=DEADLINE)
    assert account.returncode == 0, said[-300:]


def userinfo():
    tokens.append(token_of())
    request = urllib.request.Request(ISSUER + "/userinfo", headers={"Authorization": "Bearer " + tokens[0]})
    assert b"Alice Adams" in urllib.request.urlopen(request, timeout=DEADLINE).read()


def refresh():
    for _ in range(3):
        tokens.append(token_of("--force-new"))
    assert len(set(tokens)) == 4, "the same access token again"


def too_late(*_):
    raise TimeoutError("nothing came before the deadline")


signal.signal(signal.SIGALRM, too_late)
try:
    run({"registration and code + PKCE": code_with_pkce, "userinfo": userinfo, "refresh": refresh})
finally:
    end_all()
