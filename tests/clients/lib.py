"""What the clients in Python share: who they are at the mock, a browser, and how a case is told. Knows no OAuth."""
import os
import pathlib
import subprocess
import sys

ISSUER = os.environ["ISSUER"]
WEB = {"id": "web", "secret": "web-secret", "redirect_uri": "http://127.0.0.1:4999/cb"}
SERVICE = {"id": "service", "secret": "service-secret"}
SCOPE = "openid profile read offline_access"


def sign_in(url):
    """Signs in on the pages behind `url`; returns the address that the answer goes to."""
    browser = pathlib.Path(__file__).with_name("browser")
    done = subprocess.run([browser, url], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def run(cases):
    """cases: name -> function. One line per case; a later case may use what an earlier one left behind."""
    failed = 0
    for name, step in cases.items():
        try:
            step()
            print(f"pass {name}", flush=True)
        except Exception as error:  # a broken case must not hide the others
            failed += 1
            print(f"FAIL {name}: {error!r}".replace("\n", " "), flush=True)
    sys.exit(1 if failed else 0)
