#!/usr/bin/env python3
"""Checks HTML reports: balanced tags, unique ids, links that lead somewhere, nothing that runs or loads, data that parses.

Usage: check_html.py report.html ...      exit 0: all are good; 1: some are not; 2: usage
"""
import html.parser
import json
import pathlib
import sys
import urllib.parse

VOID = {"meta", "br"}


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.problems, self.data, self.scripts = [], set(), [], [], "", 0

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts += 1
            if dict(attrs).get("type") != "application/json":
                self.problems.append("a script that runs")
        if tag in ("iframe", "img", "object", "embed", "link", "base", "form", "input"):
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
        if self.open and self.open[-1] == "script":
            self.data += data


def problems(path):
    text = pathlib.Path(path).read_bytes().decode("utf-8")
    if "default-src 'none'" not in text:
        yield "no content security policy"
    reader = Reader()
    reader.feed(text)
    reader.close()
    yield from reader.problems
    yield from (f"<{tag}> is not closed" for tag in reader.open)
    yield from (f"link to #{link} leads nowhere" for link in reader.links if link not in reader.ids)
    if reader.scripts != 1 or json.loads(reader.data).get("schemaVersion") != 1:
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
