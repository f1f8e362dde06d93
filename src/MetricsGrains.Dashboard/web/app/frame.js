// Reads the frames that Live/FrameWriter.cs writes; the layout is described there.

const text = new TextDecoder();

/** Calls onSection with each section: { chart, reset, from, to, step, head, series: [{ index, buckets, values }] }. Returns the server's time. */
export function readFrame(bytes, onSection) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const now = view.getFloat64(0, true);
  let at = 8;
  while (at < view.byteLength) {
    const end = at + 8 + view.getUint32(at + 4, true);
    onSection(readSection(bytes, view, at, end));
    at = end;
  }
  return now;
}

function readSection(bytes, view, at, end) {
  const headLength = view.getUint32(at + 28, true);
  const section = {
    chart: view.getUint16(at, true),
    reset: view.getUint8(at + 2) === 1,
    from: view.getFloat64(at + 8, true),
    to: view.getFloat64(at + 16, true),
    step: view.getUint32(at + 24, true),
    head: headLength ? JSON.parse(text.decode(bytes.subarray(at + 32, at + 32 + headLength))) : null,
    series: [],
  };
  at += 32 + headLength;
  while (at < end) {
    const count = view.getUint32(at + 4, true);
    const series = { index: view.getUint16(at, true), buckets: new Uint32Array(count), values: new Float64Array(count) };
    at += 8;
    for (let i = 0; i < count; i++, at += 12) {
      series.buckets[i] = view.getUint32(at, true);
      series.values[i] = view.getFloat64(at + 4, true);
    }
    section.series.push(series);
  }
  return section;
}
