#!/usr/bin/python3
"""Checks the JSON Schemas of scenarios/ against files: those of the project must be valid, those in broken/ must not.

Needs Debian's python3-jsonschema. Knows nothing about what the files mean: that the loader refuses the broken ones with
the words of their "expect:" line is tested in C++.
"""
import json
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

HERE = Path(__file__).resolve().parent
SCENARIOS = HERE.parent.parent / "scenarios"
KINDS = {"products": "product", "rules": "rule", "clauses": "clauses", "profiles": "profile", "presets": "preset", "targets": "target", "load": "load", "waivers": "waivers"}


def without_comments(text):
    """JSON with // and /* */ comments -> JSON, strings left alone."""
    out, i, quoted = [], 0, False
    while i < len(text):
        if quoted:
            quoted = text[i] != '"'
            step = 2 if text[i] == "\\" else 1
            out.append(text[i:i + step])
            i += step
        elif text.startswith("//", i):
            end = text.find("\n", i)
            i = len(text) if end < 0 else end
        elif text.startswith("/*", i):
            end = text.find("*/", i + 2)
            i = len(text) if end < 0 else end + 2
        else:
            quoted = text[i] == '"'
            out.append(text[i])
            i += 1
    return "".join(out)


def read(path):
    return json.loads(without_comments(path.read_text(encoding="utf-8")))


def validators():
    out = {}
    for kind in set(KINDS.values()):
        schema = json.loads((SCENARIOS / "schema" / f"{kind}.schema.json").read_text(encoding="utf-8"))
        Draft202012Validator.check_schema(schema)
        out[kind] = Draft202012Validator(schema)
    return out


def undescribed(schema, where="#"):
    """Members of `properties` without a description: editors would have nothing to show."""
    if isinstance(schema, dict):
        for name, member in schema.get("properties", {}).items() if isinstance(schema.get("properties"), dict) else ():
            if isinstance(member, dict) and "description" not in member and "required" not in member and "enum" not in member and "const" not in member:
                yield f"{where}/{name}"
        for name, member in schema.items():
            yield from undescribed(member, f"{where}/{name}")
    elif isinstance(schema, list):
        for i, member in enumerate(schema):
            yield from undescribed(member, f"{where}/{i}")


def main():
    known = validators()
    passed, failures = 0, []

    def result(good, message):
        nonlocal passed
        if good:
            passed += 1
        else:
            failures.append(message)

    for kind, validator in sorted(known.items()):
        missing = list(undescribed(validator.schema))
        result(not missing, f"schema {kind}: no description at {', '.join(missing[:5])}")
    for folder, kind in KINDS.items():
        files = sorted((SCENARIOS / folder).rglob("*.jsonc"))
        result(bool(files), f"no files in {folder}")
        for path in files:
            error = next(known[kind].iter_errors(read(path)), None)
            result(error is None, f"{path}: {error.message[:200] if error else ''} at {list(error.absolute_path) if error else ''}")
    broken = sorted((HERE / "broken").glob("*.jsonc"))
    result(len(broken) >= 30, f"only {len(broken)} broken files")
    for path in broken:
        result(path.read_text(encoding="utf-8").startswith("// expect: "), f"{path.name}: the first line says nothing to expect")
        kind = path.name.split("-")[0]
        try:
            refused = not known[kind].is_valid(read(path))
        except json.JSONDecodeError:
            refused = True
        result(refused, f"{path.name}: the schema finds nothing wrong")
    # What only the loader can see must look right to the schema, or it belongs into broken/.
    for path in sorted((HERE / "loader_only").glob("*.jsonc")):
        kind = path.name.split("-")[0]
        result(known[kind].is_valid(read(path)), f"{path.name}: the schema refuses it, too: move it to broken/")
    for failure in failures:
        print("FAILED", failure)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
