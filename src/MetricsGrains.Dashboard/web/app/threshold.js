// A rule's threshold on its chart: a line that the mouse and a finger drag and the arrow keys move, a slider to screen readers.

import { format } from './format.js';

// Often enough to see the preview follow, seldom enough not to flood the circuit.
const TELL_MS = 120;

// A move is this part of what the chart shows, rounded to a number that people would write.
const STEPS = 200;

export class Threshold {
  #spec = null;
  #plot = null;
  #frozen = null;
  #toldAt = 0;
  #later = 0;

  /** onMove(value): told while it moves. onRescale(): the chart must fit the line anew. */
  constructor(element, onMove, onRescale) {
    Object.assign(this, { element, onMove, onRescale });
    this.zone = part('mg-threshold-zone');
    this.recovery = part('mg-recovery');
    this.recovery.appendChild(document.createElement('span'));
    this.handle = part('mg-threshold');
    this.handle.dataset.testid = 'threshold';
    this.label = this.handle.appendChild(document.createElement('span'));
    Object.entries({ role: 'slider', tabindex: '0', 'aria-orientation': 'vertical' }).forEach(([k, v]) => this.handle.setAttribute(k, v));
    this.handle.addEventListener('mousedown', e => e.stopPropagation());
    this.handle.addEventListener('pointerdown', e => this.#grab(e));
    this.handle.addEventListener('pointermove', e => this.#drag(e));
    this.handle.addEventListener('pointerup', e => this.#drop(e));
    this.handle.addEventListener('pointercancel', e => this.#drop(e));
    this.handle.addEventListener('keydown', e => this.#key(e));
  }

  mount(plot) {
    const focused = document.activeElement === this.handle;
    this.#plot = plot;
    plot.over.append(this.zone, this.recovery, this.handle);
    if (focused) this.handle.focus();
  }

  /** { value, recovery, side: 'above' | 'below' | '', sign, title, unit, least }; value null: no line. */
  set(spec) {
    // While a hand is on it, the hand is right: an echo of an earlier place must not pull it back.
    if (this.#frozen && this.#spec) spec = { ...spec, value: this.#spec.value };
    this.#spec = spec;
  }

  /** The scale's range with room for the line. Stands still while it is dragged. */
  range([min, max]) {
    if (this.#frozen) return this.#frozen;
    for (const value of [this.#spec?.value, this.#spec?.recovery]) {
      if (!Number.isFinite(value)) continue;
      const room = Math.max(max - min, Math.abs(value) * 0.2) * 0.12;
      if (value > max - room) max = value + room * 1.2;
      if (value < min + room && !(value >= 0 && min >= 0)) min = value - room * 1.2;
      else if (value < min) min = Math.max(0, value - room * 1.2);
    }
    return [min, max];
  }

  place() {
    const spec = this.#spec, u = this.#plot;
    const seen = u && Number.isFinite(spec?.value);
    this.element.dataset.threshold = seen ? spec.value : '';
    this.handle.style.display = this.zone.style.display = seen ? '' : 'none';
    this.recovery.style.display = seen && Number.isFinite(spec.recovery) ? '' : 'none';
    if (!seen) return;
    const height = u.over.clientHeight, { min, max } = u.scales.y;
    const y = Math.min(height, Math.max(0, u.valToPos(spec.value, 'y')));
    this.handle.style.top = y + 'px';
    this.handle.classList.toggle('is-high', y < 24);
    this.label.textContent = `${spec.sign} ${format(spec.value, spec.unit)}`;
    Object.assign(this.zone.style, { top: spec.side === 'above' ? 0 : y + 'px', height: (spec.side === 'above' ? y : spec.side === 'below' ? height - y : 0) + 'px' });
    if (Number.isFinite(spec.recovery)) {
      this.recovery.style.top = u.valToPos(spec.recovery, 'y') + 'px';
      this.recovery.firstChild.textContent = `ends at ${format(spec.recovery, spec.unit)}`;
    }
    const say = { 'aria-label': spec.title, 'aria-valuenow': spec.value, 'aria-valuetext': format(spec.value, spec.unit), 'aria-valuemin': min, 'aria-valuemax': max };
    Object.entries(say).forEach(([k, v]) => this.handle.setAttribute(k, v));
  }

  #grab(e) {
    if (e.button !== 0) return;
    e.stopPropagation();
    e.preventDefault();
    this.handle.focus();
    this.handle.setPointerCapture(e.pointerId);
    this.#frozen = [this.#plot.scales.y.min, this.#plot.scales.y.max];
    this.offset = e.clientY - this.handle.getBoundingClientRect().top - this.handle.offsetHeight / 2;
  }

  #drag(e) {
    if (!this.#frozen) return;
    const top = this.#plot.over.getBoundingClientRect().top;
    const y = Math.min(this.#plot.over.clientHeight, Math.max(0, e.clientY - top - this.offset));
    this.#move(this.#plot.posToVal(y, 'y'));
  }

  #drop() {
    if (!this.#frozen) return;
    this.#frozen = null;
    this.#tell(0);
    this.onRescale();
  }

  #key(e) {
    const step = this.#step() * (e.shiftKey ? 10 : 1), { min, max } = this.#plot.scales.y;
    const to = {
      ArrowUp: this.#spec.value + step, ArrowRight: this.#spec.value + step, ArrowDown: this.#spec.value - step, ArrowLeft: this.#spec.value - step,
      PageUp: this.#spec.value + 10 * step, PageDown: this.#spec.value - 10 * step, Home: min, End: max,
    }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    this.#move(to);
    this.onRescale();
  }

  #move(value) {
    const step = this.#step();
    value = Math.max(this.#spec.least ?? -Infinity, Math.round(value / step) * step);
    // Without the dust of binary fractions.
    this.#spec = { ...this.#spec, value: Number(value.toPrecision(12)) };
    this.place();
    this.#tell(TELL_MS);
  }

  #step() {
    const { min, max } = this.#plot.scales.y;
    const raw = Math.max((max - min) / STEPS, 1e-12), power = 10 ** Math.floor(Math.log10(raw));
    return Math.max(this.#spec.step ?? 0, [1, 2, 5, 10].find(n => n * power >= raw * 0.999) * power);
  }

  #tell(after) {
    clearTimeout(this.#later);
    const wait = this.#toldAt + after - performance.now();
    if (wait > 0) {
      this.#later = setTimeout(() => this.#tell(0), wait);
      return;
    }
    this.#toldAt = performance.now();
    this.onMove(this.#spec.value);
  }

  dispose() {
    clearTimeout(this.#later);
  }
}

function part(className) {
  return Object.assign(document.createElement('div'), { className });
}
