// Takes the pictures for scripts/screenshots. Usage: screenshots.mjs FOLDER-WITH-REPORTS FOLDER-FOR-PICTURES
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { chromium } from 'playwright-core';

const [from, to] = process.argv.slice(2).map((path) => resolve(path));
// name, report, place on the page, width, height, theme
const pictures = [
  ['demo', 'broken', '', 1280, 1060, 'light'],
  ['report-1280-light', 'broken', '#code/single-use', 1280, 1150, 'light'],
  ['report-1280-dark', 'broken', '#code/single-use', 1280, 1150, 'dark'],
  ['report-360-light', 'broken', '', 360, 1200, 'light'],
  ['report-360-dark', 'broken', '#code/single-use', 360, 1200, 'dark'],
  ['load-1280-light', 'load', '#load', 1280, 1900, 'light'],
  ['load-360-dark', 'load', '#load', 360, 1500, 'dark'],
];
// What a terminal shows, as a page: text with the few colours and weights that Assay uses (SGR of ECMA-48).
const styles = {
  1: 'font-weight:700', 2: 'opacity:.65', 31: 'color:#ff7b72', 32: 'color:#7ee787', 33: 'color:#e3b341', 35: 'color:#d2a8ff',
  36: 'color:#79c0ff',
};
function terminal(command, output) {
  const escaped = `$ ${command}\n${output}`.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  let open = 0;
  const body = escaped.replace(/\x1b\[(\d*)m/g, (_, code) => {
    if (styles[code]) {
      open += 1;
      return `<span style="${styles[code]}">`;
    }
    const closing = '</span>'.repeat(open);
    open = 0;
    return closing;
  });
  return `<!doctype html><meta charset=utf-8><style>body{margin:0;background:#0d1117;color:#e6edf3}
    pre{margin:0;padding:20px 24px;font:15px/1.4 'DejaVu Sans Mono',monospace}</style><pre>${body}</pre>`;
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  for (const [name, report, place, width, height, colorScheme] of pictures) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    await page.goto(`file://${from}/${report}.html${place}`);
    await page.evaluate(() => document.activeElement.blur());
    await page.screenshot({ path: `${to}/${name}.png` });
    await page.close();
    console.log(`${name}.png`);
  }
  const page = await browser.newPage({ viewport: { width: 800, height: 400 } });
  await page.setContent(terminal('assay check --defect code-reusable', readFileSync(`${from}/terminal.txt`, 'utf8')));
  await page.screenshot({ path: `${to}/terminal.png`, fullPage: true });
  console.log('terminal.png');
} finally {
  await browser.close();
}
