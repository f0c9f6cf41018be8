"""Debian's django-oauth-toolkit in a one-file Django project, with the toolkit's own defaults wherever it has one.

STATE names an empty folder for the database, which is SQLite; DATABASE=postgresql takes the PostgreSQL whose socket is in
DATABASE_FOLDER. Serve with one worker only: gunicorn --workers 1 --threads 4 app:application
"""
import os
from pathlib import Path

import django
from django.conf import settings
from jwcrypto import jwk

REDIRECT_URIS = "http://127.0.0.1:4999/cb http://127.0.0.1:4999/other"

SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": str(Path(os.environ["STATE"]) / "database.sqlite3"),
    "OPTIONS": {"timeout": 20},
}
POSTGRESQL = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "postgres",
    "USER": "postgres",
    "HOST": os.environ.get("DATABASE_FOLDER", ""),
    "CONN_MAX_AGE": 600,
}

settings.configure(
    SECRET_KEY="only for tests",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": POSTGRESQL if os.environ.get("DATABASE") == "postgresql" else SQLITE},
    INSTALLED_APPS=[
        "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.messages",
        "django.contrib.sessions", "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": [
            "django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
        ]},
    }],
    # Hashing passwords slowly would only make the tests slow.
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    LOGIN_URL="/admin/login/",
    STATIC_URL="/static/",
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": jwk.JWK.generate(kty="RSA", size=2048).export_to_pem(True, None).decode(),
        "SCOPES": {name: name for name in ("openid", "profile", "read", "write")},
        "DEFAULT_SCOPES": ["read"],
        "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
        "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    },
)
django.setup()

from django.contrib import admin  # noqa: E402: all of these need the settings
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.models import Application  # noqa: E402

urlpatterns = [
    path("admin/", admin.site.urls),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]


def provision():
    call_command("migrate", verbosity=0)
    for name in ("alice", "bob"):
        # The login page of the admin site lets only staff in.
        User.objects.create_user(name, password=f"{name}-password", is_staff=True)
    owner = User.objects.get(username="alice")

    def client(name, kind, grant, redirect_uris="", secret=None):
        secret = "" if kind == Application.CLIENT_PUBLIC else secret or f"{name}-secret"
        Application.objects.create(
            user=owner, name=name, client_id=name, client_secret=secret, client_type=kind, authorization_grant_type=grant,
            redirect_uris=redirect_uris, algorithm=Application.RS256_ALGORITHM)

    code = Application.GRANT_AUTHORIZATION_CODE
    client("web", Application.CLIENT_CONFIDENTIAL, code, f"{REDIRECT_URIS} http://127.0.0.1:4999/q?x=1 https://app.example/remote")
    client("second", Application.CLIENT_CONFIDENTIAL, code, f"{REDIRECT_URIS} http://127.0.0.1:4999/second-only")
    client("odd client+id", Application.CLIENT_CONFIDENTIAL, code, "http://127.0.0.1:4999/odd", "odd %&+/:secret")
    client("spa", Application.CLIENT_PUBLIC, code, REDIRECT_URIS)
    client("spa2", Application.CLIENT_PUBLIC, code, REDIRECT_URIS)
    client("service", Application.CLIENT_CONFIDENTIAL, Application.GRANT_CLIENT_CREDENTIALS)


provision()
application = get_wsgi_application()
