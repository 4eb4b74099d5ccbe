// CloudWatch's alarms: #/alarms and #/alarms/{name}.
import { call, list, nameOf } from '../api.js';
import { chart, chartTable } from '../charts.js';
import { h } from '../dom.js';
import { alarmPeriod, alarmQueries, condition, now, read } from '../metrics.js';
import { announce, badge, facts, field, formValues, head, json, panel, select, table, time } from '../ui.js';

const order = { ALARM: 0, INSUFFICIENT_DATA: 1, OK: 2 };

/** @type {import('../app.js').Page} */
export default {
  load: async ({ params: [name], signal }) => {
    if (!name) {
      const answer = await list('monitoring', 'DescribeAlarms', {}, 'MetricAlarms', { signal });
      const { CompositeAlarms: composite } = await call('monitoring', 'DescribeAlarms', { AlarmTypes: ['CompositeAlarm'] }, signal);
      return { alarms: [...answer, ...composite] };
    }

    const [{ MetricAlarms: [metric], CompositeAlarms: [composite] }, history, end] = await Promise.all([
      call('monitoring', 'DescribeAlarms', { AlarmNames: [name], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }, signal),
      call('monitoring', 'DescribeAlarmHistory', { AlarmName: name, MaxRecords: 50 }, signal),
      now(signal),
    ]);
    const start = metric && end - Math.max(3600, alarmPeriod(metric) * metric.EvaluationPeriods * 8);
    return { name, alarm: metric ?? composite, history: history.AlarmHistoryItems, start, end, series: metric && await read(alarmQueries(metric), start, end, signal) };
  },

  render: (data, context) => data.alarms ? overview(data.alarms, context) : detail(data, context),
};

/** @param {any[]} alarms @param {import('../app.js').Context} context */
function overview(alarms, { state, set }) {
  const firing = alarms.filter(alarm => alarm.StateValue === 'ALARM').length;
  const shown = alarms
    .filter(alarm => (!state.only || alarm.StateValue === state.only) && alarm.AlarmName.includes(state.text ?? ''))
    .sort((a, b) => order[a.StateValue] - order[b.StateValue] || a.AlarmName.localeCompare(b.AlarmName));
  return [
    head('Alarms', {
      beside: firing > 0 ? badge(`${firing} in ALARM`) : alarms.length > 0 && badge('none fires', 'ok'),
      actions: [
        h('input', { type: 'search', placeholder: 'Filter by name', 'aria-label': 'Filter alarms by name', 'data-filter': '', oninput: event => set({ text: event.target.value }) }),
        h('label', {}, 'State ', select('state', state.only ?? '', [['', 'all'], ['ALARM', 'ALARM'], ['OK', 'OK'], ['INSUFFICIENT_DATA', 'INSUFFICIENT_DATA']], only => set({ only }))),
      ],
    }),
    h('section.panel', {}, table([
      { title: 'State', cell: alarm => badge(alarm.StateValue) },
      { title: 'Alarm', rowHeader: true, cell: alarm => h('a', { href: `#/alarms/${encodeURIComponent(alarm.AlarmName)}` }, alarm.AlarmName) },
      { title: 'Condition', cell: alarm => alarm.AlarmRule ?? condition(alarm) },
      { title: 'Changed', class: 'time', cell: alarm => alarm.StateTransitionedTimestamp ? time(alarm.StateTransitionedTimestamp) : '–' },
      { title: 'Reason', cell: alarm => h('div.clip', { title: alarm.StateReason }, alarm.StateReason) },
    ], shown, { caption: 'Alarms, those that fire first', key: alarm => alarm.AlarmName, empty: 'No alarm fits.' })),
  ];
}

/** @param {any} data @param {import('../app.js').Context} context */
function detail({ name, alarm, history, start, end, series }, context) {
  if (!alarm) {
    return [head(name, { crumbs: [h('a', { href: '#/alarms' }, 'Alarms')] }), h('div.alert', { role: 'alert' }, 'There is no alarm of that name.')];
  }

  if (context.state.seen && context.state.seen !== alarm.StateValue) {
    announce(`${name} is now ${alarm.StateValue}`);
  }

  context.state.seen = alarm.StateValue;
  const drawing = series && { title: condition(alarm), series, start, end, period: alarmPeriod(alarm), lines: [{ value: alarm.Threshold, label: 'Threshold' }] };
  return [
    head(name, { crumbs: [h('a', { href: '#/alarms' }, 'Alarms')], beside: badge(alarm.StateValue) }),
    alarm.AlarmDescription && h('p.lead', {}, alarm.AlarmDescription),
    h('div.split', {},
      h('div', {},
        drawing && panel(condition(alarm), [h('div', { style: { height: '260px' } }, chart(drawing)), chartTable(drawing)]),
        panel('History', table([
          { title: 'Time', class: 'time', cell: item => time(item.Timestamp) },
          { title: 'What', cell: item => item.HistoryItemType },
          { title: 'Summary', rowHeader: true, cell: item => h('details', {}, h('summary', {}, item.HistorySummary), item.HistoryData && json(item.HistoryData, `Data of ${item.HistorySummary}`)) },
        ], history.map((item, i) => ({ ...item, i: history.length - i })), { caption: `History of ${name}, newest first`, key: item => `${item.Timestamp}-${item.HistoryItemType}-${item.i}`, empty: 'Nothing has happened.' }), { flush: true })),
      h('div', {},
        panel('State', [facts([
          ['State', badge(alarm.StateValue)],
          ['Reason', alarm.StateReason],
          ['Since', alarm.StateTransitionedTimestamp ? [time(alarm.StateTransitionedTimestamp), ' '] : '–'],
          ['Missing data', alarm.TreatMissingData ?? 'missing'],
          ['Actions', alarm.ActionsEnabled ? 'on' : 'off'],
          ['On ALARM', (alarm.AlarmActions ?? []).map(nameOf).join(', ') || 'nothing'],
          ['On OK', (alarm.OKActions ?? []).map(nameOf).join(', ') || 'nothing'],
          ['Rule', alarm.AlarmRule && h('code', {}, alarm.AlarmRule)],
        ])]),
        panel('Set the state', h('form.fields', {
          onsubmit: event => {
            const { state } = formValues(event);
            context.act(() => call('monitoring', 'SetAlarmState', { AlarmName: name, StateValue: state, StateReason: 'Set on the console page' }), `${name} is set to ${state}`);
          },
        },
        field('Until its next evaluation', select('state', alarm.StateValue === 'ALARM' ? 'OK' : 'ALARM', [['ALARM', 'ALARM'], ['OK', 'OK'], ['INSUFFICIENT_DATA', 'INSUFFICIENT_DATA']])),
        h('div', {}, h('button', { type: 'submit' }, 'Set'))))),
    ),
  ];
}
