// Line charts: drawn as SVG, read by pointer, by arrow keys, by a screen reader and as a table.
import { h, patch, svg, widget } from './dom.js';
import { clockTime, figure, moment, shortTime } from './format.js';

/**
 * @typedef {import('./metrics.js').Series} Series
 * @typedef {object} ChartProps
 * @property {string} title
 * @property {Series[]} series
 * @property {number} start seconds
 * @property {number} end seconds
 * @property {number} period seconds between datapoints: a longer step is a gap
 * @property {import('./metrics.js').Line[]} [lines] horizontal lines: thresholds
 * @property {number} [min] where the left axis begins at the latest
 * @property {string} [unit]
 */

const margin = { top: 8, right: 10, bottom: 20, left: 44 };

/** @param {ChartProps} props @returns {HTMLElement} */
export function chart(props) {
  const plot = h('div.plot', { tabindex: '0', role: 'slider', 'aria-orientation': 'horizontal' });
  const element = h('figure.chart', {}, plot, h('ul.legend', {}));
  /** @type {any} */ (element).$cursor = null;
  plot.onpointermove = event => move(element, timeAt(element, event.offsetX));
  plot.onpointerleave = () => move(element, null);
  plot.onblur = () => move(element, null);
  plot.onkeydown = event => step(element, event);
  /** @type {any} */ (element).$props = props;
  // Named from the beginning, though it is drawn when it has a size.
  draw(element);
  new ResizeObserver(() => draw(element)).observe(plot);
  return widget('chart', element, props, (old, next) => {
    /** @type {any} */ (old).$props = next;
    draw(old);
  });
}

/** @param {any} element */
function draw(element) {
  /** @type {ChartProps} */
  const props = element.$props;
  const plot = element.firstChild;
  plot.setAttribute('aria-label', `${props.title}. ${summary(props)}`);
  const { clientWidth: width, clientHeight: height } = plot;
  if (width === 0 || height === 0) {
    return;
  }

  const left = axis(props.series.filter(one => one.axis !== 'right'), props.lines ?? [], props.min);
  const hasRight = props.series.some(one => one.axis === 'right');
  const right = axis(props.series.filter(one => one.axis === 'right'), [], props.min);
  const box = { x0: margin.left, x1: width - (hasRight ? margin.left : margin.right), y0: margin.top, y1: height - margin.bottom };
  const x = time => box.x0 + (time - props.start) / (props.end - props.start) * (box.x1 - box.x0);
  const y = (value, scale) => box.y1 - (value - scale.min) / (scale.max - scale.min) * (box.y1 - box.y0);
  element.$geometry = { box, x, y, left, right };
  const hasData = props.series.some(one => one.values.length > 0);
  patch(plot,
    svg('svg', { 'aria-hidden': 'true', viewBox: `0 0 ${width} ${height}` },
      left.ticks.map(tick => [
        svg('line.gridline', { x1: box.x0, x2: box.x1, y1: y(tick, left), y2: y(tick, left) }),
        svg('text', { x: box.x0 - 7, y: y(tick, left) + 4, 'text-anchor': 'end' }, figure(tick)),
      ]),
      hasRight && right.ticks.map(tick => svg('text', { x: box.x1 + 7, y: y(tick, right) + 4 }, figure(tick))),
      timeTicks(props.start, props.end, box.x1 - box.x0).map(tick =>
        svg('text', { x: x(tick), y: height - 4, 'text-anchor': 'middle' }, shortTime(moment(tick)))),
      svg('line.axis', { x1: box.x0, x2: box.x1, y1: box.y1, y2: box.y1 }),
      (props.lines ?? []).map(line => [
        svg('line.threshold', { x1: box.x0, x2: box.x1, y1: y(line.value, left), y2: y(line.value, left) }),
        svg('text.threshold-label', { x: box.x1 - 2, y: labelHeight(y(line.value, left), box), 'text-anchor': 'end' }, `${line.label} ${figure(line.value)}`),
      ]),
      props.series.map((one, i) => curve(one, props.period, x, value => y(value, one.axis === 'right' ? right : left), color(i))),
      svg('g.pointer', {})),
    !hasData && h('div.nothing', {}, 'No data in this time'));
  patch(element.lastElementChild, (props.series).map((one, i) => h('li', {},
    h('span.swatch', { class: color(i) }), one.label, ' ', h('b', {}, one.values.length > 0 ? figure(one.values[one.values.length - 1]) : '–'), one.axis === 'right' && ' (right)')));
  drawCursor(element);
}

const color = i => `s${i % 8 + 1}`;

/** Above its line, unless that is outside. @param {number} y @param {{ y0: number }} box */
const labelHeight = (y, box) => y - 5 < box.y0 + 8 ? y + 13 : y - 5;

/** @param {ChartProps} props */
function summary(props) {
  const told = props.series.filter(one => one.values.length > 0).map(one =>
    `${one.label}: last ${figure(one.values[one.values.length - 1])}, from ${figure(Math.min(...one.values))} to ${figure(Math.max(...one.values))}${props.unit ? ` ${props.unit}` : ''}`);
  return [...told.length > 0 ? told : ['No data in this time'], ...(props.lines ?? []).map(line => `${line.label} at ${figure(line.value)}`)].join('; ');
}

/** A scale with round steps. @param {Series[]} series @param {import('./metrics.js').Line[]} lines @param {number} [from] */
function axis(series, lines, from) {
  const values = [...series.flatMap(one => one.values), ...lines.map(line => line.value)];
  const low = Math.min(from ?? 0, ...values);
  const high = Math.max(low + 1e-9, ...values);
  const span = high - low < 1e-6 ? 1 : (high - low) * 1.06;
  const magnitude = 10 ** Math.floor(Math.log10(span / 4));
  const size = [1, 2, 2.5, 5, 10].find(factor => span / (factor * magnitude) <= 5) ?? 10;
  const stride = size * magnitude;
  const min = Math.floor(low / stride) * stride;
  const count = Math.ceil((low + span - min) / stride);
  return { min, max: min + count * stride, ticks: Array.from({ length: count + 1 }, (_, i) => min + i * stride) };
}

/** Round times, as many as there is room for. @param {number} start @param {number} end @param {number} width */
function timeTicks(start, end, width) {
  const wanted = (end - start) / Math.max(2, width / 80);
  const stride = [60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400].find(size => size >= wanted) ?? 86400;
  const ticks = [];
  for (let tick = Math.ceil(start / stride) * stride; tick <= end; tick += stride) {
    ticks.push(tick);
  }

  return ticks;
}

/** A line, broken where datapoints are missing; a lonely datapoint is a dot. @param {Series} one @param {number} period @param {(time: number) => number} x @param {(value: number) => number} y @param {string} className */
function curve(one, period, x, y, className) {
  let path = '';
  const dots = [];
  one.times.forEach((time, i) => {
    const joinsLast = i > 0 && time - one.times[i - 1] <= period * 1.5;
    const joinsNext = i + 1 < one.times.length && one.times[i + 1] - time <= period * 1.5;
    path += `${joinsLast ? 'L' : 'M'}${x(time).toFixed(1)} ${y(one.values[i]).toFixed(1)}`;
    if (!joinsLast && !joinsNext) {
      dots.push(svg('circle.dot', { class: className, cx: x(time), cy: y(one.values[i]), r: 2.6 }));
    }
  });
  return [svg('path.line', { class: className, d: path }), dots];
}

/** All times that have a datapoint. @param {ChartProps} props */
const times = props => [...new Set(props.series.flatMap(one => one.times))].sort((a, b) => a - b);

/** @param {any} element @param {number} offset pixels */
function timeAt(element, offset) {
  const { box } = element.$geometry ?? {};
  if (!box) {
    return null;
  }

  const { start, end } = element.$props;
  const at = start + (offset - box.x0) / (box.x1 - box.x0) * (end - start);
  return times(element.$props).reduce((best, time) => best === null || Math.abs(time - at) < Math.abs(best - at) ? time : best, /** @type {number | null} */ (null));
}

/** @param {any} element @param {KeyboardEvent} event */
function step(element, event) {
  const all = times(element.$props);
  const at = element.$cursor === null ? all.length : all.indexOf(element.$cursor);
  const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1, Escape: -2 }[event.key];
  if (next !== undefined && all.length > 0) {
    move(element, next === -2 ? null : all[Math.min(Math.max(next, 0), all.length - 1)]);
    event.preventDefault();
  }
}

/** @param {any} element @param {number | null} time */
function move(element, time) {
  element.$cursor = time;
  drawCursor(element);
}

/** @param {any} element */
function drawCursor(element) {
  const { $props: props, $geometry: geometry, $cursor: cursor } = element;
  const plot = element.firstChild;
  const layer = plot.querySelector('.pointer');
  plot.querySelector('.readout')?.remove();
  if (!layer || !geometry) {
    return;
  }

  plot.setAttribute('aria-valuemin', '0');
  plot.setAttribute('aria-valuemax', String(Math.max(0, times(props).length - 1)));
  if (cursor === null || cursor < props.start) {
    plot.setAttribute('aria-valuenow', String(Math.max(0, times(props).length - 1)));
    plot.setAttribute('aria-valuetext', 'Arrow keys read the datapoints');
    patch(layer);
    return;
  }

  const { box, x, y, left, right } = geometry;
  const points = props.series.map((one, i) => ({ one, i, value: one.values[one.times.indexOf(cursor)] })).filter(point => point.value !== undefined);
  patch(layer,
    svg('line.cursor', { x1: x(cursor), x2: x(cursor), y1: box.y0, y2: box.y1 }),
    points.map(({ one, i, value }) => svg('circle.mark', { class: color(i), cx: x(cursor), cy: y(value, one.axis === 'right' ? right : left), r: 3.5 })));
  plot.setAttribute('aria-valuenow', String(times(props).indexOf(cursor)));
  plot.setAttribute('aria-valuetext', `${clockTime(moment(cursor))}: ${points.map(({ one, value }) => `${one.label} ${figure(value)}`).join(', ')}`);
  const isLeft = x(cursor) > (box.x0 + box.x1) / 2;
  plot.append(h('div.readout', { 'aria-hidden': 'true', style: isLeft ? { right: `${plot.clientWidth - x(cursor) + 12}px`, top: '4px' } : { left: `${x(cursor) + 12}px`, top: '4px' } },
    h('strong', {}, clockTime(moment(cursor))),
    h('table', {}, points.map(({ one, i, value }) => h('tr', {}, h('td', {}, h('span.swatch', { class: color(i), style: { display: 'block' } })), h('td', {}, one.label), h('td', {}, figure(value)))))));
}

/** The same figures as a table, for who reads instead of looks. @param {ChartProps} props @param {boolean} [isOpen] */
export const chartTable = (props, isOpen = false) => h('details', { open: isOpen }, h('summary', {}, 'Show the datapoints'),
  h('div.scroll', { tabindex: '0', role: 'region', 'aria-label': `Datapoints of ${props.title}` }, h('table', {},
    h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Time'), props.series.map(one => h('th.number', { scope: 'col' }, one.label)))),
    h('tbody', {}, times(props).reverse().map(time => h('tr', { 'data-key': time }, h('th', { scope: 'row' }, clockTime(moment(time))),
      props.series.map(one => h('td.number', {}, figure(one.values[one.times.indexOf(time)])))))))));
