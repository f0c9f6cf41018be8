"""Cases of tests/cli/run about `assay init` (what it registers, asks, refuses and writes) and the words of `assay doctor`: every
function whose name begins with init_ or doctor_."""
import json
import os
import re
import ssl
import stat
import subprocess

from harness import dead_port, listener, read_jsonc, web

PASSWORDS = {"PASSWORD": "alice-password"}


def expect(result, code, *words):
    said = " ".join(result.all.split())
    assert result.code == code, f"expected exit {code}\n{result}"
    for word in words:
        assert word in said, f"expected to read {word!r}\n{result}"


def files_of(assay):
    out = assay.path(".jsonc")
    return out, out.with_suffix(".env")


def nothing_written(out, secrets):
    assert not out.exists() and not secrets.exists(), "something was written"


def described(**members):
    """The metadata of a server at the origin that it is asked at."""
    def page(origin):
        return 200, json.dumps({"issuer": origin, "token_endpoint": origin + "/token", **{name: value.replace("ORIGIN", origin) for name, value in members.items()}})
    return page


def init_registers_and_check_needs_no_editing(assay):
    """assay init ISSUER with flags only, then assay check FILE"""
    with assay.mock() as issuer:
        out, secrets = files_of(assay)
        result = assay.run("init", issuer, "-o", out, "--user", "alice", "--password-env", "PASSWORD", env=PASSWORDS)
        expect(result, 0, "Registered clients: native, second, service, spa, spa2, web", "ready for assay check", f"assay check {out}", "only you can read")
        assert stat.S_IMODE(os.stat(secrets).st_mode) == 0o600, oct(os.stat(secrets).st_mode)
        text = out.read_text()
        stored = re.findall(r"^\w+='(.*)'$", secrets.read_text(), re.M)
        assert len(stored) == 3 and not any(secret in text + result.all for secret in stored), "a secret is where it should not be"
        target = read_jsonc(out)
        assert target["clients"]["web"]["auth"] == "post" and target["clients"]["second"]["auth"] == "basic", target["clients"]
        assert target["scope_narrow"] == "openid offline_access" and target["service_scope"] == "read", target
        expect(assay.run("check", out, env=PASSWORDS), 0, "PASS")
        expect(assay.run("doctor", out), 2, "PASSWORD")  # nobody sets it
        expect(assay.run("init", issuer, "-o", out, "--no-input"), 2, "there already", "--force")
        # RFC 7592 is not offered here.
        expect(assay.run("init", "--remove", out, env=PASSWORDS), 2, "no client")


def init_asks_a_person(assay):
    """A dialogue at a terminal; passwords are not shown, and the file needs nothing from the environment"""
    with assay.mock() as issuer:
        out, secrets = files_of(assay)
        result = assay.talk("init", "-o", out, answers=[
            ("issuer's URL", issuer), ("Register test clients [Y/n]", ""), ("Scope to ask for [openid profile offline_access]", ""),
            ("Scope of the service client [read]", ""), ("User to log in with", "alice"), ("Password of alice", "canary-secret-5309"),
            ("A second test user", "bob"), ("Password of bob", "bob-password"),
            ("User to log in with", "alice"), ("Password of alice", "alice-password")])
        expect(result, 0, "wrong name or password?", "Trying it again", "ready for assay check", "second login")
        expect(assay.run("check", out, "--only", "code/*"), 0, "PASS")
        assert "alice-password" in secrets.read_text() and "password" not in re.sub(r"_PASSWORD|\"password\"", "", out.read_text())


def init_asks_for_clients(assay):
    """A server where nobody registers: ids, secrets, redirect URIs"""
    with assay.mock() as issuer:
        out, _ = files_of(assay)
        result = assay.talk("init", issuer, "--no-register", "-o", out, answers=[
            ("Id of a confidential client", "web"), ("Its secret", "web-secret"), ("Redirect URIs [", ""),
            ("Id of another one", ""), ("Id of a public client", "spa"), ("Id of a client for client credentials", "service"),
            ("Its secret", "service-secret"), ("Scope to ask for", "openid read offline_access"), ("Scope of the service client", ""),
            ("User to log in with", "alice"), ("Password of alice", "alice-password"), ("A second test user", "")])
        expect(result, 0, "ready for assay check")
        target = read_jsonc(out)
        assert target["clients"]["spa"]["auth"] == "none" and "second" not in target["clients"], target["clients"]
        expect(assay.run("check", out, "--only", "code/*"), 0, "PASS")


def init_can_be_interrupted(assay):
    """Ctrl-C while a password is asked for: exit 130, nothing written, the clients are gone"""
    removed = []
    pages = {"/.well-known/openid-configuration": described(registration_endpoint="ORIGIN/register", authorization_endpoint="ORIGIN/authorize"),
             "/register": lambda origin: (201, json.dumps({"client_id": "c", "client_secret": "canary-secret-5309", "registration_client_uri": origin + "/register/c",
                                                           "registration_access_token": "canary-secret-5309"})),
             "/register/c": lambda _: (removed.append(1), (204, ""))[1]}
    with web(pages) as origin:
        out, secrets = files_of(assay)
        result = assay.talk("init", origin, "-o", out, interrupt=True, answers=[
            ("Register test clients", "y"), ("Scope to ask for", ""), ("User to log in with", "alice"), ("Password of alice", None)])
        expect(result, 130, "nothing was written", 'Removed the client "web" again')
        assert len(removed) >= 2, removed
        nothing_written(out, secrets)


def init_removes_what_it_registered(assay):
    """assay init --remove FILE (RFC 7592)"""
    removed = []
    pages = {"/.well-known/oauth-authorization-server": described(registration_endpoint="ORIGIN/register"),
             "/register": lambda origin: (201, json.dumps({"client_id": "c", "client_secret": "it's \"odd\" # $x", "registration_client_uri": origin + "/register/c",
                                                           "registration_access_token": "canary-secret-5309"})),
             "/register/c": lambda _: (removed.append(1), (204, "") if len(removed) < 3 else (401, "{}"))[1],
             "/token": lambda _: (200, json.dumps({"access_token": "canary-secret-5309", "token_type": "Bearer"}))}
    with web(pages) as origin:
        out, secrets = files_of(assay)
        expect(assay.run("init", origin, "-o", out), 0, "Registered clients: service", f"assay init --remove {out}")
        assert "canary" in secrets.read_text() and "canary" not in out.read_text()
        expect(assay.run("doctor", out), 0, "client service gets a token")
        expect(assay.run("init", origin, "-o", out, "--force"), 0, 'Removed the client "service" again')  # that of the file before
        expect(assay.run("init", "--remove", out), 0, "removed service", "no more use")
        expect(assay.run("init", "--remove", out), 3, "not removed service", "gone already")
        assert len(removed) == 3, removed
        expect(assay.run("init", "--remove", out, origin), 2, "without an issuer")
        expect(assay.run("init", "--remove", "nowhere.jsonc"), 2, "nowhere.jsonc")


def init_says_all_that_is_missing(assay):
    """Without a terminal it never waits: one message, all flags"""
    with assay.mock() as issuer:
        out, secrets = files_of(assay)
        expect(assay.run("init"), 2, "which server?")
        expect(assay.run("init", issuer, "-o", out), 2, "--user NAME", "--password-env", "--no-login", "nothing was registered")
        expect(assay.run("init", issuer, "-o", out, "--no-register"), 2, "--client-id", "--client-secret-env", "--user NAME")
        expect(assay.run("init", issuer, "-o", out, "--user", "alice"), 2, "--password-env or --password-file")
        many = assay.run("init", "login.example.com", "--client-secret-env", "UNSET", "--client-id", "a", "--client-id", "b", "--client-auth", "spa=bsic", "--endpoint", "tokn=x",
                         "--user", "alice", "--password-file", "/nonexistent", "--authorize-param", "prompt", "--redirect-uri", "cb")
        expect(many, 2, "https://login.example.com", "UNSET", "twice", '"spa"', "tokn", "/nonexistent", "prompt", "cb", "nothing was sent")
        nothing_written(out, secrets)
        secret = assay.path(".secret")
        secret.write_text("web-secret\n")
        named = ["init", issuer, "-o", out, "--client-id", "web", "--client-secret-file", secret, "--client-auth", "post", "--client-id", "service=service",
                 "--client-secret-env", "service=SERVICE", "--scope", "openid read offline_access", "--user", "alice", "--password-env", "PASSWORD"]
        expect(assay.run(*named, env={**PASSWORDS, "SERVICE": "service-secret"}), 0, "ready for assay check")
        assert "web-secret" in secrets.read_text() and "service-secret" not in secrets.read_text()  # that one is in the environment
        expect(assay.run(*named, "--force", env={**PASSWORDS, "SERVICE": "canary-secret-5309"}), 3, "not ready", "clients.service.id", f"assay doctor {out}")


def init_does_not_overwrite(assay):
    """An existing file, a folder, a folder that is not there: said before anything is sent"""
    with listener() as (port, count):
        out, secrets = files_of(assay)
        out.write_text("mine")
        for extra, word in (([], "--force"), (["--output", assay.folder], "folder"), (["--output", "/nonexistent-folder/x.jsonc"], "/nonexistent-folder")):
            expect(assay.run("init", f"http://127.0.0.1:{port}", *(extra or ["-o", out])), 2, word, "nothing was sent" if not extra else word)
        out.unlink()
        secrets.write_text("mine")
        expect(assay.run("init", f"http://127.0.0.1:{port}", "-o", out), 2, str(secrets), "--force")
        assert count() == 0 and secrets.read_text() == "mine"


def init_names_what_is_wrong_with_a_server(assay):
    """Unreachable, HTML for JSON, no metadata, not a URL"""
    out, secrets = files_of(assay)
    expect(assay.run("init", f"http://127.0.0.1:{dead_port()}", "-o", out), 3, "connection", "is the server running", "nothing was registered or written")
    expect(assay.run("init", "ftp://login.example", "-o", out), 2, "not an http or https URL")
    expect(assay.run("init", "https://admin:canary-secret-5309@login.example", "-o", out), 2, "user name")
    html = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>"
    with listener(html) as (port, _):
        expect(assay.run("init", f"http://127.0.0.1:{port}", "-o", out), 3, "not JSON", "--endpoint KIND=URL")
    with web({}) as origin:
        expect(assay.run("init", origin, "-o", out), 3, "status 404", "--endpoint KIND=URL")
        expect(assay.talk("init", origin, "-o", out, answers=[("token endpoint", "")]), 3, "There are no metadata", "nothing was written")
    nothing_written(out, secrets)


def init_shows_metadata_that_lie(assay):
    """Another issuer, endpoints on another host: shown, not believed"""
    out, secrets = files_of(assay)
    with web({"/.well-known/openid-configuration": lambda _: (200, '{"issuer":"https://other.example\\u001b[2J","token_endpoint":"https://other.example/token"}')}) as origin:
        result = assay.run("init", origin, "-o", out)
        expect(result, 3, "https://other.example", "somebody else's")
        assert "\x1b[2J" not in result.all
    pages = {"/.well-known/openid-configuration": lambda origin: (200, json.dumps({"issuer": origin, "token_endpoint": f"http://localhost:{origin.rsplit(':', 1)[1]}/token"})),
             "/token": lambda _: (200, json.dumps({"access_token": "canary-secret-5309", "token_type": "Bearer"}))}
    with web(pages) as origin:
        named = ["init", origin, "-o", out, "--client-id", "service=s", "--client-secret-env", "service=SECRET"]
        secret = {"SECRET": "canary-secret-5309"}
        expect(assay.run(*named, env=secret), 2, "Mind:", "--trust localhost")
        expect(assay.talk(*named, env=secret, answers=[("Secrets will be sent there [y/N]", "n")]), 3, "nothing was registered or written")
        nothing_written(out, secrets)
        expect(assay.run(*named, "--trust", "localhost", env=secret), 0, "Mind:", "ready for assay check")
        assert '"hosts": ["localhost"]' in out.read_text(), out.read_text()


def init_does_not_leave_tls(assay):
    """http endpoints of an https issuer have to be meant; a certificate of one's own is named"""
    certificate, key = assay.path(".pem"), assay.path(".key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    out, secrets = files_of(assay)
    with web({"/token": lambda _: (200, json.dumps({"access_token": "canary-secret-5309", "token_type": "Bearer"}))}) as plain:
        metadata = {"/.well-known/openid-configuration": lambda origin: (200, json.dumps({"issuer": origin, "token_endpoint": plain + "/token"}))}
        with web(metadata, tls) as origin:
            named = ["init", origin, "-o", out, "--client-id", "service=s", "--client-secret-env", "service=SECRET"]
            secret = {"SECRET": "canary-secret-5309"}
            expect(assay.run(*named, env=secret), 3, "TLS", "--ca-file")
            for trust in ([], ["--trust", "127.0.0.1"]):
                expect(assay.run(*named, "--ca-file", certificate, *trust, env=secret), 2, "without TLS", f"--trust {plain}")
            nothing_written(out, secrets)
            expect(assay.run(*named, "--ca-file", certificate, "--trust", plain, env=secret), 0, "the certificate is good", "ready for assay check")
            expect(assay.run("doctor", out, env=secret), 0, "client service gets a token")


def init_is_refused_registration(assay):
    """400, 401 with and without a token, an answer without an id"""
    out, secrets = files_of(assay)
    answers = {"status": 401, "text": '{"error":"invalid_token","error_description":"no\\u001b[2J"}'}
    pages = {"/.well-known/openid-configuration": described(registration_endpoint="ORIGIN/register"), "/register": lambda _: (answers["status"], answers["text"])}
    with web(pages) as origin:
        expect(assay.run("init", origin, "-o", out), 3, "401", "--registration-token-env", "nothing was written")
        expect(assay.run("init", origin, "-o", out, "--registration-token-env", "TOKEN", env={"TOKEN": "canary-secret-5309"}), 3, "still good?")
        expect(assay.talk("init", origin, "-o", out, answers=[("Register test clients", ""), ("Initial access token", "canary-secret-5309"), ("Id of a client", "")]), 2, "without a client")
        answers.update(status=400, text='{"error":"invalid_client_metadata"}')
        expect(assay.run("init", origin, "-o", out), 3, "invalid_client_metadata", "--client-id")
        answers.update(status=201, text='{"client_id":"${env:HOME}","client_secret":"canary-secret-5309"}')
        expect(assay.run("init", origin, "-o", out), 3, 'the client_id holds "${"')  # it would be filled in, and sent to the server
        answers.update(status=200, text="<html>")
        expect(assay.run("init", origin, "-o", out), 3, "no client_id")
    nothing_written(out, secrets)


def doctor_speaks_the_words_of_a_product(assay):
    """This looks like Keycloak; generic advice first. A server that nobody knows gets no such words"""
    realm = "/realms/x"
    for path in (realm + "/protocol/openid-connect", realm + "/oauth"):
        pages = {realm + "/.well-known/openid-configuration": lambda origin: (200, json.dumps({"issuer": origin + realm, "token_endpoint": origin + path + "/token"})),
                 path + "/token": lambda _: (400, '{"error":"unauthorized_client"}')}
        with web(pages) as origin:
            target, report = assay.path(".jsonc"), assay.path(".json")
            target.write_text(json.dumps({"issuer": origin + realm, "clients": {"service": {"id": "s", "secret": "canary-secret-5309"}}}))
            result = assay.run("doctor", target, "--json", report)
            expect(result, 3, "is this client allowed to use the grant client_credentials")
            run = json.loads(report.read_text())
            check = next(check for check in run["preflight"] if check["name"] == "client service")
            assert check["problem"] == "grant", check
            known = "protocol" in path
            assert ("This looks like Keycloak (" in result.out) == known and ("Service accounts roles" in result.out) == known, result
            assert run["target"]["product"] == ("Keycloak" if known else ""), run["target"]


def doctor_tells_how_far_it_got(assay):
    """To the port, and no further; to the redirect URI that is not registered"""
    target = assay.path(".jsonc")
    target.write_text(json.dumps({"issuer": f"http://127.0.0.1:{dead_port()}", "clients": {"service": {"id": "s", "secret": "canary-secret-5309"}}}))
    expect(assay.run("doctor", target), 3, "127.0.0.1 is an address", "connection", "is the server running")
    with assay.mock() as issuer:
        web_client = {"id": "web", "secret": "web-secret", "redirect_uris": ["http://127.0.0.1:4999/nowhere"]}
        target.write_text(json.dumps({"issuer": issuer, "clients": {"web": web_client}, "users": [{"name": "alice", "password": "alice-password"}], "scope": "openid"}))
        expect(assay.run("doctor", target), 3, "redirect URI http://127.0.0.1:4999/nowhere", "exactly as registered")
