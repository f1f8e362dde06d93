// A time-series chart: uPlot, its legend and its table. It owns its element; Blazor never touches what is inside.

import uPlot from '../uplot/uPlot.esm.js';
import { format, formatTime, isBinary } from './format.js';
import { Legend } from './legend.js';
import { Lines } from './lines.js';
import { strokeOf, token } from './palette.js';
import { PointTable } from './table.js';
import { Threshold } from './threshold.js';
import { Tooltip } from './tooltip.js';

export class TimeChart {
  #lines = new Lines();
  #plot = null;
  #hidden = new Set();
  #stale = true;
  #size;

  /** withThreshold: a line to drag lies over the chart, which then can't be zoomed by dragging. */
  constructor(element, callback, withThreshold = false) {
    this.element = element;
    this.callback = callback;
    this.threshold = withThreshold ? new Threshold(element, v => callback?.invokeMethodAsync('OnThreshold', v), () => this.#refit()) : null;
    this.canvas = element.appendChild(Object.assign(document.createElement('div'), { className: 'mg-canvas' }));
    this.canvas.dataset.testid = 'chart-canvas';
    this.canvas.setAttribute('aria-hidden', 'true');
    this.legend = new Legend(element, (label, alone) => this.#toggle(label, alone), label => this.#focus(label));
    this.table = new PointTable(element);
    this.tooltip = new Tooltip(this.canvas);
    this.#size = new ResizeObserver(() => this.#plot?.setSize(this.#extent()));
    this.#size.observe(this.canvas);
    element.dataset.view = 'chart';
  }

  apply(section) {
    this.#lines.apply(section);
    if (section.reset) this.#stale = true;
    this.element.dataset.points = this.#lines.count();
    this.element.dataset.lastValue = this.#lines.newest() ?? '';
    this.element.dataset.series = this.#lines.labels.length;
  }

  draw(now) {
    const theme = document.documentElement.dataset.theme;
    this.now = now;
    if (this.#stale || theme !== this.theme) {
      this.theme = theme;
      this.#rebuild();
    } else {
      this.#plot.setData(this.#lines.aligned(now), false);
      this.#rescale();
    }
    this.legend.update(this.#lines, this.#hidden, now);
    this.table.update(this.#lines, this.#hidden, now, this.element.dataset.view === 'table');
  }

  setThreshold(spec) {
    this.threshold?.set(spec);
    this.#refit();
  }

  show(view, now) {
    this.element.dataset.view = view;
    this.table.update(this.#lines, this.#hidden, now, view === 'table');
  }

  #toggle(label, alone) {
    const labels = this.#lines.labels;
    if (alone) {
      const already = this.#hidden.size === labels.length - 1 && !this.#hidden.has(label);
      this.#hidden = new Set(already ? [] : labels.filter(l => l !== label));
    } else if (!this.#hidden.delete(label)) {
      this.#hidden.add(label);
    }
    labels.forEach((l, i) => this.#plot.setSeries(i + 1, { show: !this.#hidden.has(l) }));
    this.legend.update(this.#lines, this.#hidden, this.now);
    this.table.update(this.#lines, this.#hidden, this.now, this.element.dataset.view === 'table');
  }

  #focus(label) {
    const index = label === null ? -1 : this.#lines.labels.indexOf(label);
    this.#plot?.setSeries(index < 0 ? null : index + 1, { focus: index >= 0 });
  }

  #rescale() {
    const { from, to, step } = this.#lines;
    // A little room at the right edge, or the newest point would be cut in half.
    this.#plot.setScale('x', { min: from / 1000, max: (Math.max(from + step, to - step) + (to - from) * 0.004) / 1000 });
  }

  // The line may have left what the scale shows.
  #refit() {
    if (this.#plot) this.#rescale();
    this.threshold?.place();
  }

  // What is drawn beside the chart, on its axis of time, begins and ends where the plot does.
  #tellPlace(u) {
    const frame = this.element.closest('.mg-preview');
    if (!frame) return;
    const left = u.bbox.left / devicePixelRatio, width = u.bbox.width / devicePixelRatio;
    frame.style.setProperty('--mg-plot-left', left + 'px');
    frame.style.setProperty('--mg-plot-right', Math.max(0, u.width - left - width) + 'px');
  }

  #extent() { return { width: Math.max(200, this.canvas.clientWidth), height: Math.max(160, this.canvas.clientHeight) }; }

  #rebuild() {
    this.#stale = false;
    this.#plot?.destroy();
    const unit = this.#lines.unit;
    const axis = { stroke: token('--mg-muted'), font: '11px Inter, sans-serif', grid: { stroke: token('--mg-grid'), width: 1 }, ticks: { show: false } };
    this.#plot = new uPlot({
      ...this.#extent(),
      legend: { show: false },
      padding: [10, 12, 0, 0],
      focus: { alpha: 0.25 },
      cursor: {
        drag: { x: !this.threshold, y: false, setScale: false },
        focus: { prox: 24 },
        points: { size: 7, width: 2 },
      },
      scales: { x: { time: true }, y: { range: (u, min, max) => this.#yRange(u, min, max) } },
      axes: [
        { ...axis, values: (_, splits, __, ___, incr) => splits.map(s => this.#tick(s * 1000, incr)), space: 70, size: 30 },
        {
          ...axis, size: (u, values) => Math.max(44, 14 + 7 * Math.max(...(values ?? []).map(v => v.length), 0)),
          incrs: isBinary(unit) ? binaryIncrements() : undefined,
          values: (_, splits) => splits.map(v => format(v, unit)),
        },
      ],
      series: [{}, ...this.#lines.labels.map((label, i) => this.#series(label, i))],
      hooks: {
        drawClear: [u => this.#shadeOpen(u)],
        draw: [u => this.#drawOpen(u), u => this.#tellPlace(u), () => this.threshold?.place()],
        setCursor: [u => this.tooltip.show(u, this.#lines)],
        setSelect: [u => this.#zoom(u)],
      },
    }, this.#lines.aligned(this.now), this.canvas);
    this.threshold?.mount(this.#plot);
    this.#rescale();
    this.tooltip.mount(this.#plot);
  }

  #series(label, i) {
    const { stroke, dash } = strokeOf(i);
    const alone = this.#lines.labels.length === 1;
    return {
      label, stroke, dash, width: 1.5, show: !this.#hidden.has(label),
      fill: alone ? stroke + '1f' : undefined,
      points: { show: (u, s) => lonely(u.data[s]).length > 0, size: 4, fill: stroke, filter: (u, s) => lonely(u.data[s]) },
    };
  }

  // The day is told where it changes; between, the clock.
  #tick(ms, incrementSeconds) {
    const d = new Date(ms);
    const midnight = d.getHours() === 0 && d.getMinutes() === 0;
    if (incrementSeconds >= 86_400 || midnight) return d.toLocaleDateString('en', { month: 'short', day: 'numeric' });
    return formatTime(ms, false, incrementSeconds < 60);
  }

  // The bucket that is still filling: what it shows is not yet what it will be.
  #shadeOpen(u) {
    const { to, step, grows } = this.#lines;
    if (!grows || !(this.now < to)) return;
    const left = Math.max(u.bbox.left, u.valToPos((to - 2 * step) / 1000, 'x', true));
    u.ctx.save();
    u.ctx.fillStyle = token('--mg-open');
    u.ctx.fillRect(left, u.bbox.top, u.bbox.left + u.bbox.width - left, u.bbox.height);
    u.ctx.restore();
  }

  // What that bucket has so far: dashed, so that it is not taken for a fall.
  #drawOpen(u) {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.lineWidth = 1.5 * devicePixelRatio;
    this.#lines.labels.forEach((_, s) => {
      const series = u.series[s + 1], end = series.show ? this.#lines.openEnd(s, this.now) : [];
      if (!end.length) return;
      const points = end.map(([i, v]) => [u.valToPos(this.#lines.timeAt(i) / 1000, 'x', true), u.valToPos(v, 'y', true)]);
      ctx.globalAlpha = 0.7 * (series.alpha ?? 1);
      ctx.strokeStyle = ctx.fillStyle = strokeOf(s).stroke;
      ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      points.forEach(([x, y], i) => i ? ctx.lineTo(x, y) : ctx.moveTo(x, y));
      ctx.stroke();
      ctx.setLineDash([]);
      ctx.beginPath();
      ctx.arc(...points.at(-1), 2 * devicePixelRatio, 0, 2 * Math.PI);
      ctx.fill();
    });
    ctx.restore();
  }

  #yRange(u, min, max) {
    this.#lines.labels.forEach((_, s) => {
      if (u.series[s + 1] && !u.series[s + 1].show) return;
      for (const [, value] of this.#lines.openEnd(s, this.now)) {
        min = Math.min(min ?? value, value);
        max = Math.max(max ?? value, value);
      }
    });
    return this.threshold ? this.threshold.range(yRange(min, max)) : yRange(min, max);
  }

  #zoom(u) {
    if (u.select.width < 4) return;
    const at = px => Math.round(u.posToVal(px, 'x') * 1000);
    const [from, to] = [at(u.select.left), at(u.select.left + u.select.width)];
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.callback?.invokeMethodAsync('OnZoom', from, Math.max(to, from + this.#lines.step));
  }

  dispose() {
    this.#size.disconnect();
    this.threshold?.dispose();
    this.#plot?.destroy();
    this.element.replaceChildren();
  }
}

function yRange(min, max) {
  if (min === null || max === null || !Number.isFinite(min)) return [0, 1];
  if (min === max) return min === 0 ? [0, 1] : min > 0 ? [0, max * 1.25] : [min * 1.25, 0];
  const room = (max - min) * 0.08;
  const low = min >= 0 && min < max * 0.6 ? 0 : min - room;
  return [low, max <= 0 && max > min * 0.6 ? 0 : max + room];
}

function binaryIncrements() {
  return Array.from({ length: 50 }, (_, i) => 2 ** i);
}

// A point without neighbours makes no line: it is drawn as a dot.
function lonely(column) {
  const at = [];
  for (let i = 0; i < column.length; i++) {
    if (column[i] != null && (i === 0 || column[i - 1] === null) && (i === column.length - 1 || column[i + 1] === null)) at.push(i);
  }
  return at;
}

