#!/usr/bin/env python3
"""Checks that JUnit files are well-formed XML in the shape that Jenkins, GitLab and Surefire read.

Usage: check_junit.py junit.xml ...      exit 0: all are good; 1: some are not; 2: usage
"""
import re
import sys
import xml.etree.ElementTree as ElementTree


def problems(path):
    root = ElementTree.parse(path).getroot()
    if root.tag != "testsuites":
        yield f"the root is {root.tag}"
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for suite in root:
        cases = suite.findall("testcase")
        found = {
            "tests": len(cases),
            "failures": len(suite.findall("testcase/failure")),
            "errors": len(suite.findall("testcase/error")),
            "skipped": len(suite.findall("testcase/skipped")),
        }
        for name, count in found.items():
            totals[name] += count
            if int(suite.get(name)) != count:
                yield f"suite {suite.get('name')} says {suite.get(name)} {name} and has {count}"
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp")):
            yield f"timestamp {suite.get('timestamp')}"
        names = [case.get("name") for case in cases]
        if len(names) != len(set(names)):
            yield f"suite {suite.get('name')} has two cases of one name"
        for case in cases:
            if not case.get("classname"):
                yield f"{case.get('name')} has no classname"
    for element in root.iter():
        if element.get("time") and not re.fullmatch(r"\d+\.\d{1,3}", element.get("time")):
            yield f"time {element.get('time')}"
    for name, count in totals.items():
        if int(root.get(name)) != count:
            yield f"the root says {root.get(name)} {name}, the suites have {count}"


def main(paths):
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    bad = 0
    for path in paths:
        try:
            found = list(problems(path))
        except ElementTree.ParseError as error:
            found = [str(error)]
        bad += bool(found)
        for problem in found:
            print(f"{path}: {problem}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
