// Traces by X-Ray's API: #/traces and #/traces/{id}.
import { call, list } from '../api.js';
import { h } from '../dom.js';
import { duration } from '../format.js';
import { age, badge, facts, head, json, label, panel, select, table, time } from '../ui.js';

const kept = 86400;

/** @type {import('../app.js').Page} */
export default {
  interval: 3000,
  load: async ({ params: [id], signal }) => {
    if (id) {
      const { Traces: [trace] } = await call('xray', 'BatchGetTraces', { TraceIds: [id] }, signal);
      const { Logs: logs } = await call('xray', 'LocalCloudGetLogs', { TraceId: id.replace(/^1-/, '').replace('-', ''), Limit: 200 }, signal);
      return { id, logs, spans: trace ? spansOf(trace) : [] };
    }

    const end = Date.now() / 1000 + 1;
    return { traces: await list('xray', 'GetTraceSummaries', { StartTime: end - kept, EndTime: end }, 'TraceSummaries', { limit: 300, signal }) };
  },

  render: (data, context) => data.traces ? overview(data.traces, context) : detail(data, context),
};

/** LocalCloud's own names without what they have in common. @param {string} service */
const shortName = service => service.replace(/^Oith\.LocalCloud\./, '').replace('Microsoft.AspNetCore', 'HTTP');

/** What a span does; one that only has its method by its route or path too. @param {any} span */
function nameOf({ name, annotations = {} }) {
  const path = annotations['http.route'] ?? annotations['url.path'] ?? (annotations['url.full'] && new URL(annotations['url.full']).pathname);
  const method = annotations['http.request.method'];
  return method && path && name === method ? `${method} ${path}` : name;
}

/** @param {any[]} traces @param {import('../app.js').Context} context */
function overview(traces, { state, set }) {
  const services = [...new Set(traces.flatMap(trace => trace.ServiceIds.map(service => service.Name)))].sort();
  const shown = traces.filter(trace => (!state.text || trace.EntryPoint.Name.toLowerCase().includes(state.text.toLowerCase()))
    && (!state.service || trace.ServiceIds.some(service => service.Name === state.service)) && (!state.failed || trace.HasFault));
  const longest = Math.max(...shown.map(trace => trace.Duration), 0.000001);
  return [
    head('Traces', {
      actions: [
        h('input', { type: 'search', placeholder: 'Filter by name', 'aria-label': 'Filter traces by name', 'data-filter': '', oninput: event => set({ text: event.target.value }) }),
        h('label', {}, 'Service ', select('service', state.service ?? '', [['', 'all'], ...services.map(service => /** @type {[string, string]} */ ([service, shortName(service)]))], service => set({ service }))),
        h('label', {}, h('input', { type: 'checkbox', onchange: event => set({ failed: event.target.checked }) }), 'with errors'),
      ],
    }),
    h('section.panel', {}, table([
      { title: 'When', class: 'time', cell: trace => age(trace.StartTime) },
      { title: 'Begins with', rowHeader: true, cell: trace => [h('a', { href: `#/traces/${trace.Id}` }, trace.EntryPoint.Name), trace.HasFault && [' ', badge('error', 'bad')]] },
      { title: 'Services', cell: trace => trace.ServiceIds.map(service => shortName(service.Name)).join(', ') },
      { title: 'Took', class: 'number', cell: trace => duration(trace.Duration) },
      { title: 'Beside the longest', cell: trace => h('div.duration-bar', { style: { width: `${Math.max(1, trace.Duration / longest * 140)}px` }, 'aria-hidden': 'true' }) },
    ], shown, { caption: 'Traces, newest first', key: trace => trace.Id, empty: 'No trace fits. Ask the service for a match, and it is here.' })),
  ];
}

/** A trace's spans as a tree, flattened in the order of reading. @param {any} trace */
function spansOf(trace) {
  const spans = trace.Segments.map(segment => JSON.parse(segment.Document)).sort((a, b) => a.start_time - b.start_time);
  const ids = new Set(spans.map(span => span.id));
  /** @type {any[]} */
  const flat = [];
  const add = (span, depth) => {
    flat.push({ ...span, depth });
    spans.filter(child => child.parent_id === span.id).forEach(child => add(child, depth + 1));
  };
  spans.filter(span => !ids.has(span.parent_id)).forEach(span => add(span, 0));
  return flat;
}

/** @param {any} data @param {import('../app.js').Context} context */
function detail({ id, spans, logs }, { state, set }) {
  const crumbs = [h('a', { href: '#/traces' }, 'Traces')];
  if (spans.length === 0) {
    return [head(id, { crumbs }), h('div.alert', { role: 'alert' }, 'There is no such trace, or newer ones have taken its place.')];
  }

  const start = Math.min(...spans.map(span => span.start_time));
  const whole = Math.max(...spans.map(span => span.end_time), start + 1e-6) - start;
  const services = [...new Set(spans.map(span => span.origin))];
  const color = span => `s${services.indexOf(span.origin) % 8 + 1}`;
  const selected = spans.find(span => span.id === state.selected);
  return [
    head(nameOf(spans[0]), { crumbs, beside: [label(duration(whole)), spans.some(span => span.fault) && badge('error', 'bad'), h('span.note', {}, time(start), ` · ${spans.length} spans`)] }),
    h('p.lead', {}, h('code', {}, id)),
    panel('Waterfall', h('div.waterfall', {}, table([
      {
        title: 'Span', rowHeader: true, cell: span => h('span.span-name', { style: { 'padding-left': `${span.depth * 14}px` } },
          h('span.dot-mark', { class: color(span), 'aria-hidden': 'true' }), h('button.link', { type: 'button', 'aria-pressed': String(span === selected), onclick: () => set({ selected: span.id }) }, nameOf(span)), span.fault && badge('error', 'bad')),
      },
      { title: 'Service', cell: span => shortName(span.origin) },
      { title: 'After', class: 'number', cell: span => duration(span.start_time - start) },
      { title: 'Took', class: 'number', cell: span => duration(span.end_time - span.start_time) },
      {
        title: `0 to ${duration(whole)}`, class: 'track', cell: span => h('div.lane', { 'aria-hidden': 'true' }, h('div.bar', {
          class: span.fault ? 'bad' : color(span), style: { left: `${(span.start_time - start) / whole * 100}%`, width: `${(span.end_time - span.start_time) / whole * 100}%` },
        })),
      },
    ], spans, { caption: 'Spans in the order of their calls', key: span => span.id, selected: span => span === selected })), { flush: true }),
    h('div.grid', {},
      selected && panel(nameOf(selected), [facts([
        ['Service', selected.origin],
        ['Kind', selected.metadata?.kind],
        ['Error', selected.cause?.message],
        ['Span', h('code', {}, selected.id)],
      ]), json(JSON.stringify(selected.annotations ?? {}), 'Attributes')], { key: 'span', class: 'inspector' }),
      logs.length > 0 && panel('Logs of this trace', table([
        { title: 'Time', class: 'time', cell: log => time(log.Time) },
        { title: 'Level', cell: log => badge(log.Severity || '–') },
        { title: 'Text', rowHeader: true, class: 'break', cell: log => log.Body },
      ], logs.map((log, i) => ({ ...log, i })), { caption: 'Logs of this trace', key: log => `${log.Time}-${log.i}` }), { flush: true, key: 'logs' })),
  ];
}
