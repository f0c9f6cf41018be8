// What the runs against real servers say: compares them with expected/, and writes the survey. Sends nothing, starts nothing.
//   node results.mjs compare NAME FOLDER     FOLDER/NAME.PROFILE.json are the runs; exits 1 when they are not as expected
//                                            (ASSAY_EXPECTED: the folder of expectations, else expected/ beside this file)
//   node results.mjs survey FOLDER NAME...   Markdown; FOLDER/NAME.version is the version, FOLDER/NAME.load the load run
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
// tests/personas has expectations of its own.
const expected = process.env.ASSAY_EXPECTED ?? join(here, 'expected');
const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
const bad = new Set(['fail', 'harness-error']);
const stuck = new Set(['blocked', 'inconclusive', 'interrupted', 'harness-error']);
const rule_id = (rule) => rule.id + (rule.case ? `#${rule.case}` : '');

function runs_of(name, folder) {
  return readdirSync(folder).filter((file) => file.startsWith(`${name}.`) && file.endsWith('.json')).sort()
    .map((file) => read(join(folder, file)));
}

// Every check that failed and every rule that never got as far: "rule#case#check" -> where it was seen.
function failing(runs) {
  const out = new Map();
  for (const run of runs)
    for (const rule of run.rules) {
      for (const check of rule.checks ?? [])
        if (bad.has(check.verdict)) out.set(`${rule_id(rule)}#${check.name}`, { rule, check });
      if (stuck.has(rule.verdict)) out.set(`${rule_id(rule)}#${rule.verdict}`, { rule });
    }
  return out;
}

function wildcard(pattern) {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

// A line is "[? ]rule#check  reason". "?" marks what fails now and then; a "*" in the name stands for anything.
function expectations(name) {
  return readFileSync(join(expected, `${name}.txt`), 'utf8').split('\n').flatMap((line) => {
    const [, sometimes, pattern, reason] = /^(\?\s+)?([^\s#?][^\s]*)\s+(.*)$/.exec(line) ?? [];
    if (!pattern) return [];
    const matches = wildcard(pattern);
    const concerns = wildcard(pattern.replace(/#.*/, ''));
    return [{ pattern, reason, sometimes: Boolean(sometimes), matches, concerns }];
  });
}

function compare(name, folder) {
  const runs = runs_of(name, folder);
  const found = [...failing(runs).keys()].sort();
  const known = expectations(name);
  // What was not run cannot be missing: some runs are of a part of the rules only.
  const ran = new Set(runs.flatMap((run) => run.rules.map((rule) => rule.id)));
  const concerns = (line) => [...ran].some((id) => line.concerns.test(id));
  const unexpected = found.filter((id) => !known.some((line) => line.matches.test(id)));
  const missing = known.filter((line) => !line.sometimes && concerns(line) && !found.some((id) => line.matches.test(id)));
  if (unexpected.length + missing.length === 0) {
    console.log(`pass ${name}: ${found.length} known deviations and no others`);
    return 0;
  }
  console.log(`FAIL ${name}: what fails is not what expected/${name}.txt says`);
  for (const id of unexpected) console.log(`  unexpected  ${id}`);
  for (const line of missing) console.log(`  missing     ${line.pattern}`);
  return 1;
}

const order = ['fail', 'harness-error', 'inconclusive', 'blocked', 'interrupted', 'warn', 'pass', 'note', 'not-judged', 'not-applicable'];
const shown = { fail: '**fail**', 'harness-error': '**bug**', inconclusive: 'unclear', blocked: 'blocked', interrupted: 'unclear',
  warn: 'warn', pass: 'ok', note: 'note', 'not-judged': '·', 'not-applicable': '–' };
const worse = (a, b) => (order.indexOf(a) <= order.indexOf(b) ? a : b);
// Two clauses of a table row must not end it.
const cell = (text) => String(text).replace(/\s+/g, ' ').replace(/\|/g, '\\|').replace(/</g, '&lt;');

function load_line(path) {
  if (!existsSync(path)) return 'not loaded';
  const { load } = read(path);
  const errors = load.failed + load.dropped;
  return `${load.done} of ${load.planned} flows, ${errors} failed`;
}

function survey(folder, names) {
  const servers = names.map((name) => {
    const runs = runs_of(name, folder);
    const verdicts = new Map();
    const counts = {};
    const titles = new Map();
    for (const run of runs)
      for (const rule of run.rules) {
        titles.set(rule.id, rule.title);
        verdicts.set(rule.id, verdicts.has(rule.id) ? worse(verdicts.get(rule.id), rule.verdict) : rule.verdict);
      }
    for (const verdict of verdicts.values()) counts[verdict] = (counts[verdict] ?? 0) + 1;
    return { name, runs, verdicts, counts, titles, failures: failing(runs), known: expectations(name),
      version: readFileSync(join(folder, `${name}.version`), 'utf8').trim(), load: load_line(join(folder, `${name}.load`)) };
  });
  const first = servers[0].runs[0];
  const out = [];
  out.push('# What real servers do', '');
  out.push(`Written by \`scripts/interop all --survey\` on ${first.started.slice(0, 10)}, with Assay ${first.tool.version}.`, '');
  out.push('Each server runs on loopback as `tests/interop` sets it up: with its own defaults, and with what its documentation leaves',
    'to the application done as its examples do it. So a failure may be the library\'s or that of such an example; the reason says',
    'what was seen. `tests/interop/expected` gives a reason for each failure; not every exchange of those servers was read. A run that shows another is',
    'an error of the run. A rule is judged by the worst of its cases.', '');
  out.push('| server | version | judged by | ok | warn | fail | blocked or unclear | not applicable | load: 20 client credentials flows a second, 10 s |',
    '| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- |');
  for (const { name, version, runs, counts, load } of servers) {
    const n = (...verdicts) => verdicts.reduce((sum, verdict) => sum + (counts[verdict] ?? 0), 0);
    const judged = runs.map((run) => run.ruleset.profile + (run.ruleset.preset && run.ruleset.preset !== 'full' ? ` (${run.ruleset.preset})` : ''));
    out.push(`| ${name} | ${version} | ${judged.join(', ')} | ${n('pass', 'note')} | ${n('warn')} | ${n('fail', 'harness-error')} | ` +
      `${n('blocked', 'inconclusive', 'interrupted')} | ${n('not-applicable')} | ${load} |`);
  }
  const titles = new Map(servers.flatMap((server) => [...server.titles]));
  const rules = [...titles.keys()].sort()
    .filter((id) => servers.some((server) => order.indexOf(server.verdicts.get(id) ?? 'pass') <= order.indexOf('warn')));
  out.push('', '## Rules that do not pass everywhere', '');
  out.push('ok: holds. warn: a recommendation is not followed. –: does not apply to what the server offers. ·: not judged in this run.',
    'Empty: not part of the profile or preset that the server was judged by.', '');
  out.push(`| rule | ${servers.map((server) => server.name).join(' | ')} |`, `| --- | ${servers.map(() => '---').join(' | ')} |`);
  for (const id of rules)
    out.push(`| [${id}](../../scenarios/rules/${id}.jsonc) | ${servers.map((server) => shown[server.verdicts.get(id)] ?? '').join(' | ')} |`);
  for (const server of servers) {
    out.push('', `## ${server.name} ${server.version}`, '');
    if (server.failures.size === 0) {
      out.push('Nothing failed.');
      continue;
    }
    out.push('| what | asked for | came | the sentence, and why it is the server\'s doing |', '| --- | --- | --- | --- |');
    const ids = [...server.failures.keys()].sort();
    for (const line of server.known) {
      const matching = ids.filter((id) => line.matches.test(id));
      if (matching.length === 0) continue;
      const { rule, check } = server.failures.get(matching[0]);
      const more = matching.length > 1 ? ` (${matching.length} alike)` : '';
      const asked = check?.expected ?? '';
      const came = check?.actual ?? rule.reason;
      const link = check?.url ? `[${check.reference}](${check.url}): ` : '';
      out.push(`| \`${line.pattern}\`${more} | ${cell(asked)} | ${cell(came)} | ${link}${cell(line.reason)} |`);
    }
    for (const id of ids.filter((one) => !server.known.some((line) => line.matches.test(one))))
      out.push(`| \`${id}\` | | ${cell(server.failures.get(id).check?.actual ?? server.failures.get(id).rule.reason)} | **not looked at yet** |`);
  }
  console.log(out.join('\n'));
  return 0;
}

const [command, ...rest] = process.argv.slice(2);
if (command === 'compare') process.exitCode = compare(...rest);
else if (command === 'survey') process.exitCode = survey(rest[0], rest.slice(1));
else throw new Error(`unknown command ${command}`);
