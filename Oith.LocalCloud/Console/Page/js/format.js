// Figures and times as people read them.

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const short = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** A moment from what the services give: seconds since 1970 or ISO text. @param {number | string} value */
export const moment = value => new Date(typeof value === 'number' ? value * 1000 : value);

/** @param {Date} date */
export const clockTime = date => clock.format(date);

/** Hours and minutes. @param {Date} date */
export const shortTime = date => short.format(date);

/** The time, with the day when it is not today's. @param {Date} date */
export function dateTime(date) {
  return date.toDateString() === new Date().toDateString() ? clock.format(date) : `${day.format(date)}, ${clock.format(date)}`;
}

/** @param {number} seconds */
export function duration(seconds) {
  if (!Number.isFinite(seconds) || seconds < 0) {
    return '–';
  }

  if (seconds === 0) {
    return '0 s';
  }

  if (seconds < 0.001) {
    return `${Math.round(seconds * 1e6)} µs`;
  }

  if (seconds < 1) {
    return `${seconds < 0.01 ? (seconds * 1000).toFixed(1) : Math.round(seconds * 1000)} ms`;
  }

  if (seconds < 60) {
    return `${seconds < 10 && !Number.isInteger(seconds) ? seconds.toFixed(1) : Math.round(seconds)} s`;
  }

  const units = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const at = units.findIndex(([size]) => seconds >= Number(size));
  const [[size, unit], smaller] = [units[at], units[at + 1]];
  const rest = smaller ? Math.floor(seconds % Number(size) / Number(smaller[0])) : 0;
  return `${Math.floor(seconds / Number(size))} ${unit}${rest > 0 ? ` ${rest} ${smaller[1]}` : ''}`;
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** A count, whole and with separators. @param {number | string | undefined} value */
export const count = value => value === undefined || value === '' ? '–' : whole.format(Number(value));

/** A measured value with three significant digits. @param {number | undefined} value */
export function figure(value) {
  if (value === undefined || !Number.isFinite(value)) {
    return '–';
  }

  const size = Math.abs(value);
  if (size >= 1e9) {
    return `${Number((value / 1e9).toPrecision(3))} G`;
  }

  if (size >= 1e6) {
    return `${Number((value / 1e6).toPrecision(3))} M`;
  }

  return size >= 1000 ? whole.format(value) : String(Number(value.toPrecision(3)));
}

/** @param {number} value */
export function bytes(value) {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at++;
  }

  return `${at === 0 ? count(value) : Number(value.toPrecision(3))} ${units[at]}`;
}

/** JSON with line breaks; what is no JSON stays as it is. @param {string} text */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
