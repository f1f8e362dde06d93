// The values under the crosshair.

import { format, formatTime } from './format.js';
import { strokeOf } from './palette.js';

const MAX_ROWS = 12;

export class Tooltip {
  constructor(canvas) {
    this.canvas = canvas;
    this.box = Object.assign(document.createElement('div'), { className: 'mg-tooltip' });
    this.box.dataset.testid = 'chart-tooltip';
  }

  mount(plot) { plot.over.appendChild(this.box); }

  show(u, lines) {
    const { idx, left, top } = u.cursor;
    if (idx === null || idx === undefined || left < 0) {
      this.box.style.display = 'none';
      return;
    }
    const rows = lines.columns
      .map((column, i) => ({ i, value: column[idx] }))
      .filter(r => r.value !== null && r.value !== undefined && u.series[r.i + 1].show)
      .sort((a, b) => b.value - a.value);
    const time = document.createElement('div');
    time.className = 'mg-tooltip-time';
    time.textContent = formatTime(lines.timeAt(idx), lines.to - lines.from > 43_200_000, lines.step < 60_000)
      + (lines.grows && lines.timeAt(idx) + lines.step > Date.now() - (window.metricsGrains.skew ?? 0) ? ' · still filling' : '');
    this.box.replaceChildren(time, ...rows.slice(0, MAX_ROWS).map(r => this.#row(r, lines)));
    if (rows.length > MAX_ROWS) this.box.append(Object.assign(document.createElement('div'), { className: 'mg-tooltip-time', textContent: `and ${rows.length - MAX_ROWS} more` }));
    if (!rows.length) time.textContent += ' · no value';
    this.#place(u, left, top);
  }

  #row({ i, value }, lines) {
    const row = document.createElement('div');
    row.className = 'mg-tooltip-row';
    const swatch = document.createElement('i');
    swatch.style.background = strokeOf(i).stroke;
    const name = Object.assign(document.createElement('span'), { textContent: lines.labels[i] || 'value' });
    const number = Object.assign(document.createElement('b'), { textContent: format(value, lines.unit) });
    row.append(swatch, name, number);
    return row;
  }

  #place(u, left, top) {
    this.box.style.display = 'block';
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const x = left + 14 + width > u.over.clientWidth ? Math.max(0, left - 14 - width) : left + 14;
    const y = Math.max(0, Math.min(top + 10, u.over.clientHeight - height));
    this.box.style.transform = `translate(${x}px, ${y}px)`;
  }
}
