// Takes the pictures for scripts/screenshots. Usage: screenshots.mjs FOLDER-WITH-REPORTS FOLDER-FOR-PICTURES
import { resolve } from 'node:path';
import { chromium } from 'playwright-core';

const [from, to] = process.argv.slice(2).map((path) => resolve(path));
// name, report, place on the page, width, height, theme
const pictures = [
  ['demo', 'broken', '', 1280, 1060, 'light'],
  ['report-1280-light', 'broken', '#code/single-use', 1280, 1500, 'light'],
  ['report-1280-dark', 'broken', '#code/single-use', 1280, 1500, 'dark'],
  ['report-360-light', 'broken', '', 360, 1500, 'light'],
  ['report-360-dark', 'broken', '#code/single-use', 360, 1500, 'dark'],
  ['load-1280-light', 'load', '#load', 1280, 1900, 'light'],
  ['load-360-dark', 'load', '#load', 360, 1500, 'dark'],
];
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
} finally {
  await browser.close();
}
