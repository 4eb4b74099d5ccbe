// Lambda's functions: #/functions and #/functions/{name}.
import { call, list, orElse } from '../api.js';
import { chart } from '../charts.js';
import { h } from '../dom.js';
import { bytes, count, duration } from '../format.js';
import { now, read } from '../metrics.js';
import { badge, facts, field, formValues, head, json, label, panel, select, table } from '../ui.js';

const span = 3600;
const period = 60;

/** @type {import('../app.js').Page} */
export default {
  load: async ({ params: [name], signal }) => {
    if (!name) {
      return { functions: await list('lambda', 'ListFunctions', {}, 'Functions', { token: 'Marker', signal }) };
    }

    const [configuration, { Aliases: aliases }, concurrency, end] = await Promise.all([
      call('lambda', 'GetFunctionConfiguration', { FunctionName: name }, signal),
      call('lambda', 'ListAliases', { FunctionName: name }, signal),
      call('lambda', 'GetFunctionConcurrency', { FunctionName: name }, signal),
      now(signal),
    ]);
    const query = (id, metric, statistic) => ({
      Id: id, Label: metric, MetricStat: { Metric: { Namespace: 'AWS/Lambda', MetricName: metric, Dimensions: [{ Name: 'FunctionName', Value: name }] }, Period: period, Stat: statistic },
    });
    const series = await orElse(read([query('i', 'Invocations', 'Sum'), query('e', 'Errors', 'Sum'), query('t', 'Throttles', 'Sum'), query('d', 'Duration', 'p95')], end - span, end, signal), []);
    return { configuration, aliases, concurrency, series, end };
  },

  render: (data, context) => data.functions ? overview(data.functions) : detail(data, context),
};

/** @param {any[]} functions */
const overview = functions => [
  head('Functions'),
  h('section.panel', {}, table([
    { title: 'Name', rowHeader: true, cell: one => h('a', { href: `#/functions/${encodeURIComponent(one.FunctionName)}` }, one.FunctionName) },
    { title: 'State', cell: one => badge(one.State) },
    { title: 'Runtime', cell: one => one.Runtime ?? one.PackageType },
    { title: 'Memory', class: 'number', cell: one => `${count(one.MemorySize)} MiB` },
    { title: 'Timeout', class: 'number', cell: one => duration(one.Timeout) },
    { title: 'Description', cell: one => one.Description },
  ], functions, { caption: 'Functions', key: one => one.FunctionArn, empty: 'No function is there.' })),
];

/** @param {any} data @param {import('../app.js').Context} context */
function detail({ configuration, aliases, concurrency, series, end }, context) {
  const { state, set, act } = context;
  const name = configuration.FunctionName;
  const props = { start: end - span, end, period, min: 0 };
  return [
    head(name, { crumbs: [h('a', { href: '#/functions' }, 'Functions')], beside: badge(configuration.State) }),
    h('div.grid', {},
      panel('Invocations, errors and throttles', h('div', { style: { height: '200px' } }, chart({ ...props, title: 'Invocations, errors and throttles', series: series.slice(0, 3) })), { key: 'calls' }),
      panel('Duration P95 in milliseconds', h('div', { style: { height: '200px' } }, chart({ ...props, title: 'Duration P95', unit: 'ms', series: series.slice(3) })), { key: 'duration' })),
    h('div.split', {},
      panel('Invoke', [h('form.fields', {
        onsubmit: event => {
          const values = formValues(event);
          act(async () => {
            const answer = await call('lambda', 'Invoke', { FunctionName: name, Qualifier: values.qualifier || undefined, Payload: JSON.parse(values.payload) });
            set({ answer });
          });
        },
      },
      field('Payload (JSON)', h('textarea', { name: 'payload', rows: 6, required: true, spellcheck: 'false', value: '{}' }), { wide: true }),
      field('Qualifier', select('qualifier', '', [['', '$LATEST'], ...aliases.map(alias => /** @type {[string, string]} */ ([alias.Name, `${alias.Name} → ${alias.FunctionVersion}`]))])),
      h('div', {}, h('button.primary', { type: 'submit' }, 'Invoke'))),
      state.answer && h('div', { role: 'status' },
        h('p', {}, badge(state.answer.FunctionError ? `FunctionError: ${state.answer.FunctionError}` : `succeeded`, state.answer.FunctionError ? 'bad' : 'ok'), h('span.note', {}, ` status ${state.answer.StatusCode}, version ${state.answer.ExecutedVersion}`)),
        json(JSON.stringify(state.answer.Payload ?? null), 'Answer'))], { class: 'inspector' }),
      panel('Configuration', [facts([
        ['Runtime', configuration.Runtime],
        ['Handler', configuration.Handler],
        ['Memory', bytes(configuration.MemorySize * 1024 * 1024)],
        ['Timeout', duration(configuration.Timeout)],
        ['Reserved concurrency', concurrency.ReservedConcurrentExecutions === undefined ? 'none' : count(concurrency.ReservedConcurrentExecutions)],
        ['Aliases', aliases.map(alias => [label(`${alias.Name} → ${alias.FunctionVersion}`), ' '])],
        ['ARN', h('code', {}, configuration.FunctionArn)],
      ]), h('h3', {}, 'Environment'), json(JSON.stringify(configuration.Environment?.Variables ?? {}), 'Environment')], { class: 'inspector' })),
  ];
}
