"""Debian's python3-authlib: its Flask server with its SQLAlchemy mixins, put together as its documentation does it.

STATE names an empty folder for the database, PORT is needed for the metadata. Serve with one worker process only:
gunicorn --workers 1 --threads 4 app:app
"""
import os
import time

# Loopback without TLS is all there is here.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token  # noqa: E402
from authlib.integrations.sqla_oauth2 import (  # noqa: E402
    OAuth2AuthorizationCodeMixin, OAuth2ClientMixin, OAuth2TokenMixin, create_bearer_token_validator,
    create_query_client_func, create_revocation_endpoint, create_save_token_func)
from authlib.jose import JsonWebKey  # noqa: E402
from authlib.oauth2 import OAuth2Error  # noqa: E402
from authlib.oauth2.rfc6749 import grants  # noqa: E402
from authlib.oauth2.rfc7636 import CodeChallenge  # noqa: E402
from authlib.oauth2.rfc7662 import IntrospectionEndpoint  # noqa: E402
from authlib.oidc.core import UserInfo  # noqa: E402
from authlib.oidc.core.grants import OpenIDCode  # noqa: E402
from flask import Flask, jsonify, redirect, request, session  # noqa: E402
from flask_sqlalchemy import SQLAlchemy  # noqa: E402

ISSUER = f"http://127.0.0.1:{os.environ.get('PORT', '4109')}"
PASSWORDS = {"alice": "alice-password", "bob": "bob-password"}
REDIRECT_URIS = ["http://127.0.0.1:4999/cb", "http://127.0.0.1:4999/other"]
CLIENT_AUTHENTICATION = ["client_secret_basic", "client_secret_post", "none"]

app = Flask(__name__)
app.config.update(
    SECRET_KEY="only for tests",
    SQLALCHEMY_DATABASE_URI=f"sqlite:///{os.environ['STATE']}/database.sqlite3?timeout=20",
    OAUTH2_REFRESH_TOKEN_GENERATOR=True,
    OAUTH2_TOKEN_EXPIRES_IN={"authorization_code": 3600, "client_credentials": 600},
)
db = SQLAlchemy(app)
signing_key = JsonWebKey.generate_key("RSA", 2048, {"kid": "only-for-tests", "use": "sig", "alg": "RS256"}, is_private=True)


class User:
    def __init__(self, name):
        self.name = name

    def get_user_id(self):
        return self.name


class Client(db.Model, OAuth2ClientMixin):
    id = db.Column(db.Integer, primary_key=True)


class Code(db.Model, OAuth2AuthorizationCodeMixin):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.String(40))


class Token(db.Model, OAuth2TokenMixin):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.String(40))

    @property
    def user(self):
        return User(self.user_id)


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = CLIENT_AUTHENTICATION

    def save_authorization_code(self, code, request):
        db.session.add(Code(
            code=code, client_id=request.client.client_id, redirect_uri=request.redirect_uri, scope=request.scope,
            user_id=request.user.name, nonce=request.data.get("nonce"), code_challenge=request.data.get("code_challenge"),
            code_challenge_method=request.data.get("code_challenge_method")))
        db.session.commit()

    def query_authorization_code(self, code, client):
        found = Code.query.filter_by(code=code, client_id=client.client_id).first()
        return found if found and not found.is_expired() else None

    def delete_authorization_code(self, authorization_code):
        db.session.delete(authorization_code)
        db.session.commit()

    def authenticate_user(self, authorization_code):
        return User(authorization_code.user_id)


class RefreshTokenGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = CLIENT_AUTHENTICATION
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        found = Token.query.filter_by(refresh_token=refresh_token).first()
        return found if found and not found.refresh_token_revoked_at else None

    def authenticate_user(self, credential):
        return User(credential.user_id)

    def revoke_old_credential(self, credential):
        now = int(time.time())
        credential.access_token_revoked_at = now
        credential.refresh_token_revoked_at = now
        db.session.commit()


class OpenIDConnect(OpenIDCode):
    def exists_nonce(self, nonce, request):
        return bool(Code.query.filter_by(client_id=request.client_id, nonce=nonce).first())

    def get_jwt_config(self, grant):
        return {"key": signing_key.as_dict(is_private=True), "alg": "RS256", "iss": ISSUER, "exp": 3600}

    def generate_user_info(self, user, scope):
        return UserInfo(sub=user.name, name=user.name)


class Introspection(IntrospectionEndpoint):
    CLIENT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

    def query_token(self, token, token_type_hint):
        return Token.query.filter((Token.access_token == token) | (Token.refresh_token == token)).first()

    def check_permission(self, token, client, request):
        return token.client_id == client.client_id

    def introspect_token(self, token):
        return {
            "active": not token.is_revoked() and not token.is_expired(), "client_id": token.client_id, "iss": ISSUER,
            "token_type": token.token_type, "scope": token.get_scope(), "sub": token.user_id, "iat": token.issued_at,
            "exp": token.issued_at + token.expires_in,
        }


server = AuthorizationServer(
    app, query_client=create_query_client_func(db.session, Client), save_token=create_save_token_func(db.session, Token))
server.register_grant(AuthorizationCodeGrant, [CodeChallenge(required=True), OpenIDConnect(require_nonce=False)])
server.register_grant(RefreshTokenGrant)
server.register_grant(grants.ClientCredentialsGrant)
Revocation = create_revocation_endpoint(db.session, Token)
Revocation.CLIENT_AUTH_METHODS = CLIENT_AUTHENTICATION
server.register_endpoint(Revocation)
server.register_endpoint(Introspection)
guard = ResourceProtector()
guard.register_token_validator(create_bearer_token_validator(db.session, Token)())


def page(title, form, button):
    return f'<!doctype html><title>{title}</title><h1>{title}</h1><form method="post">{form}<button>{button}</button></form>'


@app.route("/authorize", methods=["GET", "POST"])
def authorize():
    """Login and consent, both posted back to this very address."""
    user = User(session["user"]) if "user" in session else None
    if not user:
        name = request.form.get("username")
        if request.method == "POST" and name in PASSWORDS and PASSWORDS[name] == request.form.get("password"):
            session["user"] = name
            # request.url is decoded; what was sent must come again byte by byte.
            return redirect(request.environ["RAW_URI"])
        return page("Log in", '<input name="username"> <input name="password" type="password">', "Log in")
    if request.method == "POST":
        return server.create_authorization_response(grant_user=user if request.form.get("confirm") == "yes" else None)
    try:
        server.get_consent_grant(end_user=user)
    except OAuth2Error as error:
        return jsonify(dict(error.get_body())), error.status_code
    return page("Consent", '<label><input type="checkbox" name="confirm" value="yes"> I consent</label>', "Submit")


@app.route("/token", methods=["POST"])
def token():
    return server.create_token_response()


@app.route("/revoke", methods=["POST"])
def revoke():
    return server.create_endpoint_response(Revocation.ENDPOINT_NAME)


@app.route("/introspect", methods=["POST"])
def introspect():
    return server.create_endpoint_response(Introspection.ENDPOINT_NAME)


@app.route("/userinfo")
@guard("openid")
def userinfo():
    return jsonify(sub=current_token.user_id)


@app.route("/jwks")
def jwks():
    return jsonify(keys=[signing_key.as_dict()])


@app.route("/.well-known/openid-configuration")
def metadata():
    """Authlib serves no metadata by itself."""
    return jsonify(
        issuer=ISSUER, authorization_endpoint=f"{ISSUER}/authorize", token_endpoint=f"{ISSUER}/token", jwks_uri=f"{ISSUER}/jwks",
        userinfo_endpoint=f"{ISSUER}/userinfo", revocation_endpoint=f"{ISSUER}/revoke",
        introspection_endpoint=f"{ISSUER}/introspect", response_types_supported=["code"], subject_types_supported=["public"],
        grant_types_supported=["authorization_code", "refresh_token", "client_credentials"],
        id_token_signing_alg_values_supported=["RS256"], code_challenge_methods_supported=["plain", "S256"],
        token_endpoint_auth_methods_supported=CLIENT_AUTHENTICATION, scopes_supported=["openid", "read", "write"])


def register(client_id, secret="", redirect_uris=(), grant_types=("authorization_code", "refresh_token")):
    client = Client(client_id=client_id, client_secret=secret, client_id_issued_at=int(time.time()))
    client.set_client_metadata({
        "client_name": client_id, "redirect_uris": list(redirect_uris), "grant_types": list(grant_types),
        "response_types": ["code"] if redirect_uris else [], "scope": "openid read write",
        "token_endpoint_auth_method": "client_secret_basic" if secret else "none"})
    db.session.add(client)


with app.app_context():
    db.create_all()
    # Readers go on while one writes.
    db.session.execute(db.text("PRAGMA journal_mode=WAL"))
    register("web", "web-secret", [*REDIRECT_URIS, "http://127.0.0.1:4999/q?x=1", "https://app.example/remote"])
    register("second", "second-secret", [*REDIRECT_URIS, "http://127.0.0.1:4999/second-only"])
    register("odd client+id", "odd %&+/:secret", ["http://127.0.0.1:4999/odd"])
    register("spa", redirect_uris=REDIRECT_URIS)
    register("spa2", redirect_uris=REDIRECT_URIS)
    register("service", "service-secret", grant_types=["client_credentials"])
    db.session.commit()
