// CloudWatch's dashboards, drawn from their DashboardBody: #/dashboard and #/dashboard/{name}.
import { call, list, nameOf, orElse } from '../api.js';
import { chart, chartTable } from '../charts.js';
import { h } from '../dom.js';
import { dateTime, figure, moment } from '../format.js';
import { markdown } from '../markdown.js';
import { alarmPeriod, alarmQueries, condition, expand, now, read, widgetQueries } from '../metrics.js';
import { badge, dialog, head, select } from '../ui.js';

/** @type {[string, string][]} */
const spans = [['900', '15 min'], ['3600', '1 hour'], ['10800', '3 hours'], ['43200', '12 hours'], ['86400', '1 day']];

/** @type {import('../app.js').Page} */
export default {
  interval: 5000,
  load: async ({ params: [wanted], state, signal }) => {
    const [entries, end] = await Promise.all([list('monitoring', 'ListDashboards', {}, 'DashboardEntries', { signal }), now(signal)]);
    const name = wanted ?? entries[0]?.DashboardName;
    if (!name) {
      return { entries, name: undefined, widgets: [] };
    }

    const body = JSON.parse((await call('monitoring', 'GetDashboard', { DashboardName: name }, signal)).DashboardBody);
    const span = Number(state.span ?? 3600);
    const widgets = await Promise.all((body.widgets ?? []).map(async widget => ({ ...widget, data: await dataOf(widget, end - span, end, signal) })));
    return { entries, name, end, widgets };
  },

  render: ({ entries, name, end, widgets }, { state, set, refresh }) => name === undefined
    ? [head('Dashboard'), h('p.empty', {}, 'No dashboard is there. A stack with AWS::CloudWatch::Dashboard brings one.')]
    : [
      head(name, {
        actions: [
          h('span.note', {}, `until ${dateTime(moment(end))}`),
          entries.length > 1 && h('label', {}, 'Dashboard ', select('dashboard', name, entries.map(entry => [entry.DashboardName, entry.DashboardName]), chosen => { location.hash = `#/dashboard/${encodeURIComponent(chosen)}`; })),
          h('label', {}, 'Time ', select('span', state.span ?? '3600', spans, span => {
            set({ span });
            refresh();
          })),
        ],
      }),
      h('div.dashboard', {}, widgets.map((widget, i) => draw(widget, i))),
    ],
};

/** What a widget needs beyond its own text. @param {any} widget @param {number} start @param {number} end @param {AbortSignal} signal */
async function dataOf({ type, properties = {} }, start, end, signal) {
  if (type === 'alarm') {
    const names = (properties.alarms ?? []).map(nameOf);
    const alarms = await list('monitoring', 'DescribeAlarms', { AlarmNames: names, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }, 'MetricAlarms', { signal });
    return names.map(name => alarms.find(alarm => alarm.AlarmName === name) ?? { AlarmName: name, StateValue: 'not there' });
  }

  if (type !== 'metric') {
    return undefined;
  }

  const alarmArn = properties.annotations?.alarms?.[0];
  if (alarmArn) {
    const { MetricAlarms: [alarm] } = await call('monitoring', 'DescribeAlarms', { AlarmNames: [nameOf(alarmArn)] }, signal);
    return alarm && chartProps(properties.title ?? condition(alarm), await read(alarmQueries(alarm), start, end, signal), start, end, alarmPeriod(alarm), [{ value: alarm.Threshold, label: 'Threshold' }], properties);
  }

  const answer = await orElse(read(widgetQueries(properties), start, end, signal).then(series => ({ series })), undefined);
  if (!answer) {
    return undefined;
  }

  const right = new Set(expand(properties.metrics ?? []).filter(metric => metric.yAxis === 'right').map(metric => metric.id));
  const series = answer.series.map(one => ({ ...one, axis: right.has(one.id) ? /** @type {const} */ ('right') : /** @type {const} */ ('left') }));
  const lines = (properties.annotations?.horizontal ?? []).filter(line => line.value !== undefined).map(line => ({ value: line.value, label: line.label ?? '' }));
  return chartProps(properties.title ?? series.map(one => one.label).join(', '), series, start, end, properties.period ?? 300, lines, properties);
}

const chartProps = (title, series, start, end, period, lines, properties) =>
  ({ title, series, start, end, period, lines, min: properties.yAxis?.left?.min, unit: properties.yAxis?.left?.label });

/** @param {any} widget @param {number} i */
function draw({ type, x, y, width = 6, height = 6, properties = {}, data }, i) {
  const title = properties.title ?? data?.title ?? { alarm: 'Alarms', text: '' }[type] ?? type;
  const place = { 'grid-column': x === undefined ? `span ${width}` : `${x + 1} / span ${width}`, 'grid-row': y === undefined ? `span ${height}` : `${y + 1} / span ${height}` };
  return h('section.panel', { 'data-key': i, style: place, class: width > 12 ? 'wide' : null, 'aria-label': title || 'Text' },
    title && h('header', {}, h('h2', {}, title), data?.unit && h('span.note', {}, data.unit),
      data?.series && h('div.actions', {}, h('button.link', { type: 'button', 'aria-label': `Datapoints of ${title}`, onclick: () => showData(data) }, 'Data'))),
    h('div.body', {}, content(type, properties, data)));
}

/** @param {string} type @param {any} properties @param {any} data */
function content(type, properties, data) {
  switch (type) {
    case 'text':
      return markdown(properties.markdown ?? '');
    case 'alarm':
      return h('ul.alarm-chips', {}, data.map(alarm => h('li', {}, h('a', {
        href: `#/alarms/${encodeURIComponent(alarm.AlarmName)}`, class: alarm.StateValue === 'ALARM' ? 'bad' : null, title: alarm.StateReason, 'aria-label': `${alarm.AlarmName}: ${alarm.StateValue}`,
      }, badge(alarm.StateValue), alarm.AlarmName))));
    case 'metric':
      if (!data) {
        return h('p.note', {}, 'CloudWatch refused this widget’s metrics.');
      }

      switch (properties.view ?? 'timeSeries') {
        case 'timeSeries':
          return chart(data);
        case 'singleValue':
          return h('div.figures', {}, data.series.map(one => h('div', {}, h('div.note', {}, one.label), h('div.value', {}, figure(one.values[one.values.length - 1])))));
        default:
          return h('p.note', {}, `LocalCloud does not draw the view ‘${properties.view}’.`);
      }

    default:
      return h('p.note', {}, `LocalCloud does not draw widgets of the type ‘${type}’.`);
  }
}

/** @param {import('../charts.js').ChartProps} data */
const showData = data => dialog(data.title, close => [
  chartTable(data, true),
  h('div.buttons', {}, h('button', { type: 'button', autofocus: true, onclick: () => close() }, 'Close')),
], { wide: true });
