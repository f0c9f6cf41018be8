// What a script can add to a report that is whole without it: filter, sort, keys, theme, copy, download. It reads the page and
// the embedded run.json, asks nobody, and writes text as text only.
'use strict';
(() => {
const $ = (id) => document.getElementById(id);
const root = document.documentElement;
root.classList.add('scripted');
const make = (tag, words, more) => Object.assign(document.createElement(tag), { textContent: words }, more);

// ---- theme: as the system, light, dark
const themes = ['', 'light', 'dark'];
const names = ['auto', 'light', 'dark'];
const remembered = (value) => {
  try { // a page from disk may have no storage
    if (value === undefined) return localStorage.getItem('assay-theme') || '';
    localStorage.setItem('assay-theme', value);
  } catch { /* then it is not remembered */ }
  return '';
};
const theme = $('theme');
const wear = (one) => {
  if (one) root.dataset.theme = one; else delete root.dataset.theme;
  theme.textContent = 'Theme: ' + names[themes.indexOf(one)];
};
wear(themes.includes(remembered()) ? remembered() : '');
theme.hidden = false;
theme.onclick = () => {
  const next = themes[(themes.indexOf(root.dataset.theme || '') + 1) % 3];
  wear(next);
  remembered(next);
};

// ---- rules: filter, chips, sort, count; the state is in the address
const list = $('list');
const rules = list ? [...list.querySelectorAll('.topic > .rule')] : [];
const home = rules.map((rule) => rule.parentNode);
const order = ['fail', 'warn', 'open', 'waived', 'note', 'pass', 'none'];
const words = { fail: 'failed', warn: 'warning', open: 'not proven', waived: 'waived', note: 'note', pass: 'passed', none: 'not judged' };
const verdictOf = (rule) => order.find((one) => rule.classList.contains('is-' + one));
const badgeOf = (rule) => rule.querySelector('.v').textContent.replace(/ /g, '-');
const aliases = { failed: 'fail', warning: 'warn', passed: 'pass', unproven: 'open', 'n/a': 'none' };
const texts = new Map();
const textOf = (rule) => {
  if (!texts.has(rule)) {
    const parts = [rule.querySelector('summary'), ...rule.querySelectorAll('.story, .check, .c')];
    texts.set(rule, parts.map((one) => one.textContent).join(' ').toLowerCase());
  }
  return texts.get(rule);
};
const tests = {
  is: (rule, value) => {
    const one = aliases[value] || value;
    return verdictOf(rule) === one || badgeOf(rule) === one;
  },
  level: (rule, value) => (rule.dataset.l || '').split(' ').includes(value),
  topic: (rule, value) => rule.id.split('/')[0] === value,
  client: (rule, value) => (rule.dataset.c || '').toLowerCase().split(' ').includes(value),
};
// "is:fail is:warn topic:code -level:may words": the same key twice means either, all else has to hold together.
const parse = (query) => {
  const any = {}, none = [], text = [];
  for (const token of query.toLowerCase().split(/\s+/).filter(Boolean)) {
    const [, minus, key, value] = token.match(/^(-?)(is|level|topic|client):(.+)$/) || [];
    if (!key) text.push(token);
    else if (minus) none.push([key, value]);
    else (any[key] = any[key] || []).push(value);
  }
  return { any, none, text };
};
const matches = (rule, { any, none, text }) =>
  Object.entries(any).every(([key, values]) => values.some((value) => tests[key](rule, value))) &&
  !none.some(([key, value]) => tests[key](rule, value)) && text.every((word) => textOf(rule).includes(word));

const find = $('find'), sort = $('sort'), chips = $('chips');
const flat = make('div', '');
const arrange = () => {
  const by = sort.value;
  const topics = [...list.querySelectorAll('.topic')];
  if (by === 'topic') {
    rules.forEach((rule, i) => home[i].append(rule));
  } else {
    const place = new Map(rules.map((rule, i) => [rule, i]));
    const key = { verdict: (a, b) => order.indexOf(verdictOf(a)) - order.indexOf(verdictOf(b)),
      slow: (a, b) => b.dataset.t - a.dataset.t, id: (a, b) => (a.id < b.id ? -1 : 1) }[by];
    flat.append(...[...rules].sort((a, b) => key(a, b) || place.get(a) - place.get(b)));
    list.append(flat);
  }
  for (const topic of topics) topic.hidden = ![...topic.querySelectorAll(':scope > .rule')].some((rule) => !rule.hidden);
};
const apply = () => {
  const query = parse(find.value);
  let shown = 0;
  for (const rule of rules) {
    rule.hidden = !matches(rule, query);
    shown += !rule.hidden;
  }
  arrange();
  $('count').textContent = shown + ' of ' + rules.length;
  $('nothing').hidden = shown > 0;
  for (const chip of chips.children)
    chip.setAttribute('aria-pressed', String(find.value.split(/\s+/).includes(chip.value)));
};
const keep = () => {
  const state = new URLSearchParams();
  if (find.value.trim()) state.set('q', find.value.trim());
  if (sort.value !== 'topic') state.set('sort', sort.value);
  history.replaceState(null, '', '#' + (String(state) ? '?' + state : 'rules'));
};
const restore = () => {
  if (!location.hash.startsWith('#?')) return false;
  const state = new URLSearchParams(location.hash.slice(2));
  find.value = state.get('q') || '';
  sort.value = state.get('sort') || 'topic';
  if (!sort.value) sort.value = 'topic';
  apply();
  return true;
};
if (list) {
  const counts = {};
  for (const rule of rules) counts[verdictOf(rule)] = (counts[verdictOf(rule)] || 0) + 1;
  const chip = (value, label) => {
    const button = make('button', label, { type: 'button', value });
    button.setAttribute('aria-pressed', 'false');
    button.onclick = () => {
      const tokens = find.value.split(/\s+/).filter(Boolean);
      find.value = (tokens.includes(value) ? tokens.filter((one) => one !== value) : [...tokens, value]).join(' ');
      apply();
      keep();
    };
    chips.append(button);
  };
  for (const one of order) if (counts[one]) chip('is:' + one, words[one] + ' ' + counts[one]);
  for (const level of ['must', 'should', 'may'])
    if (rules.some((rule) => tests.level(rule, level))) chip('level:' + level, level.toUpperCase());
  $('filter').hidden = false;
  $('filter').onsubmit = (event) => event.preventDefault();
  find.oninput = () => { apply(); keep(); };
  sort.onchange = () => { apply(); keep(); };
}

// ---- links into folds: everything around the target opens, and a filter that hides it gives way
const arrive = () => {
  if (list && restore()) return;
  let id = location.hash.slice(1);
  try { id = decodeURIComponent(id); } catch { /* as it is */ }
  // Of a rule that holds, checks and cases have no address of their own.
  let target = null;
  while (id && !(target = $(id)) && /[#.]/.test(id)) id = id.replace(/[#.][^#.]*$/, '');
  if (!target) return;
  const rule = target.closest('.topic > .rule, #list > div > .rule');
  if (rule && rule.hidden) { find.value = ''; apply(); }
  for (let one = target; one; one = one.parentElement) if (one.tagName === 'DETAILS') one.open = true;
  target.scrollIntoView();
  const focus = target.querySelector(':scope > summary');
  if (focus) focus.focus({ preventScroll: true });
};
addEventListener('hashchange', arrive);
arrive();
const go = (id) => {
  if (location.hash === '#' + id) arrive(); else location.hash = id;
};

// ---- keys: / j k Escape; Enter opens what has the focus, as it always does
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !list) return;
  if (event.target === find) {
    if (event.key !== 'Escape') return;
    find.value = '';
    apply();
    keep();
    find.blur();
    return;
  }
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  if (event.key === '/') {
    event.preventDefault();
    find.focus();
    find.select();
  } else if (event.key === 'j' || event.key === 'k') {
    const visible = [...list.querySelectorAll('.topic > .rule, #list > div > .rule')].filter((rule) => !rule.hidden);
    const now = visible.indexOf(document.activeElement.closest('.topic > .rule, #list > div > .rule'));
    const next = visible[event.key === 'j' ? now + 1 : now < 0 ? visible.length - 1 : now - 1];
    if (!next) return;
    const summary = next.querySelector('summary');
    summary.focus({ preventScroll: true });
    summary.scrollIntoView({ block: 'nearest' });
  }
});

// ---- run.json, unpacked when somebody wants it
const unpacked = async () => {
  const held = JSON.parse($('run-json').textContent);
  const bytes = Uint8Array.from(atob(held.data), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
};
let parsed;
const run = () => (parsed = parsed || unpacked().then(JSON.parse));
if (window.DecompressionStream) {
  $('download').hidden = false;
  $('download').onclick = async () => {
    const url = URL.createObjectURL(new Blob([await unpacked()], { type: 'application/json' }));
    make('a', '', { href: url, download: 'run.json' }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  };
}

// ---- copy: commands as they stand, requests as curl with secrets as variables
const said = async (button, text) => {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'copied';
  } catch {
    const area = make('textarea', text);
    document.body.append(area);
    area.select();
    button.textContent = document.execCommand('copy') ? 'copied' : 'not allowed here';
    area.remove();
  }
  setTimeout(() => { button.textContent = before; }, 1500);
};
const tool = (words, act) => make('button', words, { type: 'button', className: 'tool', onclick: act });
for (const again of document.querySelectorAll('.again'))
  again.append(tool('copy', (event) => said(event.target, again.querySelector('code').textContent)));

// 'text' for a shell; labels of secrets become variables, control characters are written as escapes.
const label = /‹([^›]{1,70})›/;
const quoted = (text, used) => text.split(/(‹[^›]{1,70}›)/).filter(Boolean).map((part) => {
  const found = part.match(label);
  if (found) {
    const name = found[1].replace(/ \d+ chars$/, '').replace(/\W+/g, '_').toUpperCase().replace(/^(\d)/, '_$1');
    used.add(name);
    return '"$' + name + '"';
  }
  const odd = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
  if (!odd.test(part)) return "'" + part.replace(/'/g, "'\\''") + "'";
  return "$'" + part.replace(/[\\']/g, '\\$&').replace(odd, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')) + "'";
}).join('') || "''";
const curl = (exchange, issuer) => {
  const end = exchange.request.indexOf('\r\n\r\n');
  const [first, ...headers] = exchange.request.slice(0, end < 0 ? undefined : end).split('\r\n');
  const body = end < 0 ? '' : exchange.request.slice(end + 4);
  const [method, target] = first.split(' ');
  const used = new Set();
  let host = '', out = '';
  for (const header of headers) {
    if (/^host:/i.test(header)) host = header.slice(5).trim();
    else if (!/^content-length:/i.test(header)) out += ' \\\n  -H ' + quoted(header, used);
  }
  if (body) out += ' \\\n  --data-raw ' + quoted(body, used);
  const scheme = /^https:/i.test(issuer) ? 'https://' : 'http://';
  const url = /^https?:/i.test(target) ? target : scheme + host + target;
  const command = 'curl -i -X ' + quoted(method, used) + ' ' + quoted(url, used) + out + '\n';
  return (used.size ? '# set first: ' + [...used].join(' ') + '\n' : '') + command;
};
const copyCurl = async (button, id) => {
  const all = await run();
  const exchange = all.exchanges.find((one) => one.id === id);
  if (exchange) await said(button, curl(exchange, all.target.issuer));
};

// Buttons of an exchange come when it is opened: most never are.
document.addEventListener('toggle', (event) => {
  const x = event.target;
  if (!x.open || !x.matches || !x.matches('details.x') || x.querySelector('.tool') || !window.DecompressionStream) return;
  x.querySelector('h4').append(tool('copy as curl', (click) => copyCurl(click.target, Number(x.id.slice(1)))));
}, true);

// ---- equal secrets show one another; arrows lead to their exchange
document.addEventListener('click', (event) => {
  const mark = event.target.closest('mark[class]');
  if (mark) {
    const on = !mark.classList.contains('same');
    for (const one of document.querySelectorAll('mark.same')) one.classList.remove('same');
    if (on) for (const one of document.querySelectorAll('mark[class]')) one.classList.toggle('same', one.textContent === mark.textContent);
  }
  const arrow = event.target.closest('[data-x]');
  if (arrow) go('x' + arrow.dataset.x);
});

// ---- paper: what fails is open
addEventListener('beforeprint', () => {
  for (const one of document.querySelectorAll('.is-fail')) if (one.tagName === 'DETAILS') one.open = true;
});

// ---- a hair line over charts, with the row of the table that belongs to it
for (const chart of document.querySelectorAll('figure .chart')) {
  const rows = [...chart.closest('figure').querySelectorAll('.fold tbody tr')];
  const heads = [...chart.closest('figure').querySelectorAll('.fold thead th')].map((one) => one.textContent);
  if (rows.length < 2 || /percentile/.test(heads[0])) continue;
  const svg = (tag) => chart.appendChild(document.createElementNS('http://www.w3.org/2000/svg', tag));
  const hair = svg('line'), hint = svg('title');
  hair.setAttribute('class', 'hair');
  chart.onpointermove = (event) => {
    const box = chart.getBoundingClientRect(), view = chart.viewBox.baseVal;
    const x = (event.clientX - box.left) / box.width * view.width;
    const share = (x - 64) / (672 - 64);
    if (share < 0 || share > 1) return hair.removeAttribute('x1');
    const row = rows[Math.min(rows.length - 1, Math.round(share * (rows.length - 1)))];
    for (const [name, value] of [['x1', x], ['x2', x], ['y1', 8], ['y2', view.height - 24]]) hair.setAttribute(name, value);
    hint.textContent = [...row.children].map((cell, i) => heads[i] + ' ' + cell.textContent).join('\n');
  };
}
})();
