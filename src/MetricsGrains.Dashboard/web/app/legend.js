// The legend: a line a series with its last, least and greatest value. Sorts by a column; a click hides a series, a double click shows it alone.

import { format } from './format.js';
import { strokeOf } from './palette.js';

const COLUMNS = [['name', 'Series'], ['last', 'Last'], ['min', 'Min'], ['max', 'Max']];

export class Legend {
  #rows = new Map();
  #sort = { by: 'name', down: false };

  constructor(parent, onToggle, onFocus) {
    this.onToggle = onToggle;
    this.onFocus = onFocus;
    const scroll = parent.appendChild(Object.assign(document.createElement('div'), { className: 'mg-legend' }));
    const table = scroll.appendChild(document.createElement('table'));
    table.dataset.testid = 'legend';
    table.setAttribute('aria-label', 'Series with their last, least and greatest value');
    this.head = table.createTHead().insertRow();
    this.body = table.createTBody();
    COLUMNS.forEach(([key, title]) => this.#header(key, title));
    this.body.addEventListener('mouseleave', () => onFocus(null));
  }

  update(lines, hidden, now) {
    Object.assign(this, { lines, hidden, now });
    const values = lines.labels.map((label, s) => {
      const [min, max] = lines.rangeOf(s, now);
      return { s, label, name: label, last: lines.lastOf(s, now), min, max };
    });
    const { by, down } = this.#sort;
    const order = (a, b) => by === 'name' ? a.s - b.s : (a[by] ?? -Infinity) - (b[by] ?? -Infinity) || a.s - b.s;
    values.sort((a, b) => down ? order(b, a) : order(a, b));
    for (const label of this.#rows.keys()) {
      if (!lines.labels.includes(label)) { this.#rows.get(label).row.remove(); this.#rows.delete(label); }
    }
    values.forEach((v, at) => this.#fill(v, at, hidden.has(v.label), lines.unit));
  }

  #fill(value, at, isHidden, unit) {
    let entry = this.#rows.get(value.label);
    if (!entry) this.#rows.set(value.label, entry = this.#row(value.label));
    // Touching the order only where it changed keeps the focus and the pointer where they are.
    if (this.body.children[at] !== entry.row) this.body.insertBefore(entry.row, this.body.children[at] ?? null);
    const { stroke } = strokeOf(value.s);
    entry.swatch.style.background = isHidden ? 'transparent' : stroke;
    entry.swatch.style.borderColor = stroke;
    entry.button.setAttribute('aria-pressed', String(!isHidden));
    entry.row.classList.toggle('is-hidden', isHidden);
    ['last', 'min', 'max'].forEach((key, i) => setText(entry.cells[i], format(value[key], unit)));
  }

  #row(label) {
    const row = document.createElement('tr');
    row.dataset.testid = 'legend-row';
    row.dataset.label = label;
    const button = row.insertCell().appendChild(document.createElement('button'));
    button.type = 'button';
    button.title = 'Click to hide or show, double-click to show alone';
    const swatch = button.appendChild(document.createElement('i'));
    button.appendChild(document.createElement('span')).textContent = label || 'all series';
    button.addEventListener('click', e => this.onToggle(label, e.detail === 2 || e.altKey));
    row.addEventListener('mouseenter', () => this.onFocus(label));
    const cells = [0, 1, 2].map(() => row.insertCell());
    return { row, button, swatch, cells };
  }

  #header(key, title) {
    const cell = this.head.appendChild(document.createElement('th'));
    cell.scope = 'col';
    const button = cell.appendChild(Object.assign(document.createElement('button'), { type: 'button', textContent: title }));
    button.addEventListener('click', () => {
      this.#sort = { by: key, down: this.#sort.by === key ? !this.#sort.down : key !== 'name' };
      for (const other of this.head.cells) other.removeAttribute('aria-sort');
      cell.setAttribute('aria-sort', this.#sort.down ? 'descending' : 'ascending');
      if (this.lines) this.update(this.lines, this.hidden, this.now);
    });
  }
}

function setText(cell, text) {
  if (cell.textContent !== text) cell.textContent = text;
}
