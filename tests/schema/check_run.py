#!/usr/bin/env python3
"""Checks run.json files against reports/schema/run.schema.json, and that ids in them refer to something.

Usage: check_run.py run.json ...      exit 0: all are valid; 1: some are not; 2: usage
"""
import json
import pathlib
import sys

import jsonschema

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "reports" / "schema" / "run.schema.json"


def problems(validator, document):
    for error in validator.iter_errors(document):
        yield f"/{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
    known = {exchange["id"] for exchange in document.get("exchanges", [])}
    for rule in document.get("rules", []):
        for used in rule["exchanges"] + [i for check in rule["checks"] for i in check["evidence"]]:
            if used not in known:
                yield f"rule {rule['id']} refers to exchange #{used}, which is not in the document"
    load = document.get("load") or {}
    for one in load.get("invariants", []) + load.get("examples", []):
        for used in one["evidence"]:
            if used not in known:
                yield f"{one['check']} under load refers to exchange #{used}, which is not in the document"


def main(paths):
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    bad = 0
    for path in paths:
        # Strict about the encoding: a hostile server must not make us write what is not UTF-8.
        document = json.loads(pathlib.Path(path).read_bytes().decode("utf-8"))
        found = list(problems(validator, document))
        bad += bool(found)
        for problem in found:
            print(f"{path}: {problem}")
        if not found:
            print(f"{path}: valid")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
