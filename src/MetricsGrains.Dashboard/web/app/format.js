// Numbers for people. The twin of Formatting/ValueFormat.cs: what one writes, the other writes too.

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const LARGE = ['', 'k', 'M', 'G', 'T', 'P'];
const SECONDS = { ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600, d: 86400 };
const SPELLINGS = {
  By: 'B', byte: 'B', bytes: 'B', millisecond: 'ms', milliseconds: 'ms', second: 's', seconds: 's',
  microsecond: 'us', microseconds: 'us', 'µs': 'us', nanosecond: 'ns', nanoseconds: 'ns', percent: '%', 1: '',
};

const plain = unit => unit in SPELLINGS ? SPELLINGS[unit] : unit.startsWith('{') ? '' : unit;

/** Splits "By/s" into its unit and whether it is per second. */
export function unitOf(text) {
  const perSecond = text.endsWith('/s');
  return { of: plain(perSecond ? text.slice(0, -2) : text), perSecond };
}

export const isBinary = text => unitOf(text).of === 'B';

export function format(value, unit) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const { of, perSecond } = unitOf(unit);
  let text;
  if (of === 'B') text = scaled(value, 1024, BINARY);
  else if (of in SECONDS && !perSecond) text = duration(value * SECONDS[of]);
  else if (of === '%') text = digits(value) + ' %';
  else text = scaled(value, 1000, LARGE) + (of ? ' ' + of : '');
  return perSecond ? text + '/s' : text;
}

function scaled(value, base, names) {
  let power = 0;
  while (Math.abs(value) >= 999.5 && power < names.length - 1) { value /= base; power++; }
  return digits(value) + (names[power] ? ' ' + names[power] : '');
}

function duration(seconds) {
  const size = Math.abs(seconds);
  if (size === 0) return '0 s';
  if (size < 1e-6) return digits(seconds * 1e9) + ' ns';
  if (size < 1e-3) return digits(seconds * 1e6) + ' µs';
  if (size < 1) return digits(seconds * 1e3) + ' ms';
  if (size < 120) return digits(seconds) + ' s';
  if (size < 7200) return digits(seconds / 60) + ' min';
  return size < 172800 ? digits(seconds / 3600) + ' h' : digits(seconds / 86400) + ' d';
}

function digits(value) {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 0.001) return value.toExponential(2).replace(/\.?0+e/, 'E').replace('e', 'E');
  const places = size < 0.0995 ? 4 : size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  return String(Number(value.toFixed(places)));
}

const pad = n => String(n).padStart(2, '0');

/** Local time; with the day when the range is longer than one, without seconds when buckets are minutes. */
export function formatTime(ms, withDay, withSeconds) {
  const d = new Date(ms);
  const clock = pad(d.getHours()) + ':' + pad(d.getMinutes()) + (withSeconds ? ':' + pad(d.getSeconds()) : '');
  return withDay ? `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())} ${clock}` : clock;
}

/** "3 s ago": the twin of Formatting/Elapsed.cs. */
export function span(ms) {
  if (ms < 60_000) return Math.floor(Math.max(ms, 0) / 1000) + ' s';
  if (ms < 3_600_000) return Math.floor(ms / 60_000) + ' min';
  return ms < 172_800_000 ? Math.floor(ms / 3_600_000) + ' h' : Math.floor(ms / 86_400_000) + ' d';
}

export const ago = (then, now) => now - then < 1000 ? 'now' : span(now - then) + ' ago';
