// Chromium, pages that remember every complaint, accessibility checks and screenshots.
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = resolve(fileURLToPath(import.meta.url), '../../../..');
const scratch = join(root, 'build/screenshots');
const shots = process.env.FETTLE_SCREENSHOTS === '1' ? join(root, 'docs/screenshots') : scratch;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const flags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export const openBrowser = () => chromium.launch({ executablePath: process.env.FETTLE_CHROMIUM ?? '/usr/bin/chromium', args: flags });

/** A page that collects what it should never have: errors in the console, uncaught exceptions, violations of the policy. */
export async function openPage(context) {
  const page = await context.newPage();
  page.complaints = [];
  /** What has no answer yet, and what got none. */
  page.asked = new Set();
  page.lost = [];
  page.on('requestfailed', (request) => page.lost.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on('request', (request) => page.asked.add(request.url()));
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => page.asked.delete(request.url()));
  // An answer that is not 2xx is a line in the console too; those are asked for in some tests (401 before signing in).
  const expected = /^Failed to load resource/;
  page.on('console', (message) => {
    if (message.type() === 'error' && !expected.test(message.text())) page.complaints.push(message.text());
  });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('request', (request) => {
    if (!/^(data:|blob:|https?:\/\/127\.0\.0\.1[:/])/.test(request.url())) page.complaints.push(`asked elsewhere: ${request.url()}`);
  });
  return page;
}

/** Violations of WCAG 2.2 AA, and of AAA for the contrast of text, as lines to read. The script goes in through the debugger, which the policy does not concern. */
export async function accessibilityFaults(page) {
  // In the middle of a transition colours are neither the one nor the other.
  await page.evaluate(() => Promise.allSettled(
    document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity).map((one) => one.finished),
  ));
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const result = await window.axe.run(document, { runOnly: { type: 'tag', values: tags }, rules: { 'color-contrast-enhanced': { enabled: true } } });
    return result.violations.flatMap((fault) => fault.nodes.map((node) => `${fault.id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`));
  });
}

/** How many px the page is wider than the window, anywhere it matters. */
export const overflow = (page) =>
  page.evaluate(() => {
    const of = (element) => (element ? element.scrollWidth - element.clientWidth : 0);
    return Math.max(of(document.documentElement), of(document.querySelector('main')));
  });

/** Kept ones go to the documentation when asked for; the others, in build/screenshots, are for whoever looks into a test. */
export async function screenshot(page, name, kind = 'kept') {
  const folder = kind === 'kept' ? shots : scratch;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}
