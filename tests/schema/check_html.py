#!/usr/bin/env python3
"""Checks HTML reports: balanced tags, unique ids, links that lead somewhere, a policy under which nothing but our own script
runs and nothing loads, data that parses.

Usage: check_html.py report.html ...      exit 0: all are good; 1: some are not; 2: usage
"""
import base64
import gzip
import hashlib
import html.parser
import json
import pathlib
import sys
import urllib.parse

VOID = {"meta", "br", "input"}


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.problems = [], set(), [], []
        self.policy, self.data, self.inline = "", "", {"script": [], "style": []}

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.is_data = dict(attrs).get("type") == "application/json"
        if tag == "meta" and dict(attrs).get("http-equiv") == "Content-Security-Policy":
            self.policy = dict(attrs).get("content", "")
        if tag in ("iframe", "img", "object", "embed", "link", "base"):
            self.problems.append(f"a <{tag}>")
        for name, value in attrs:
            value = value or ""
            if name.startswith("on") or name == "style" or name in ("src", "srcset", "action", "formaction"):
                self.problems.append(f"attribute {name} on <{tag}>")
            if name == "id":
                if value in self.ids:
                    self.problems.append(f"id {value} twice")
                self.ids.add(value)
            if name == "href":
                if value.startswith("#"):
                    self.links.append(urllib.parse.unquote(value[1:]))
                elif not value.startswith("https://"):
                    self.problems.append(f"link to {value[:80]}")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes something else, line {self.getpos()[0]}")

    def handle_data(self, data):
        if self.open and self.open[-1] == "script" and self.is_data:
            self.data += data
        elif self.open and self.open[-1] in self.inline:
            self.inline[self.open[-1]].append(data)


def problems(path):
    text = pathlib.Path(path).read_bytes().decode("utf-8")
    reader = Reader()
    reader.feed(text)
    reader.close()
    if not reader.policy.startswith("default-src 'none';") or "unsafe" in reader.policy:
        yield f"the content security policy is {reader.policy!r}"
    for tag, found in reader.inline.items():
        # One of each, ours, and named by its hash: what a server smuggles in does not run.
        digest = base64.b64encode(hashlib.sha256("".join(found).encode()).digest()).decode()
        if len(found) != 1 or f"{tag}-src 'sha256-{digest}'" not in reader.policy:
            yield f"{len(found)} inline {tag} elements, or one that the policy does not name"
    yield from reader.problems
    yield from (f"<{tag}> is not closed" for tag in reader.open)
    yield from (f"link to #{link} leads nowhere" for link in reader.links if link not in reader.ids)
    data = json.loads(reader.data)
    run = json.loads(gzip.decompress(base64.b64decode(data["data"])))
    if data["schemaVersion"] != 1 or run.get("schemaVersion") != 1 or run["tool"]["name"] != "assay":
        yield "run.json is not on the page"


def main(paths):
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    bad = 0
    for path in paths:
        found = list(problems(path))
        bad += bool(found)
        for problem in found[:20]:
            print(f"{path}: {problem}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
