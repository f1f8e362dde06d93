// The chart's twin for those who read rather than look: a row a bucket, newest first. Hidden from sight (not from screen readers) beside the drawing.

import { format, formatTime } from './format.js';

const MAX_ROWS = 1000;
const MAX_ROWS_UNSEEN = 60;
const UNSEEN_EVERY_MS = 15_000;

export class PointTable {
  #updated = -Infinity;
  #seen = false;

  constructor(parent) {
    this.box = parent.appendChild(Object.assign(document.createElement('div'), { className: 'mg-points', tabIndex: -1 }));
    this.table = this.box.appendChild(document.createElement('table'));
    this.table.dataset.testid = 'chart-table';
    this.caption = this.table.createCaption();
    this.head = this.table.createTHead();
    this.body = this.table.createTBody();
  }

  update(lines, hidden, now, seen) {
    // Nobody's eyes follow the unseen one: a reader is not told the same thing anew every second.
    if (!seen && !this.#seen && now - this.#updated < UNSEEN_EVERY_MS && this.labels === lines.labels) return;
    this.#updated = now;
    this.#seen = seen;
    this.labels = lines.labels;
    this.box.tabIndex = seen ? 0 : -1;
    const shown = lines.labels.map((label, s) => ({ label, s })).filter(x => !hidden.has(x.label));
    this.head.replaceChildren(row('th', ['Time', ...shown.map(x => x.label || 'Value')]));
    const rows = [];
    const limit = seen ? MAX_ROWS : MAX_ROWS_UNSEEN;
    for (let i = lines.length - 1; i >= 0 && rows.length < limit; i--) {
      if (!shown.some(x => lines.columns[x.s][i] !== null)) continue;
      rows.push(row('td', [formatTime(lines.timeAt(i), true, lines.step < 60_000), ...shown.map(x => format(lines.columns[x.s][i], lines.unit))]));
    }
    this.body.replaceChildren(...rows);
    this.caption.textContent = rows.length ? `${rows.length} buckets, newest first` : 'No values in this range';
  }
}

function row(tag, texts) {
  const tr = document.createElement('tr');
  texts.forEach((text, i) => {
    const cell = tr.appendChild(document.createElement(i === 0 ? 'th' : tag));
    if (tag === 'th' || i === 0) cell.scope = tag === 'th' ? 'col' : 'row';
    cell.textContent = text;
  });
  return tr;
}
