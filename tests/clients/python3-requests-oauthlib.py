"""Debian's python3-requests-oauthlib on oauthlib: sessions of requests that carry and renew their token."""
import base64
import hashlib
import os
import secrets

# The only switch: plain http on loopback, which the library otherwise refuses.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

from lib import ISSUER, SCOPE, SERVICE, WEB, run, sign_in  # noqa: E402
from oauthlib.oauth2 import BackendApplicationClient, InvalidClientError  # noqa: E402
from requests_oauthlib import OAuth2Session  # noqa: E402

session = OAuth2Session(WEB["id"], redirect_uri=WEB["redirect_uri"], scope=SCOPE.split())


def code_with_pkce():
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    url, _ = session.authorization_url(ISSUER + "/authorize", code_challenge=challenge, code_challenge_method="S256")
    token = session.fetch_token(ISSUER + "/token", authorization_response=sign_in(url), client_secret=WEB["secret"], code_verifier=verifier)
    assert token["refresh_token"] and token["expires_at"], token.keys()


def userinfo():
    answer = session.get(ISSUER + "/userinfo")
    assert answer.status_code == 200 and answer.json()["name"] == "Alice Adams", answer.text


def refresh():
    before = session.token["access_token"]
    token = session.refresh_token(ISSUER + "/token", auth=(WEB["id"], WEB["secret"]))
    assert token["access_token"] != before, "the same access token again"


def client_credentials():
    machine = OAuth2Session(client=BackendApplicationClient(SERVICE["id"], scope=["read"]))
    token = machine.fetch_token(ISSUER + "/token", client_id=SERVICE["id"], client_secret=SERVICE["secret"])
    assert token["scope"] == ["read"], token["scope"]
    assert machine.get(ISSUER + "/resource").status_code == 200


def wrong_secret():
    machine = OAuth2Session(client=BackendApplicationClient(SERVICE["id"]))
    try:
        machine.fetch_token(ISSUER + "/token", client_id=SERVICE["id"], client_secret="guessed")
    except InvalidClientError as refused:
        assert refused.status_code == 401
    else:
        raise AssertionError("accepted")


run({"code + PKCE": code_with_pkce, "userinfo": userinfo, "refresh": refresh, "client credentials": client_credentials,
     "wrong secret": wrong_secret})
