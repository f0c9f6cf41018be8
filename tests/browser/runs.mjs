// The runs whose reports are opened: real ones of the bundled provider, and what a hostile server would make of one of them.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// What a server can send to whoever reads about it: markup, handlers, ends of elements and of CDATA, terminal control, marks
// that turn the direction of text around.
export const HOSTILE = '</script></style></title></textarea></svg><script>window.pwned=1</script><img src=x onerror="window.pwned=2">' +
  '<svg onload="window.pwned=3"><a href="javascript:window.pwned=4">x</a>]]> --> <!-- " onmouseover="window.pwned=5" \' ' +
  '\u001b[31m\u001b]0;owned\u0007 \u202eevil\u2066\u200f\ufeff {{body}} ${window.pwned=6} ‹access#1‹‹ ›';

// Everything that may come from a server, or from a person who was careless.
const poison = (run) => {
  const long = 'X-Long: ' + 'a'.repeat(1 << 20) + '\r\n';
  for (const rule of run.rules) {
    for (const name of ['title', 'story', 'reason']) rule[name] += HOSTILE;
    for (const check of rule.checks)
      for (const name of ['requirement', 'expected', 'actual', 'reason', 'advice']) check[name] += HOSTILE;
  }
  if (run.rules[0].checks[0]) run.rules[0].checks[0].url = 'javascript:window.pwned=7';
  run.exchanges.forEach((exchange, i) => {
    exchange.step += i % 9 ? '' : HOSTILE;
    exchange.detail = HOSTILE;
    const end = exchange.response.indexOf('\r\n\r\n') + 2;
    exchange.response = exchange.response.slice(0, end) + 'X-Odd: ' + HOSTILE + '\r\n' + (i === 40 ? long : '') +
      exchange.response.slice(end) + HOSTILE;
  });
  run.target.name += HOSTILE;
  run.target.issuer += HOSTILE;
  run.environment[HOSTILE] = HOSTILE;
  run.result = 'FAIL' + HOSTILE;
  for (const check of run.preflight) check.seen = check.hint = HOSTILE;
  return run;
};

// Every verdict that there is, with a reason each; small, because axe looks at every element.
const mix = (run) => {
  const verdicts = ['warn', 'note', 'not-applicable', 'not-judged', 'waived', 'inconclusive', 'blocked', 'interrupted', 'harness-error'];
  const passing = run.rules.filter((rule) => rule.verdict === 'pass');
  verdicts.forEach((verdict, i) => {
    const rule = passing[i];
    rule.verdict = verdict;
    rule.reason = 'reason number ' + i;
    for (const check of rule.checks) check.verdict = verdict;
  });
  run.rules = run.rules.filter((rule) => rule.verdict !== 'pass' || rule === passing[10]);
  return run;
};

export function makeReports(assay, folder) {
  const path = (name) => join(folder, name);
  const json = (name) => JSON.parse(readFileSync(path(name), 'utf8'));
  const call = (codes, ...args) => {
    try {
      execFileSync(assay, args, { stdio: 'pipe', timeout: 60000 });
      if (!codes.includes(0)) throw new Error(`assay ${args.join(' ')} ended with 0`);
    } catch (error) {
      if (!codes.includes(error.status)) throw error;
    }
  };
  const render = (name, run) => {
    writeFileSync(path(name + '.json'), JSON.stringify(run));
    call([0, 1, 3], 'report', path(name + '.json'), '--html', path(name + '.html'));
  };
  call([0], 'check', '--json', path('passing.json'), '--html', path('passing.html'));
  call([1], 'check', '--defect', 'code-reusable', '--only', 'code/*', '--json', path('broken.json'), '--html', path('broken.html'));
  call([0, 1], 'load', '--journey', 'code/single-use', '--defect', 'code-reusable', '--rate', '40', '--duration', '3s',
    '--json', path('load.json'), '--html', path('load.html'));
  render('mixed', mix(json('broken.json')));
  const both = poison(json('broken.json'));
  both.load = json('load.json').load;
  both.load.errors[HOSTILE] = 3;
  both.load.title = both.load.plan = HOSTILE;
  render('hostile', both);
  render('bare', { ...json('passing.json'), exchanges: [], rules: json('passing.json').rules.map((rule) => ({ ...rule, exchanges: [],
    checks: rule.checks.map((check) => ({ ...check, evidence: [] })) })) });
}
