// The HTML report in Chromium. One browser for all; every case opens pages of its own. Prints one line per case and
// "N passed, N failed" at the end. Nothing here may reach the network: a request that is not for the file itself fails the case.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { HOSTILE, makeReports } from './runs.mjs';

const [assay, wanted = ''] = process.argv.slice(2);
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'assay-browser-'));
const url = (name, hash = '') => 'file://' + join(folder, name + '.html') + hash;
const PAGES = ['passing', 'broken', 'load', 'mixed', 'hostile', 'bare'];
let browser;

// Opens a report; whatever the page says, asks for or trips over ends up in page.heard.
async function open(name, { hash = '', ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(10000);
  const page = await context.newPage();
  page.heard = [];
  page.on('console', (message) => page.heard.push('console: ' + message.text()));
  page.on('pageerror', (error) => page.heard.push('error: ' + error.message));
  page.on('dialog', (dialog) => { page.heard.push('dialog: ' + dialog.message()); dialog.dismiss(); });
  page.on('request', (request) => { if (!request.url().startsWith('file://' + folder)) page.heard.push('request: ' + request.url()); });
  await page.goto(url(name, hash));
  return page;
}
async function close(page) {
  const heard = page.heard;
  await page.context().close();
  assert.deepEqual(heard, [], 'the page was not quiet');
}
const openAll = (page) => page.evaluate(() => { for (const one of document.querySelectorAll('details')) one.open = true; });
const shown = (page) => page.locator('#count').textContent();
const visibleRules = (page) => page.evaluate(() => [...document.querySelectorAll('#list details[data-t]')]
  .filter((rule) => rule.checkVisibility()).map((rule) => rule.id));
const inFocus = (page) => page.evaluate(() => document.activeElement.closest('details')?.id ?? document.activeElement.id);
async function axe(page) {
  await page.evaluate(axeSource + '; undefined'); // through the debugger: the policy of the page stays as it is
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
  return found.violations.map((one) => `${one.id}: ${one.nodes.length} × ${one.nodes[0].html.slice(0, 160)} ${one.nodes[0].failureSummary.slice(0, 300)}`);
}

const cases = {
  async 'every page opens from disk and is quiet'() {
    for (const name of PAGES) {
      const page = await open(name);
      assert.ok(await page.locator('h1').isVisible());
      await openAll(page);
      await close(page);
    }
  },
  async 'without scripts all content is there'() {
    const page = await open('broken', { javaScriptEnabled: false });
    const text = await page.locator('main').innerText();
    for (const words of ['What to fix first', 'An authorization code buys tokens only once', 'Expected (by the rule)', 'Actual (the server)',
      'Coverage by clause', 'second-use-denied', 'assay check --defect code-reusable --only code/single-use -v'])
      assert.ok(text.includes(words), words);
    for (const id of ['filter', 'theme', 'download']) assert.equal(await page.locator('#' + id).isVisible(), false, id);
    assert.ok(await page.locator('#code\\/single-use .seq svg').isVisible());
    const exchange = page.locator('#code\\/single-use details.x').last();
    await exchange.locator('> summary').click(); // folds need no script
    assert.ok((await exchange.innerText()).includes('grant_type=authorization_code'));
    await close(page);
  },
  async 'failures are open, the rest is folded'() {
    const page = await open('broken');
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('details.rule[open]')].map((one) => one.id)), ['code/single-use']);
    await close(page);
  },
  async 'the filter understands its tokens'() {
    const page = await open('mixed');
    const total = Number((await shown(page)).split(' of ')[1]);
    assert.equal(total, 13);
    const expected = { 'is:fail': ['code/single-use'], 'is:failed': ['code/single-use'], 'is:nonsense': [], 'topic:refresh': [], 'single-use': null,
      'is:warn is:blocked': 2, 'is:blocked level:must': null, '-is:fail': total - 1, 'client:web': null, 'topic:code': total, 'ÄÖ"<b>': [] };
    for (const [query, rules] of Object.entries(expected)) {
      await page.fill('#find', query);
      const visible = await visibleRules(page);
      assert.equal(await shown(page), `${visible.length} of ${total}`, query);
      if (Array.isArray(rules)) assert.deepEqual(visible, rules, query);
      else if (typeof rules === 'number') assert.equal(visible.length, rules, query);
      else assert.ok(visible.length > 0, query);
      assert.equal(await page.locator('#nothing').isVisible(), visible.length === 0, query);
    }
    await close(page);
  },
  async 'chips, sort and the address hold the state'() {
    const page = await open('mixed');
    await page.click('#chips button[value="is:fail"]');
    assert.equal(await page.inputValue('#find'), 'is:fail');
    assert.equal(await page.getAttribute('#chips button[value="is:fail"]', 'aria-pressed'), 'true');
    await page.click('#chips button[value="is:warn"]');
    await page.selectOption('#sort', 'verdict');
    assert.ok((await shown(page)).startsWith('2 of'));
    assert.equal((await visibleRules(page))[0], 'code/single-use');
    const address = page.url();
    assert.match(address, /#\?q=is%3Afail\+is%3Awarn&sort=verdict$/);
    await page.reload();
    assert.equal(page.url(), address);
    assert.ok((await shown(page)).startsWith('2 of'));
    await page.click('#chips button[value="is:fail"]');
    assert.equal(await page.inputValue('#find'), 'is:warn');
    await page.fill('#find', '');
    for (const by of ['slow', 'id', 'topic']) await page.selectOption('#sort', by);
    const ids = await visibleRules(page);
    assert.deepEqual(ids, await page.evaluate(() => [...document.querySelectorAll('.topic > .rule')].map((one) => one.id)));
    await close(page);
  },
  async 'keys: slash, j, k, Enter, Escape'() {
    const page = await open('broken');
    await page.keyboard.press('/');
    assert.equal(await inFocus(page), 'find');
    await page.keyboard.type('jk');
    assert.equal(await page.inputValue('#find'), 'jk', 'letters in the field are text');
    await page.keyboard.press('Escape');
    assert.equal(await page.inputValue('#find'), '');
    const rules = await visibleRules(page);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    assert.equal(await inFocus(page), rules[1]);
    await page.keyboard.press('k');
    assert.equal(await inFocus(page), rules[0]);
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate((id) => document.getElementById(id).open, rules[0]), true);
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate((id) => document.getElementById(id).open, rules[0]), false);
    await close(page);
  },
  async 'links lead to rules, checks and exchanges, and open them'() {
    const page = await open('broken', { hash: '#code/unknown' });
    assert.ok(await page.locator('[id="code/unknown"] > .c').isVisible());
    const id = await page.evaluate(() => document.querySelector('[id="code/single-use"] details.x').id);
    await page.goto(url('broken', '#' + id));
    assert.ok(await page.locator(`#${id} .wire`).isVisible());
    const check = await page.evaluate(() => document.querySelector('[id="code/single-use"] .check').id);
    await page.goto(url('broken', '#' + check));
    assert.ok(await page.locator(`[id="${check}"]`).isVisible());
    // What holds is told in short: the address of a check leads to its rule.
    await page.goto(url('broken', '#code/tampered.altered-denied'));
    assert.ok(await page.locator('[id="code/tampered"] > .c').isVisible());
    await page.fill('#find', 'is:fail');
    await page.evaluate(() => { location.hash = '#code/unknown'; });
    await page.locator('[id="code/unknown"] > .c').waitFor({ state: 'visible', timeout: 2000 });
    await page.goto(url('broken', '#no/such/place'));
    await page.goto(url('broken', '#%E0%A4%A'));
    await close(page);
  },
  async 'the theme follows the system, and the button'() {
    const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await open('broken', { colorScheme: 'light' }), dark = await open('broken', { colorScheme: 'dark' });
    const [bright, black] = [await ground(light), await ground(dark)];
    assert.notEqual(bright, black);
    await light.click('#theme');
    assert.equal(await ground(light), bright);
    await light.click('#theme');
    assert.equal(await ground(light), black);
    assert.match(await light.textContent('#theme'), /dark/);
    await light.reload();
    assert.equal(await ground(light), black, 'it is remembered');
    await light.click('#theme');
    assert.equal(await ground(light), bright);
    await close(light);
    await close(dark);
  },
  async 'no page is wider than 360 px'() {
    for (const name of PAGES) {
      const page = await open(name, { viewport: { width: 360, height: 800 } });
      if (name !== 'passing') await openAll(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      const culprit = wide > 360 && await page.evaluate(() => [...document.querySelectorAll('main *')].filter((one) =>
        one.getBoundingClientRect().right > 361 && !one.closest('.scroll, .seq')).slice(0, 3).map((one) => one.outerHTML.slice(0, 150)));
      assert.equal(wide, 360, `${name}: ${culprit}`);
      await close(page);
    }
  },
  async 'axe finds nothing, light and dark, narrow and wide'() {
    for (const [name, colorScheme, width] of [['mixed', 'light', 1280], ['mixed', 'dark', 1280], ['mixed', 'dark', 360], ['load', 'light', 1280], ['load', 'dark', 1280]]) {
      const page = await open(name, { colorScheme, viewport: { width, height: 900 } });
      // Enough to have seen every kind of thing; what is folded away costs nothing.
      await page.evaluate((all) => { for (const one of document.querySelectorAll(all)) one.open = true; },
        name === 'load' ? 'figure .fold' : 'details.is-warn, details.is-open, .fold:first-of-type, [id="code/single-use"] details');
      assert.deepEqual(await axe(page), [], `${name}, ${colorScheme}, ${width} px`);
      await close(page);
    }
  },
  async 'nothing of a hostile server runs or becomes markup'() {
    for (const javaScriptEnabled of [true, false]) {
      const page = await open('hostile', { javaScriptEnabled });
      await openAll(page);
      const links = await page.evaluate(() => [...document.querySelectorAll('a')].map((one) => one.getAttribute('href') ?? ''));
      for (const link of links) assert.match(link, /^(#|https:\/\/)/);
      if (javaScriptEnabled) {
        await page.locator('h1').hover();
        for (const key of ['/', 'Escape', 'j', 'Enter', 'j', 'k']) await page.keyboard.press(key);
      }
      const seen = await page.evaluate(() => ({ pwned: window.pwned, images: document.images.length, odd: document.querySelectorAll('iframe,object,embed,link,base').length,
        scripts: [...document.scripts].map((one) => one.type), handlers: [...document.querySelectorAll('*')].filter((one) =>
          [...one.attributes].some((a) => a.name.startsWith('on') || a.name === 'style')).length, text: document.body.textContent }));
      assert.deepEqual({ ...seen, text: '' }, { pwned: undefined, images: 0, odd: 0, scripts: ['application/json', ''], handlers: 0, text: '' });
      assert.doesNotMatch(seen.text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]/, 'raw control or direction mark');
      assert.ok(seen.text.includes('\\u{202e}') && seen.text.includes('\\x1b[31m'), 'they are shown as escapes');
      assert.ok(seen.text.includes('<img src=x onerror="window.pwned=2">'), 'markup is shown as text');
      await close(page);
    }
    assert.ok(statSync(join(folder, 'hostile.html')).size < 5 << 20);
    assert.ok(HOSTILE.length > 100);
  },
  async 'the policy stops what would slip in nevertheless'() {
    const page = await open('broken');
    await page.evaluate(() => {
      document.body.insertAdjacentHTML('beforeend', '<img src="https://127.0.0.1:9/x" onerror="window.pwned=1"><p style="color:red" id=odd>x</p>');
      document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.pwned=2' }));
    });
    await page.waitForTimeout(100);
    assert.equal(await page.evaluate(() => window.pwned), undefined);
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.getElementById('odd')).color), 'rgb(255, 0, 0)');
    assert.ok(page.heard.length >= 3 && page.heard.every((line) => /Content Security Policy|^request: https:\/\/127.0.0.1:9\/x$/.test(line)), page.heard.join('\n'));
    await page.context().close();
  },
  async 'the download is run.json'() {
    for (const name of ['passing', 'hostile']) {
      const page = await open(name);
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')]);
      assert.equal(download.suggestedFilename(), 'run.json');
      const run = JSON.parse(readFileSync(await download.path(), 'utf8'));
      const original = JSON.parse(readFileSync(join(folder, name + '.json'), 'utf8'));
      assert.equal(run.exchanges.length, original.exchanges.length);
      if (name === 'passing') assert.deepEqual(run, original);
      page.heard = page.heard.filter((line) => !line.startsWith('request: blob:'));
      await close(page);
    }
  },
  async 'a request is copied as curl, secrets as variables'() {
    const page = await open('broken', { permissions: ['clipboard-read', 'clipboard-write'] });
    const exchange = page.locator('[id="code/single-use"] details.x').last();
    await exchange.locator('> summary').click();
    await exchange.getByRole('button', { name: 'copy as curl' }).click();
    await exchange.getByRole('button', { name: 'copied' }).waitFor({ timeout: 5000 });
    const command = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(command, /^# set first: .*\bCODE_\d+\b/);
    assert.match(command, /^curl -i -X 'POST' 'http:\/\/127\.0\.0\.1:\d+\/token' \\$/m);
    assert.match(command, /--data-raw 'grant_type=authorization_code&code='"\$CODE_\d+"'&redirect_uri=/);
    assert.doesNotMatch(command, /[‹›]|Content-Length/i);
    await page.locator('[id="code/single-use"] .again button').click();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^assay check --defect code-reusable --only code\/single-use -v$/);
    await close(page);
  },
  async 'equal secrets show one another'() {
    const page = await open('broken');
    await page.evaluate(() => { for (const one of document.querySelectorAll('[id="code/single-use"] details')) one.open = true; });
    const codes = page.locator('[id="code/single-use"] mark', { hasText: '‹code#' });
    const labels = new Set(await codes.allTextContents());
    assert.equal(labels.size, 1, 'one code, sent twice');
    await codes.first().click();
    assert.ok(await page.locator('mark.same').count() >= 3);
    await codes.first().click();
    assert.equal(await page.locator('mark.same').count(), 0);
    await page.locator('[id="code/single-use"] .seq .a').last().click();
    assert.match(page.url(), /#x\d+$/);
    await close(page);
  },
  async 'on paper failures are open and tools are gone'() {
    const page = await open('broken');
    await page.evaluate(() => { document.querySelector('.rule.is-fail').open = false; });
    await page.emulateMedia({ media: 'print' });
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    assert.equal(await page.locator('#filter').isVisible(), false);
    assert.ok(await page.locator('.rule.is-fail > .inside').isVisible());
    assert.ok((await page.pdf()).length > 10000);
    await close(page);
  },
  async 'charts have their numbers beside them'() {
    const page = await open('load');
    const figures = await page.evaluate(() => [...document.querySelectorAll('figure')].map((one) => ({ name: one.querySelector('svg').getAttribute('aria-label'),
      rows: one.querySelectorAll('tbody tr').length, caption: one.querySelector('figcaption').textContent,
      points: Math.max(...[...one.querySelectorAll('path')].map((path) => path.getAttribute('d').split(/[ML ]+/).length / 2)) })));
    assert.equal(figures.length, 3);
    for (const one of figures) assert.ok(one.name && one.rows >= 2 && one.caption.length > 40 && one.points <= 600, JSON.stringify(one));
    await page.locator('figure svg').first().hover();
    assert.ok(await page.locator('.hair[x1]').count() === 1);
    for (const link of await page.locator('.marks a').all())
      assert.ok(await page.evaluate((id) => !!document.getElementById(id), (await link.getAttribute('href')).slice(1)));
    assert.ok(await page.locator('.marks a').count() > 0, 'what broke leads to its evidence');
    await close(page);
  },
  async 'no secret of the target is on a page or in its data'() {
    for (const name of PAGES) {
      const text = readFileSync(join(folder, name + '.html'), 'utf8');
      const data = gunzipSync(Buffer.from(JSON.parse(text.match(/id=run-json>(.*?)<\/script>/s)[1]).data, 'base64')).toString();
      for (const secret of ['web-secret', 'second-secret', 'service-secret', 'alice-password', 'bob-password'])
        for (const coated of [secret, Buffer.from(secret).toString('base64').slice(2, -4), encodeURIComponent(secret)])
          assert.ok(!text.includes(coated) && !data.includes(coated), `${name}: ${coated}`);
    }
  },
  async 'pages keep to their size'() {
    const size = (name) => statSync(join(folder, name + '.html')).size;
    assert.ok(size('bare') < 150_000, `without evidence ${size('bare')}`);
    assert.ok(size('passing') < 2_500_000, `all rules, with evidence ${size('passing')}`);
    const text = readFileSync(join(folder, 'passing.html'), 'utf8');
    const data = JSON.parse(text.match(/id=run-json>(.*?)<\/script>/s)[1]);
    assert.deepEqual(JSON.parse(gunzipSync(Buffer.from(data.data, 'base64'))), JSON.parse(readFileSync(join(folder, 'passing.json'), 'utf8')));
  },
};

let passed = 0, failed = 0;
try {
  makeReports(assay, folder);
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'], timeout: 20000 });
  for (const [name, run] of Object.entries(cases)) {
    if (!name.includes(wanted)) continue;
    const started = Date.now();
    try {
      await Promise.race([run(), new Promise((_, no) => setTimeout(no, 120000, new Error('took more than two minutes')).unref())]);
      passed++;
      console.log(`ok     ${name} (${Date.now() - started} ms)`);
    } catch (error) {
      failed++;
      console.log(`FAILED ${name}: ${error.message.slice(0, 3000)}`);
    }
  }
} catch (error) {
  failed++;
  console.log(`FAILED before the first case: ${error.message}\n${error.stderr ?? ''}`);
} finally {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
