// Log records that came by OTLP: #/logs.
import { call } from '../api.js';
import { h } from '../dom.js';
import { badge, head, json, select, table, time } from '../ui.js';

const shown = 500;

/** From the least to the most severe. */
const levels = ['Trace', 'Debug', 'Information', 'Warning', 'Error', 'Critical'];

/** @param {string} severity */
const rank = severity => levels.findIndex(level => level.toLowerCase().startsWith(severity.toLowerCase().slice(0, 4)));

/** The trace's id as X-Ray writes it. @param {string} id */
const xrayId = id => `1-${id.slice(0, 8)}-${id.slice(8)}`;

/** @type {import('../app.js').Page} */
export default {
  load: async ({ signal }) => (await call('xray', 'LocalCloudGetLogs', { Limit: shown }, signal)).Logs,

  render: (logs, { state, set }) => {
    const least = Number(state.level ?? 0);
    const text = (state.text ?? '').toLowerCase();
    const fitting = logs.map((log, i) => ({ ...log, key: `${log.Time}-${logs.length - i}` }))
      .filter(log => (rank(log.Severity) < 0 || rank(log.Severity) >= least) && (text === '' || `${log.Body} ${log.Service}`.toLowerCase().includes(text)));
    return [
      head('Logs', {
        actions: [
          h('input', { type: 'search', placeholder: 'Filter by text', 'aria-label': 'Filter logs by text', 'data-filter': '', oninput: event => set({ text: event.target.value }) }),
          h('label', {}, 'From level ', select('level', String(least), levels.map((level, i) => [String(i), level]), level => set({ level }))),
        ],
      }),
      h('section.panel', {}, table([
        { title: 'Time', class: 'time', cell: log => time(log.Time) },
        { title: 'Level', cell: log => badge(log.Severity || '–') },
        { title: 'Service', cell: log => log.Service },
        { title: 'Text', rowHeader: true, class: 'break', cell: log => Object.keys(log.Attributes ?? {}).length === 0 ? log.Body : h('details', {}, h('summary', {}, log.Body), json(JSON.stringify(log.Attributes), 'Attributes')) },
        { title: 'Trace', cell: log => log.TraceId ? h('a', { href: `#/traces/${xrayId(log.TraceId)}`, 'aria-label': `Trace of ${log.Body}` }, log.TraceId.slice(0, 8)) : '–' },
      ], fitting, { caption: 'Log records, newest first', key: log => log.key, empty: logs.length > 0 ? 'No record fits.' : 'No log record has come. Logs arrive by OTLP: OTEL_EXPORTER_OTLP_ENDPOINT is this endpoint.' })),
    ];
  },
};
