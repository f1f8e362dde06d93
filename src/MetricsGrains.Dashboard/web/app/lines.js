// A chart's lines in the browser: one dense column a series over a sliding window of buckets.

// Points farther apart than this (and than two buckets) are not joined: a gap in the data is a gap in the line.
const JOIN_MS = 65_000;

export class Lines {
  from = 0; to = 0; step = 10_000; unit = ''; grows = false;
  labels = []; columns = [];

  get length() { return Math.max(0, Math.round((this.to - this.from) / this.step)); }

  apply(section) {
    if (section.reset) {
      Object.assign(this, { from: section.from, to: section.to, step: section.step, ...section.head });
      this.columns = this.labels.map(() => new Array(this.length).fill(null));
    } else {
      this.#slide(section.from, section.to);
    }
    for (const { index, buckets, values } of section.series) {
      const column = this.columns[index];
      for (let i = 0; i < buckets.length; i++) {
        if (column && buckets[i] < column.length) column[buckets[i]] = values[i];
      }
    }
  }

  #slide(from, to) {
    const drop = Math.round((from - this.from) / this.step);
    this.from = from;
    this.to = to;
    const length = this.length;
    for (const column of this.columns) {
      if (drop > 0) column.splice(0, drop);
      while (column.length < length) column.push(null);
      column.length = length;
    }
  }

  timeAt(i) { return this.from + i * this.step; }

  /** Points there are, over all series. */
  count() { return this.columns.reduce((n, c) => n + c.reduce((m, v) => m + (v !== null), 0), 0); }

  /** A bucket that is still filling when its statistic grows shows too little: the last whole one is what it was. */
  lastOf(s, now) {
    const column = this.columns[s];
    let open = null;
    for (let i = column.length - 1; i >= 0; i--) {
      if (column[i] === null) continue;
      if (!this.grows || this.timeAt(i) + this.step <= now) return column[i];
      open ??= column[i];
    }
    return open;
  }

  /** The first bucket that is still filling, where that makes its value too small; the length when there is none. */
  openAt(now) {
    return this.grows ? Math.min(this.length, Math.max(0, Math.floor((now - this.from) / this.step))) : this.length;
  }

  newest() {
    let at = -1, value = null;
    for (const column of this.columns) {
      for (let i = column.length - 1; i > at; i--) if (column[i] !== null) { at = i; value = column[i]; break; }
    }
    return value;
  }

  /** Least and greatest, of whole buckets only if the statistic grows within one. */
  rangeOf(s, now) {
    let min = Infinity, max = -Infinity;
    const column = this.columns[s];
    for (let i = 0; i < column.length; i++) {
      if (column[i] === null || (this.grows && this.timeAt(i) + this.step > now)) continue;
      min = Math.min(min, column[i]);
      max = Math.max(max, column[i]);
    }
    return max < min ? [null, null] : [min, max];
  }

  /** For uPlot: seconds, then a column a series; undefined joins its neighbours, null does not. Buckets still filling are left to openEnd. */
  aligned(now) {
    const xs = Array.from({ length: this.length }, (_, i) => this.timeAt(i) / 1000);
    const open = this.openAt(now);
    return [xs, ...this.columns.map(c => joined(open < c.length ? c.slice(0, open).concat(new Array(c.length - open).fill(null)) : c, this.#reach()))];
  }

  /** A line's end that is not settled: the last whole point, if it is near, and those after it, as [bucket, value]. */
  openEnd(s, now) {
    const column = this.columns[s], open = this.openAt(now), end = [];
    for (let i = open; i < column.length; i++) if (column[i] !== null) end.push([i, column[i]]);
    if (!end.length) return end;
    for (let i = open - 1; i >= Math.max(0, end[0][0] - this.#reach()); i--) {
      if (column[i] !== null) { end.unshift([i, column[i]]); break; }
    }
    return end;
  }

  #reach() { return Math.max(2, Math.floor(JOIN_MS / this.step)); }
}

function joined(column, reach) {
  const out = column.slice();
  let last = -1;
  for (let i = 0; i < out.length; i++) {
    if (out[i] === null) continue;
    if (last >= 0 && i - last > 1 && i - last <= reach) out.fill(undefined, last + 1, i);
    last = i;
  }
  return out;
}
