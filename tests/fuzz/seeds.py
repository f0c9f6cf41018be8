"""Writes the seeds of every fuzz target, and dictionaries of the words that files may hold. Usage: tests/fuzz/seeds.py FOLDER

What people write is taken from scenarios/, a run from its schema; what servers send is here: one small example of each shape that
the parsers tell apart, so that the fuzzer need not invent them.
"""
import base64
import gzip
import json
import pathlib
import sys
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

HTTP_ANSWERS = [
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n0\r\nTrailer: x\r\n\r\n",
    "HTTP/1.1 302 Found\r\nLocation: /login?a=b\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.0 200 OK\r\n\r\nuntil the end",
    "HTTP/1.1 200 OK\r\nX: folded\r\n line\r\nConnection: close, te\r\nContent-Length: 2, 2\r\n\r\nab",
    "HTTP/1.1 200 OK\nContent-Length: 1\n\nx",
]
FORM = "grant_type=authorization_code&code=abc&redirect_uri=http%3A%2F%2F127.0.0.1%3A4999%2Fcb&code_verifier=v"


def request(method, target, body="", *fields):
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1:4100", *fields]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines) + "\r\n\r\n" + body


BASIC = "Authorization: Basic " + base64.b64encode(b"service:service-secret").decode()
AUTHORIZE = ("/authorize?response_type=code&client_id=spa&redirect_uri=http%3A%2F%2F127.0.0.1%3A4999%2Fcb&state=s"
             "&scope=openid&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256")
HTTP_REQUESTS = [
    request("POST", "/token", "grant_type=client_credentials&scope=read", BASIC),
    request("POST", "/token", FORM + "&client_id=spa"),
    request("POST", "/token", "grant_type=refresh_token&refresh_token=x&client_id=spa"),
    request("GET", AUTHORIZE) + request("GET", "/login?x=1", "", "Cookie: a=b"),
    request("POST", "/login", "csrf=x&user=alice&password=alice-password", "Cookie: session=x"),
    request("POST", "/consent", "csrf=x&decision=allow", "Cookie: session=x"),
    request("POST", "/introspect", "token=x", BASIC) + request("POST", "/revoke", "token=x", BASIC),
    request("GET", "/userinfo", "", "Authorization: Bearer x") + request("GET", "/resource", "", "Authorization: DPoP x", "DPoP: a.b.c"),
    "POST /register HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 44\r\n\r\n"
    '{"redirect_uris":["http://127.0.0.1:1/cb"] }',
    "POST /par HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n5\r\na=b&c\r\n0\r\n\r\n",
    request("GET", "/.well-known/openid-configuration") + request("GET", "/jwks"),
]
WEB = "client_id=web&client_secret=web-secret"
COOKIE = "Cookie: assay_session=$cookie"
REDEEM = request("POST", "/token", FORM.replace("code=abc", "code=$code").replace("=v", "=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") + "&client_id=spa")
FLOWS = [
    ("\0", request("GET", AUTHORIZE) + request("GET", "/login?flow=$flow", "", COOKIE)
            + request("POST", "/login", "flow=$flow&csrf=$csrf&username=alice&password=alice-password", COOKIE)
            + request("GET", "/consent?flow=$flow", "", COOKIE) + request("POST", "/consent", "flow=$flow&csrf=$csrf&decision=allow", COOKIE)
            + REDEEM + request("GET", "/userinfo", "", "Authorization: Bearer $access")),
    ("\1", request("GET", AUTHORIZE) + REDEEM + request("POST", "/token", "grant_type=refresh_token&refresh_token=$refresh&client_id=spa")
            + request("POST", "/introspect", f"token=$access&{WEB}") + request("POST", "/revoke", "token=$refresh&client_id=spa")),
    ("\1", request("POST", "/par", AUTHORIZE.split("?")[1].replace("spa", "web") + "&client_secret=web-secret")
            + request("GET", "/authorize?client_id=web&request_uri=$pushed")),
    ("\1", "POST /register HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 80\r\n\r\n"
            '{"redirect_uris":["http://127.0.0.1:1/cb"],"grant_types":["client_credentials"]}'
            + request("POST", "/token", "grant_type=client_credentials&client_id=$client&client_secret=$secret")),
    *(("\0", f"{method} /_assay/{path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer $control\r\nContent-Length: {len(body)}\r\n\r\n{body}")
      for method, path, body in (("POST", "clock", '{"advance":"61m"}'), ("POST", "defects", '{"defects":["cc-refused"]}'), ("POST", "keys", '{"keep":false}'),
                                 ("GET", "requests?after=1", ""), ("POST", "reset", ""), ("GET", "clock", ""))),
]
PERSONA_REQUESTS = [
    ("\2", request("POST", "/login/oauth/access_token?client_id=web&client_secret=web-secret&code=guessed", "", "Accept: application/xml")),
    ("\2", request("GET", "/login/oauth/authorize?client_id=web&redirect_uri=http%3A%2F%2F127.0.0.1%3A4999%2Fcb&scope=user,repo&state=s")),
    ("\3", "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 57\r\n\r\n"
            '{"email":"alice@example.org","password":"alice-password"}'),
    ("\4", request("GET", AUTHORIZE)),
    ("\0", "POST /_assay/clock HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nContent-Length: 17\r\n\r\n{\"advance\":\"61m\"}"),
]
WAIVERS = json.dumps({"waivers": [{"rule": "code/single-use", "check": "second-use-denied", "reason": "known", "owner": "team",
                                   "until": "2027-01-31", "link": "https://tickets.example/1"}]}, indent=2)
URLS = ["https://login.example:8443/a/../b?c=d#e", "//other.example/x", "/path;p?q", "?q=1", "#f", "..", "http://[::1]:80/",
        "HTTP:\\\\back.slash\\x", "http://user:pw@host/", " https://blank.example/a b", "javascript:alert(1)", "http://host:99999/",
        "https://xn--bcher-kva.example/\u00e4?\u00f6"]
COOKIES = ["a=b; Path=/; HttpOnly\ns=1; Secure; SameSite=Lax; Max-Age=100", "x=\"y\"; Domain=127.0.0.1; Expires=Wed, 21 Oct 2037 07:28:00 GMT",
           "__Host-a=1; Path=/; Secure\n=nameless\nnovalue", "z=1; expires=Thu, 01-Jan-1970 00:00:00 GMT; path=/login"]
CHALLENGES = ['Bearer realm="x", error="invalid_token", error_description="a \\" b"', "Basic realm=x, DPoP algs=\"ES256\", error=use_dpop_nonce",
              "Negotiate abc==, Bearer", "Bearer"]
PAGES = [
    '<title>Log in</title><form method="post" action="/login?a=1"><input type=hidden name=csrf value=x><label>User <input name=user>'
    '</label><input type=password name=password><button name=go value=1>Sign in</button></form>',
    '<form action="/consent" method=post><button name=d value=deny>Deny</button><button name=d value=allow>Allow</button>'
    '<input type=checkbox name=scope value=read required> read</form>',
    '<meta http-equiv="refresh" content="0; url=/next"><base href="/b/"><body onload="document.forms[0].submit()"><form method=post '
    'action="http://127.0.0.1:4999/cb"><input type=hidden name=code value=c><select name=s><option selected value=1>a</select></form>',
    '<form><input type=email name=identifier autocomplete=username><input type=submit value=Next></form><noscript>JavaScript</noscript>',
]
JSON = ['{"access_token":"a\\u00e9\\n","token_type":"Bearer","expires_in":3600,"a":[{"b/c":1}]}', '{"a":1,"a":2}', "[1,2.5e-3,true,null]",
        '{"error":"invalid_grant","error_description":"x"}', '{"a":{"b":{"c":[[[[]]]]}},"expires_in":-1}', '"\\ud83d\\ude00"']
JWK = {"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
       "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", "kid": "a"}
RSA = {"kty": "RSA", "e": "AQAB", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst"
       "n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbIS"
       "D08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}
OKP = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
JWS = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImEifQ.eyJzdWIiOiJhbGljZSJ9.AAAA"
METADATA = {"issuer": "http://127.0.0.1:4100", "authorization_endpoint": "http://127.0.0.1:4100/authorize",
            "token_endpoint": "http://127.0.0.1:4100/token", "jwks_uri": "http://127.0.0.1:4100/jwks",
            "grant_types_supported": ["authorization_code"], "response_types_supported": ["code"], "x": True}


def files(folder, first=""):
    return [first + path.read_text() for path in sorted((ROOT / "scenarios" / folder).rglob("*.jsonc"))]


def example(schema, root, depth=0):
    """A value as `schema` has it, with every member that there may be."""
    if "$ref" in schema:
        node = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            node = node[part]
        return example(node, root, depth + 1)
    for choice in ("const", "default"):
        if choice in schema:
            return schema[choice]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            return example(next(one for one in schema[choice] if one.get("type") != "null"), root, depth + 1)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        members = {name: example(value, root, depth + 1) for name, value in schema.get("properties", {}).items()} if depth < 16 else {}
        more = schema.get("additionalProperties")
        if isinstance(more, dict) and not members:
            members["a"] = example(more, root, depth + 1)
        return members
    if "prefixItems" in schema:
        return [example(item, root, depth + 1) for item in schema["prefixItems"]]
    if kind == "array":
        return [example(schema.get("items", {}), root, depth + 1)] if depth < 16 else []
    formats = {"date-time": "2026-11-22T10:00:00.000Z", "date": "2026-11-22", "uri": "http://127.0.0.1:4100"}
    return {"integer": 1, "number": 0.5, "boolean": True, "null": None}.get(kind, formats.get(schema.get("format"), "x"))


def schema_of(path):
    return json.loads((ROOT / path).read_text())


def words(schema):
    """The names of members and the words among which values choose."""
    found = set()
    if isinstance(schema, dict):
        found |= set(schema.get("properties", {})) | {word for word in schema.get("enum", []) if isinstance(word, str)}
        for value in schema.values():
            found |= words(value)
    elif isinstance(schema, list):
        for value in schema:
            found |= words(value)
    return found


RUN_SCHEMA = schema_of("reports/schema/run.schema.json")
RUN = example(RUN_SCHEMA, RUN_SCHEMA)
PERSONAS = [path.read_text() for path in sorted((ROOT / "mock-provider/personas").glob("*.jsonc"))]
PAGE = PAGES[0].encode()

# Rule files are many and alike: one in eight.
SEEDS = {
    "http_answer": [first + answer for answer in HTTP_ANSWERS for first in ("\0", "\1", "\6")],
    "chunked": ["3\r\nabc\r\n0\r\n\r\n", "3;a=\"b\"\r\nabc\r\n00\r\nTrailer: x\r\n\r\n", "fffffffffffffff0\r\n", "A \r\n0123456789\r\n0\r\n\r\n"],
    "http_request": [persona + piece + one for one in HTTP_REQUESTS for persona, piece in (("\0", "\0"), ("\1", "\7"))]
                    + [persona + "\0" + one for persona, one in PERSONA_REQUESTS + FLOWS],
    "http_date": ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Thu, 31 Dec 9999 23:59:59 GMT"],
    "url": URLS + [f"http://a.example:8080/b/c\n{one}" for one in URLS],
    "cookies": COOKIES,
    "challenge": CHALLENGES,
    "html_page": PAGES,
    "content_coding": [b"\0" + gzip.compress(PAGE, mtime=0), b"\1" + zlib.compress(PAGE), b"\1" + zlib.compress(PAGE)[2:-4], b"\3" + PAGE,
                       b"\0" + gzip.compress(bytes(200_000), mtime=0)],
    "json_walk": JSON,
    "form_body": [FORM, "a=b&a=c&&=x&y", "%41%zz=%&+=+"],
    "jwk": [*(json.dumps(key) for key in (JWK, RSA, OKP)), json.dumps({"keys": [JWK, RSA, OKP]})],
    "jws": [JWS, JWS.replace("eyJhbGciOiJFUzI1NiIsImtpZCI6ImEifQ", "eyJhbGciOiJub25lIn0"), '{"alg":"EdDSA"}.x', '{"alg":"EdDSA","crit":["b64"]}.x'],
    "metadata": [json.dumps(METADATA)],
    "run_json": [json.dumps(RUN), json.dumps({"schemaVersion": 1, "tool": {"name": "assay"}, "rules": [], "exchanges": []})],
    "reports": [json.dumps(RUN)],
    "rule_file": files("rules", "\0")[::8] + files("clauses", "\1")[:3] + files("profiles", "\2")[:4] + files("presets", "\3")
                 + files("products", "\4")[:4],
    "target_file": files("targets") + ["A='b'\\''c'\nexport B=\"d\\\"e\"\n# x\nC=f\n"],
    "plan_file": files("load") + ["p99(token) < 250ms", "errors < 0.1%", "1%"],
    "waivers_file": files("waivers") + [WAIVERS],
    "persona_file": PERSONAS,
    "redaction": ["abcdefghij\nBearer abcdefghij code=abcdefghij&state=x", "Authorization: Basic c2VydmljZTpzZXJ2aWNlLXNlY3JldA==\r\n",
                  '{"access_token":"xyz","refresh_token":"zyx","id_token":"eyJhbGciOiJub25lIn0.e30."}'],
}
SCHEMAS = {
    "run_json": "reports/schema/run.schema.json",
    "reports": "reports/schema/run.schema.json",
    "rule_file": "scenarios/schema/rule.schema.json",
    "target_file": "scenarios/schema/target.schema.json",
    "plan_file": "scenarios/schema/load.schema.json",
    "waivers_file": "scenarios/schema/waivers.schema.json",
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    targets = {path.stem for path in (ROOT / "tests/fuzz").glob("*.cpp")} - {"fuzz"}
    if targets != set(SEEDS):
        sys.exit(f"seeds.py and the targets differ: {sorted(targets ^ set(SEEDS))}")
    for target, seeds in SEEDS.items():
        folder = pathlib.Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds):
            (folder / f"{number:03}").write_bytes(seed if isinstance(seed, bytes) else seed.encode())
    for target, path in SCHEMAS.items():
        lines = [json.dumps(f'"{word}"') for word in sorted(words(schema_of(path))) if word.isascii()]
        (pathlib.Path(sys.argv[1]) / f"{target}.dict").write_text("\n".join(lines) + "\n")


main()
