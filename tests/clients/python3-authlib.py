"""Debian's python3-authlib as a client: PKCE of its own, and ID tokens read with the keys of the mock."""
import secrets

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oidc.core import CodeIDToken
from lib import ISSUER, SCOPE, SERVICE, WEB, run, sign_in

session = OAuth2Session(WEB["id"], WEB["secret"], redirect_uri=WEB["redirect_uri"], scope=SCOPE, code_challenge_method="S256")
metadata = {}


def discovery():
    from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
    answer = requests.get(get_well_known_url(ISSUER, external=True), timeout=10)
    metadata.update(answer.json())
    known = OpenIDProviderMetadata(metadata)
    for check in known.REGISTRY_KEYS:  # all but those that demand https
        if check not in ("issuer", "jwks_uri") and not check.endswith("_endpoint"):
            getattr(known, "validate_" + check, lambda: None)()


def code_with_pkce():
    verifier, nonce = generate_token(48), secrets.token_urlsafe(16)
    url, state = session.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
    token = session.fetch_token(metadata["token_endpoint"], authorization_response=sign_in(url), state=state, code_verifier=verifier)
    keys = JsonWebKey.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())
    claims = jwt.decode(token["id_token"], keys, claims_cls=CodeIDToken, claims_params={
        "nonce": nonce, "client_id": WEB["id"], "access_token": token["access_token"]},
        claims_options={"iss": {"essential": True, "value": ISSUER}, "aud": {"essential": True, "value": WEB["id"]}})
    claims.validate()


def userinfo():
    answer = session.get(metadata["userinfo_endpoint"])
    assert answer.status_code == 200 and answer.json()["preferred_username"] == "alice", answer.text


def introspection():
    answer = session.introspect_token(metadata["introspection_endpoint"], token=session.token["access_token"])
    assert answer.json()["active"] is True, answer.text


def refresh():
    before = session.token["access_token"]
    token = session.refresh_token(metadata["token_endpoint"], refresh_token=session.token["refresh_token"])
    assert token["access_token"] != before, "the same access token again"


def revocation():
    assert session.revoke_token(metadata["revocation_endpoint"], token=session.token["refresh_token"]).status_code == 200
    try:
        session.refresh_token(metadata["token_endpoint"], refresh_token=session.token["refresh_token"])
    except OAuthError as refused:
        assert refused.error == "invalid_grant", refused
    else:
        raise AssertionError("accepted")


def client_credentials():
    for method in "client_secret_basic", "client_secret_post":
        machine = OAuth2Session(SERVICE["id"], SERVICE["secret"], scope="read", token_endpoint_auth_method=method)
        token = machine.fetch_token(metadata["token_endpoint"])
        assert token["scope"] == "read", token["scope"]


run({"discovery": discovery, "code + PKCE": code_with_pkce, "userinfo": userinfo, "introspection": introspection, "refresh": refresh,
     "revocation": revocation, "client credentials": client_credentials})
