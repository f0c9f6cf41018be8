#!/usr/bin/env python3
"""Checks what assay writes for other programs: SARIF, Markdown, badge, events. The kind is told by the end of the name.

Usage: check_formats.py FILE.sarif|FILE.md|FILE.badge|FILE.ndjson|FILE.compare ...      exit 0: all are good; 1: some are not; 2: usage
"""
import html
import json
import pathlib
import re
import sys

import jsonschema

SARIF = pathlib.Path(__file__).resolve().parent / "sarif.schema.json"
VERDICTS = {"pass", "note", "not-applicable", "not-judged", "waived", "warn", "inconclusive", "blocked", "interrupted", "harness-error", "fail"}
KINDS = {"new-failure", "fixed", "still-failing", "lost-proof", "new-rule", "retired-rule", "changed-evidence"}
COLOURS = {"brightgreen", "yellow", "red", "lightgrey"}


def control_characters(text, allowed="\n"):
    for character in text:
        code = ord(character)
        if (code < 0x20 and character not in allowed) or 0x7f <= code < 0xa0 or 0x202a <= code <= 0x202e or 0x2066 <= code <= 0x2069:
            yield f"character {code:#x}"
            return


def sarif(text):
    document = json.loads(text)
    schema = json.loads(SARIF.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for error in jsonschema.Draft202012Validator(schema).iter_errors(document):
        yield f"/{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
    for run in document["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        if len(rules) != len(set(rules)):
            yield "two rules of one id"
        for result in run["results"]:
            if rules[result["ruleIndex"]] != result["ruleId"]:
                yield f"ruleIndex of {result['ruleId']} names {rules[result['ruleIndex']]}"
        marks = [json.dumps(result["partialFingerprints"]) for result in run["results"]]
        if len(marks) != len(set(marks)):
            yield "two results of one fingerprint"


def markdown(text):
    if len(text.encode()) > 60_000:
        yield f"{len(text.encode())} bytes"
    yield from control_characters(text)
    columns = 0
    for line in text.split("\n"):
        if line.startswith("|"):
            columns = columns or line.count("|")
            if line.count("|") != columns:
                yield f"a row with other columns: {line[:100]}"
        else:
            columns = 0
    for tag in re.findall(r"<[^>]*>", text):
        if tag not in ("<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>"):
            yield f"foreign markup {tag[:60]}"
    if text.count("<details>") != text.count("</details>"):
        yield "details that are not closed"
    # What readers of the page see outside of code: no mention.
    prose = html.unescape(re.sub(r"<code>.*?</code>", "", text))
    for mention in re.findall(r"@\w+", prose):
        yield f"mention {mention}"


def badge(text):
    document = json.loads(text)
    if set(document) != {"schemaVersion", "label", "message", "color", "isError"} or document["schemaVersion"] != 1:
        yield f"members {sorted(document)}"
    if document["color"] not in COLOURS or not document["label"] or not document["message"]:
        yield str(document)


def events(text):
    if text and not text.endswith("\n"):
        yield "the last line has no end"
    lines = [json.loads(line) for line in text.splitlines()]
    kinds = [line["event"] for line in lines]
    if kinds[:1] != ["started"] or kinds.count("finished") > 1 or ("finished" in kinds and kinds[-1] != "finished"):
        yield f"events {kinds[:3]} ... {kinds[-3:]}"
    for line in lines:
        if line["event"] not in ("started", "rule", "interval", "finished"):
            yield f"event {line['event']}"
        if line["event"] == "interval" and (line["phase"] not in ("warm-up", "measurement", "drain") or line["toNs"] < line["fromNs"] or line["done"] < line["failed"]):
            yield str(line)[:200]
        if line["event"] == "rule" and (line["verdict"] not in VERDICTS or not line["rule"] or line["tookNs"] < 0):
            yield str(line)[:200]


def compare(text):
    document = json.loads(text)
    if document["kind"] not in ("rules", "load"):
        yield str(document)[:200]
    for change in document.get("changes", []):
        if change["kind"] not in KINDS:
            yield f"kind {change['kind']}"


CHECKS = {".sarif": sarif, ".md": markdown, ".badge": badge, ".ndjson": events, ".compare": compare}


def main(paths):
    if not paths or any(pathlib.Path(path).suffix not in CHECKS for path in paths):
        print(__doc__, file=sys.stderr)
        return 2
    bad = 0
    for path in paths:
        text = pathlib.Path(path).read_bytes().decode("utf-8")
        found = list(CHECKS[pathlib.Path(path).suffix](text))
        bad += bool(found)
        for problem in found:
            print(f"{path}: {problem}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
