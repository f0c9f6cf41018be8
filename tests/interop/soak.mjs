// The page about a soak and the search for the limit of one real server. Sends nothing, starts nothing.
//   node soak.mjs NAME FOLDER     Markdown; FOLDER holds NAME.{version,memory} and NAME.{soak,limit}.{json,txt}, see scripts/soak
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [name, folder] = process.argv.slice(2);
const text = (ending) => readFileSync(join(folder, `${name}.${ending}`), 'utf8').trimEnd();
const soak = JSON.parse(text('soak.json'));
const memory = text('memory').split('\n').map((line) => line.split(' ').map(Number));
// What somebody found who looked at the exchanges of an earlier run.
const notes_file = join(dirname(fileURLToPath(import.meta.url)), 'soak-notes', `${name}.md`);
const notes = existsSync(notes_file) ? `## What it showed\n\n${readFileSync(notes_file, 'utf8')}\n` : '';
const ms = (ns) => (ns / 1e6).toPrecision(3);

// One line per minute: what was asked, what was done, the worst second, and what the server's processes held at its end.
function minutes({ seconds, warmUpNs }) {
  const rows = [];
  for (let from = 0; from < seconds.length; from += 60) {
    const part = seconds.slice(from, from + 60);
    const sum = (member) => part.reduce((all, one) => all + one[member], 0);
    const sorted = part.map((one) => one.p99Ns).sort((a, b) => a - b);
    // The soak begins with the server's life, give or take its start.
    const until = from + part.length + warmUpNs / 1e9;
    const [, kb] = memory.filter(([at]) => at <= until).at(-1) ?? [0, 0];
    rows.push([from / 60 + 1, sum('planned'), sum('done'), sum('failed'), sum('violations'),
      ms(sorted[Math.floor(sorted.length / 2)]), ms(sorted.at(-1)), (kb / 1024).toFixed(0)]);
  }
  return rows;
}

const table = (head, rows) => [head, head.map(() => '---:'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
const printed = (ending) => ['```', text(ending), '```'].join('\n');

console.log(`# ${name} ${text('version')} under load

${soak.started.slice(0, 10)}, ${cpus().length} processors (${cpus()[0].model}),
Assay, the server${name === 'django-oauth-toolkit' ? ' (one worker of gunicorn with four threads) and its PostgreSQL' : ''} on one machine.
Made by \`scripts/soak ${name}\`; every answer was judged.

${notes}## Minute by minute

${table(['minute', 'planned', 'done', 'failed', 'violations', 'p99 of the median second, ms', 'p99 of the worst second, ms', 'memory of the server, MB'],
  minutes(soak.load))}

## The soak, as Assay prints it

${printed('soak.txt')}

## The search for the limit

${printed('limit.txt')}`);
