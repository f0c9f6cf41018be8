"""Debian's libapache2-mod-auth-openidc: Apache lets nobody in who has not signed in at the mock, and refreshes as it goes."""
import contextlib
import http.cookiejar
import os
import pathlib
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from lib import ISSUER, run, sign_in

DEADLINE = 30  # seconds
MODULES = "/usr/lib/apache2/modules"
CONFIGURATION = """
ServerRoot {home}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {home}/pid
ErrorLog {home}/log
User {user}
Group {user}
DocumentRoot {home}/pages
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule headers_module {modules}/mod_headers.so
LoadModule auth_openidc_module {modules}/mod_auth_openidc.so
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID native
OIDCProviderTokenEndpointAuth none
OIDCPKCEMethod S256
OIDCRedirectURI http://127.0.0.1:{port}/native/cb
OIDCCryptoPassphrase {home}
OIDCScope "openid profile"
OIDCRemoteUserClaim preferred_username
# Longer than a token lives, so that there is a refresh before each page.
OIDCRefreshAccessTokenBeforeExpiry 3700
<Location />
  AuthType openid-connect
  Require valid-user
  Header always set X-User "expr=%{{REMOTE_USER}}"
  Header always set X-Token "expr=%{{reqenv:OIDC_access_token}}"
</Location>
"""


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


home = tempfile.TemporaryDirectory(prefix="assay-apache-")
browser = urllib.request.build_opener(Stay, urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), urllib.request.ProxyHandler({}))
browser.addheaders = [("Accept", "text/html")]  # who wants no page is refused instead of sent to sign in
with socket.socket() as listener:
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
tokens = []


def ask(url):
    """The answer as it is, redirects and refusals included."""
    try:
        return browser.open(url, timeout=DEADLINE)
    except urllib.error.HTTPError as answer:
        return answer


def start():
    pages = pathlib.Path(home.name, "pages")
    pages.mkdir()
    pages.joinpath("index").write_text("inside")
    os.chmod(home.name, 0o755)
    configuration = pathlib.Path(home.name, "apache.conf")
    user = "www-data" if os.getuid() == 0 else "#%d" % os.getuid()
    configuration.write_text(CONFIGURATION.format(home=home.name, port=port, user=user, modules=MODULES, issuer=ISSUER))
    log = open(home.name + "/said", "w")
    process = subprocess.Popen(["/usr/sbin/apache2", "-DFOREGROUND", "-f", configuration], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                               start_new_session=True)
    for _ in range(10 * DEADLINE):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return process
        assert process.poll() is None, pathlib.Path(home.name, "said").read_text() + pathlib.Path(home.name, "log").read_text()
        time.sleep(0.1)
    raise TimeoutError("Apache does not listen")


def code_with_pkce():
    page = f"http://127.0.0.1:{port}/index"
    asked = ask(page)
    assert asked.status == 302 and "code_challenge_method=S256" in asked.headers["Location"], asked.status
    back = ask(sign_in(asked.headers["Location"]))
    assert back.status == 302 and back.headers["Location"] == page, (back.status, pathlib.Path(home.name, "log").read_text()[-800:])
    inside()


def inside():
    answer = ask(f"http://127.0.0.1:{port}/index")
    assert answer.status == 200 and answer.read() == b"inside", (answer.status, pathlib.Path(home.name, "log").read_text()[-800:])
    assert answer.headers["X-User"] == "alice", answer.headers["X-User"]
    tokens.append(answer.headers["X-Token"])


def refresh():
    for _ in range(3):
        inside()
    assert len(set(tokens)) == 4 and all(tokens), "the same access token again"


process = None
try:
    process = start()
    run({"code + PKCE": code_with_pkce, "refresh": refresh})
finally:
    if process:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()
    home.cleanup()
