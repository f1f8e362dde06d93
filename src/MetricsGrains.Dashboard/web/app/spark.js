// A sparkline: one quiet line in a small canvas, no axes.

import { Lines } from './lines.js';
import { token } from './palette.js';

export class Spark {
  #lines = new Lines();
  #canvas;
  #size;

  constructor(element) {
    this.element = element;
    this.#canvas = element.appendChild(document.createElement('canvas'));
    this.#canvas.setAttribute('aria-hidden', 'true');
    this.#size = new ResizeObserver(() => this.draw());
    this.#size.observe(element);
  }

  apply(section) {
    this.#lines.apply(section);
    this.element.dataset.points = this.#lines.count();
    this.element.dataset.lastValue = this.#lines.newest() ?? '';
  }

  draw(now = this.now) {
    this.now = now;
    const { clientWidth: width, clientHeight: height } = this.element;
    const scale = devicePixelRatio || 1;
    Object.assign(this.#canvas, { width: width * scale, height: height * scale });
    const context = this.#canvas.getContext('2d');
    context.scale(scale, scale);
    const values = this.#closed(now);
    if (!values.length || width < 4) return;
    const present = values.filter(v => v !== null);
    let min = Math.min(...present), max = Math.max(...present);
    if (min >= 0 && min < max / 2) min = 0;
    if (max === min) { max += 1; min -= 1; }
    const x = i => 1 + i * (width - 4) / Math.max(1, values.length - 1);
    const y = v => height - 2 - (v - min) / (max - min) * (height - 4);
    this.#stroke(context, values, x, y, height);
  }

  // The bucket that is still filling would end every counter's line in a fall.
  #closed(now) {
    const column = this.#lines.columns[0] ?? [];
    let end = column.length;
    while (this.#lines.grows && end > 0 && this.#lines.timeAt(end - 1) + this.#lines.step > now) end--;
    const values = column.slice(0, end);
    return values.some(v => v !== null) ? values : [];
  }

  #stroke(context, values, x, y, height) {
    const line = new Path2D();
    let first = -1, last = -1;
    values.forEach((v, i) => {
      if (v === null) return;
      if (last < 0) { line.moveTo(x(i), y(v)); first = i; } else line.lineTo(x(i), y(v));
      last = i;
    });
    const area = new Path2D(line);
    area.lineTo(x(last), height);
    area.lineTo(x(first), height);
    context.fillStyle = token('--mg-spark-fill');
    context.fill(area);
    context.strokeStyle = context.fillStyle = token('--mg-spark');
    context.lineWidth = 1.25;
    context.lineJoin = 'round';
    context.stroke(line);
    if (first === last) context.fillRect(x(first) - 1, y(values[first]) - 1, 2.5, 2.5);
  }

  dispose() {
    this.#size.disconnect();
    this.#canvas.remove();
  }
}
