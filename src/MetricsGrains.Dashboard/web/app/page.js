// What a page needs before and beside Blazor: the theme, the ages of things, and the way back to a lost server.

import './clock.js';
import { ago, span } from './format.js';
import { recall, remember } from './keep.js';

const root = document.documentElement;

/** Called by the theme button. The first paint is the doing of a few lines in the page's head. */
window.metricsGrains.toggleTheme = () => {
  const theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
  remember('mg-theme', theme);
  window.metricsGrains.setTheme(theme);
};

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', e => {
  if (!recall('mg-theme')) window.metricsGrains.setTheme(e.matches ? 'dark' : 'light');
});

// Ages count here, not over the circuit. The server's clock counts, not this machine's.
setInterval(() => {
  const now = Date.now() - (window.metricsGrains.skew ?? 0);
  for (const element of document.querySelectorAll('time[data-ms]')) {
    const then = Number(element.dataset.ms);
    const text = then <= 0 ? '–' : element.dataset.style === 'span' ? span(now - then) : ago(then, now);
    // The text node is Blazor's: it is written to, never replaced.
    if (element.firstChild && element.firstChild.nodeValue !== text) element.firstChild.nodeValue = text;
  }
}, 1000);

// What is chosen in a field with completion is replaced by typing, not added to. After the click that focused it, which would deselect.
document.addEventListener('focusin', e => {
  if (e.target.matches('[role="combobox"]')) setTimeout(() => e.target.select());
});

// Enter takes what completion offers; the form around the field is not sent by it.
document.addEventListener('keydown', e => {
  if (e.key === 'Enter' && e.target.matches('[role="combobox"]')) e.preventDefault();
});

// Blazor sets these classes. "rejected": the server is back but does not know this page; "failed": Blazor has given up asking.
const modal = document.getElementById('components-reconnect-modal');
new MutationObserver(() => {
  if (modal.classList.contains('components-reconnect-rejected')) location.reload();
  if (modal.classList.contains('components-reconnect-failed')) reloadWhenBack();
}).observe(modal, { attributes: true, attributeFilter: ['class'] });

let waiting = false;

async function reloadWhenBack() {
  if (waiting) return;
  waiting = true;
  for (;;) {
    try {
      await fetch(location.href, { method: 'HEAD', cache: 'no-store' });
      location.reload();
      return;
    } catch {
      await new Promise(done => setTimeout(done, 2000));
    }
  }
}

document.getElementById('reconnect-now').addEventListener('click', () => location.reload());

Blazor.start({ circuit: { reconnectionOptions: { maxRetries: 600, retryIntervalMilliseconds: retries => retries < 10 ? 500 : 2000 } } });
