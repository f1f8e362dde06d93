// The browser's side of Live/LiveBoard.cs: charts by number, and one frame a tick for all of them.

import { readFrame } from './frame.js';
import { Spark } from './spark.js';
import { TimeChart } from './chart.js';

const charts = new Map();
let skew = 0;

const theme = new MutationObserver(() => charts.forEach(c => c.draw(serverNow())));
theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });

/** The server's clock, as far as the last frame told: a wrong clock in a laptop must not make fresh data look old. */
const serverNow = () => Date.now() - skew;

/** The page is no longer only drawn: what is typed and clicked now arrives. */
export function connected() {
  document.documentElement.dataset.connected = 'true';
}

export function focusHeading() {
  document.querySelector('h1')?.focus();
}

export function attach(id, style, element, callback) {
  charts.set(id, style === 'spark' ? new Spark(element) : new TimeChart(element, callback, style === 'threshold'));
}

export function detach(id) {
  charts.get(id)?.dispose();
  charts.delete(id);
}

/** Charts that are alive; what left the page must not be among them. */
export const count = () => charts.size;

export function apply(bytes) {
  const touched = new Set();
  const now = readFrame(bytes, section => {
    const chart = charts.get(section.chart);
    if (!chart) return;
    chart.apply(section);
    touched.add(chart);
  });
  skew = Date.now() - now;
  window.metricsGrains.skew = skew;
  touched.forEach(c => c.draw(now));
}

/** Lays a rule's threshold over its chart, or moves it. */
export function threshold(id, spec) {
  charts.get(id)?.setThreshold(spec);
}

/** Shows a chart as a drawing or as a table. */
export function show(id, view) {
  charts.get(id)?.show(view, serverNow());
}

/** What a date field shows for a time, and back: the server does not know the browser's time zone. */
export function toLocalField(ms) {
  const d = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return d.toISOString().slice(0, 19);
}

export const fromLocalField = text => text ? new Date(text).getTime() : null;

/** IANA name of the browser's time zone. */
export const timeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone ?? '';

export { recall, remember } from './keep.js';

/** Posts the file chosen in an input to the API; the answer's text. */
export async function upload(input, path) {
  try {
    const answer = await fetch(path, { method: 'POST', body: input.files[0], headers: { 'Content-Type': 'application/yaml' } });
    return await answer.text();
  } catch (error) {
    return JSON.stringify({ status: 'error', error: String(error) });
  }
}

export async function copy(text) {
  if (navigator.clipboard && isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Plain http on another host: the clipboard API is not there.
  const field = document.body.appendChild(Object.assign(document.createElement('textarea'), { value: text }));
  field.select();
  document.execCommand('copy');
  field.remove();
}
