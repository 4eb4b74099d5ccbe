// Step Functions: #/machines, #/machines/{name} and #/machines/execution/{arn}.
import { call, list, nameOf, orElse } from '../api.js';
import { h } from '../dom.js';
import { count, duration, pretty } from '../format.js';
import { graph, scopes } from '../graph.js';
import { detailsOf, settle, statusOf, visits } from '../history.js';
import { age, badge, dialog, facts, field, formValues, head, json, label, panel, select, table, tabPanel, tabs, time } from '../ui.js';

const statuses = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];
const shownEvents = 5000;

/** @type {import('../app.js').Page} */
export default {
  load: async ({ params: [name, arn], state, signal }) => {
    if (!name) {
      const machines = await list('states', 'ListStateMachines', {}, 'stateMachines', { token: 'nextToken', signal });
      return { machines: await Promise.all(machines.map(async machine => ({ ...machine, executions: await executionsOf(machine.stateMachineArn, '', 100, signal) }))) };
    }

    if (name === 'execution') {
      return execution(arn, signal);
    }

    const machines = await list('states', 'ListStateMachines', {}, 'stateMachines', { token: 'nextToken', signal });
    const found = machines.find(machine => machine.name === name);
    if (!found) {
      return { missing: name };
    }

    const [machine, executions] = await Promise.all([
      call('states', 'DescribeStateMachine', { stateMachineArn: found.stateMachineArn }, signal),
      executionsOf(found.stateMachineArn, state.only ?? '', state.limit ?? 50, signal),
    ]);
    return { machine, executions };
  },

  render: (data, context) => data.machines ? overview(data.machines)
    : data.execution ? executionPage(data, context)
      : data.machine ? machinePage(data, context)
        : [head(data.missing, { crumbs: [h('a', { href: '#/machines' }, 'State machines')] }), h('div.alert', { role: 'alert' }, 'There is no state machine of that name.')],
};

/** @param {string} arn @param {string} statusFilter @param {number} limit @param {AbortSignal} signal */
const executionsOf = async (arn, statusFilter, limit, signal) =>
  (await call('states', 'ListExecutions', { stateMachineArn: arn, statusFilter: statusFilter || undefined, maxResults: limit }, signal)).executions;

/** @param {string} arn @param {AbortSignal} signal */
async function execution(arn, signal) {
  const [described, machine, events, { expressions }] = await Promise.all([
    call('states', 'DescribeExecution', { executionArn: arn }, signal),
    call('states', 'DescribeStateMachineForExecution', { executionArn: arn }, signal),
    list('states', 'GetExecutionHistory', { executionArn: arn, maxResults: 1000 }, 'events', { token: 'nextToken', limit: shownEvents, signal }),
    call('states', 'LocalCloudGetExpressions', { executionArn: arn }, signal),
  ]);
  const runs = await orElse(list('states', 'ListMapRuns', { executionArn: arn }, 'mapRuns', { token: 'nextToken', signal }), []);
  const children = (await Promise.all(runs.map(run => call('states', 'ListExecutions', { mapRunArn: run.mapRunArn, maxResults: 100 }, signal)))).flatMap(answer => answer.executions);
  return { execution: described, definition: JSON.parse(machine.definition), events, visits: settle(visits(events), described), children, expressions };
}

const link = (arn, text) => h('a.break', { href: `#/machines/execution/${encodeURIComponent(arn)}` }, text);
const took = one => one.stopDate ? duration(one.stopDate - one.startDate) : '–';

/** @param {any[]} machines */
const overview = machines => [
  head('State machines'),
  h('section.panel', {}, table([
    { title: 'Name', rowHeader: true, cell: machine => h('a', { href: `#/machines/${encodeURIComponent(machine.name)}` }, machine.name) },
    { title: 'Type', cell: machine => label(machine.type) },
    { title: 'Executions', class: 'number', cell: machine => machine.executions.length >= 100 ? '100+' : machine.executions.length },
    { title: 'Running', class: 'number', cell: machine => machine.executions.filter(one => one.status === 'RUNNING').length },
    { title: 'Failed', class: 'number', cell: machine => machine.executions.filter(one => /FAILED|TIMED_OUT|ABORTED/.test(one.status)).length },
    { title: 'Last', cell: machine => machine.executions[0] ? [badge(machine.executions[0].status), ' ', age(machine.executions[0].startDate)] : '–' },
    { title: 'Created', class: 'time', cell: machine => time(machine.creationDate) },
  ], machines, { caption: 'State machines', key: machine => machine.stateMachineArn, empty: 'No state machine is there.' })),
];

/** @param {any} data @param {import('../app.js').Context} context */
function machinePage({ machine, executions }, context) {
  const { state, set, refresh } = context;
  const chosen = state.tab ?? 'executions';
  return [
    head(machine.name, {
      crumbs: [h('a', { href: '#/machines' }, 'State machines')], beside: label(machine.type),
      actions: [h('button.primary', { type: 'button', onclick: () => start(machine, context) }, 'Start an execution…')],
    }),
    tabs([['executions', 'Executions'], ['graph', 'Graph'], ['definition', 'Definition']], chosen, tab => set({ tab })),
    tabPanel(chosen, {
      executions: () => panel('Executions', [table([
        { title: 'Status', cell: one => badge(one.status) },
        { title: 'Name', rowHeader: true, cell: one => link(one.executionArn, one.name) },
        { title: 'Started', class: 'time', cell: one => time(one.startDate) },
        { title: 'Took', class: 'number', cell: took },
      ], executions, { caption: `Executions of ${machine.name}, newest first`, key: one => one.executionArn, empty: 'No execution fits.' }),
      executions.length === (state.limit ?? 50) && executions.length < 1000 && h('p.note', {}, h('button', { type: 'button', onclick: () => more(context) }, 'Show more'))],
      {
        flush: true,
        actions: [h('label', {}, 'Status ', select('status', state.only ?? '', [['', 'all'], ...statuses.map(status => /** @type {[string, string]} */ ([status, status]))], only => {
          set({ only });
          refresh();
        }))],
      }),
      graph: () => h('section.panel', { 'aria-label': 'Graph' }, graph(JSON.parse(machine.definition), new Map(), new Set(), state.selected, selected => set({ selected })),
        state.selected && h('div.body', {}, json(JSON.stringify(definitionOf(JSON.parse(machine.definition), state.selected)), `Definition of ${state.selected}`))),
      definition: () => panel('Definition', [facts([['ARN', h('code', {}, machine.stateMachineArn)], ['Role', h('code', {}, machine.roleArn)], ['Created', time(machine.creationDate)]]), json(machine.definition, 'Definition')]),
    }[chosen]()),
  ];
}

/** @param {import('../app.js').Context} context */
function more({ state, set, refresh }) {
  set({ limit: Math.min(1000, (state.limit ?? 50) * 4) });
  refresh();
}

/** @param {any} machine @param {import('../app.js').Context} context @param {string} [input] */
async function start(machine, context, input = '{}') {
  const values = await dialog(`Start ${machine.name}`, close => h('form.fields', { onsubmit: event => close(formValues(event)) },
    field('Input (JSON)', h('textarea', { name: 'input', rows: 10, required: true, autofocus: true, spellcheck: 'false', value: pretty(input) }), { wide: true }),
    field('Name (made up when empty)', h('input', { name: 'name', autocomplete: 'off' }), { wide: true }),
    h('div.buttons', {}, h('button', { type: 'button', onclick: () => close() }, 'Cancel'), h('button.primary', { type: 'submit' }, 'Start'))), { wide: true });
  if (values) {
    await context.act(async () => {
      const { executionArn } = await call('states', 'StartExecution', { stateMachineArn: machine.stateMachineArn, input: values.input, name: values.name || undefined });
      location.hash = `#/machines/execution/${encodeURIComponent(executionArn)}`;
    }, 'The execution has started.');
  }
}

/** A state's definition, however deep. @param {any} definition @param {string} name @returns {any} */
function definitionOf(definition, name) {
  for (const [key, state] of Object.entries(definition.States ?? {})) {
    const inner = [state.ItemProcessor, state.Iterator, ...state.Branches ?? []].filter(Boolean).map(one => definitionOf(one, name)).find(Boolean);
    if (key === name || inner) {
      return key === name ? state : inner;
    }
  }

  return undefined;
}

/** @param {any} data @param {import('../app.js').Context} context */
function executionPage({ execution, definition, events, visits: all, children, expressions }, context) {
  const { state, set, act } = context;
  const machineName = nameOf(execution.stateMachineArn);
  const chosen = state.tab ?? 'graph';
  const worst = [...all].reverse().find(visit => visit.status === 'failed' && !all.some(other => other.parent === visit && other.status === 'failed'));
  const selected = state.selected ?? (worst ?? all[0])?.name;
  const running = execution.status === 'RUNNING';
  return [
    head(execution.name, {
      crumbs: [h('a', { href: '#/machines' }, 'State machines'), h('a', { href: `#/machines/${encodeURIComponent(machineName)}` }, machineName)],
      beside: [badge(execution.status), h('span.note', {}, [time(execution.startDate), running ? ' · running' : ` · took ${took(execution)}`])],
      actions: [
        running && h('button.danger', { type: 'button', onclick: () => act(() => call('states', 'StopExecution', { executionArn: execution.executionArn, cause: 'Stopped on the console page' }), 'The execution is stopped.') }, 'Stop'),
        execution.redriveStatus === 'REDRIVABLE' && h('button', { type: 'button', onclick: () => act(() => call('states', 'RedriveExecution', { executionArn: execution.executionArn }), 'The execution goes on from where it failed.') }, 'Redrive'),
        h('button', { type: 'button', onclick: () => start({ name: machineName, stateMachineArn: execution.stateMachineArn }, context, execution.input) }, 'Start again…'),
      ],
    }),
    execution.error !== undefined && h('div.alert', { role: 'alert' }, h('strong', {}, execution.error), ' ', execution.cause),
    tabs([['graph', 'Graph'], ['states', `States (${all.length})`], ['events', `Events (${events.length})`], ['data', 'Input and output'], ...children.length > 0 ? [/** @type {[string, string]} */ (['children', `Children (${children.length})`])] : []], chosen, tab => set({ tab })),
    tabPanel(chosen, {
      graph: () => h('div.split', {},
        h('section.panel', { 'aria-label': 'Graph' }, h('header', {}, h('h2', {}, 'Graph'), h('div.actions.colour-key', {}, badge('succeeded', 'ok'), badge('failed', 'bad'), badge('caught', 'warn'), badge('running', 'run'))),
          graph(definition, statesOf(all), linksTaken(definition, all), selected, name => set({ selected: name, visit: 0 }))),
        inspector(definition, all.filter(visit => visit.name === selected), selected, expressions, context)),
      states: () => panel('States', table([
        { title: 'State', rowHeader: true, cell: visit => h('button.link', { type: 'button', onclick: () => set({ tab: 'graph', selected: visit.name, visit: all.filter(one => one.name === visit.name).indexOf(visit) }) }, visit.name) },
        { title: 'Type', cell: visit => visit.type },
        { title: 'Item', class: 'number', cell: visit => visit.iteration ?? '' },
        { title: 'Status', cell: visit => badge(visit.status, tones[visit.status]) },
        { title: 'Entered', class: 'time', cell: visit => time(visit.entered) },
        { title: 'Took', class: 'number', cell: visit => visit.exited === undefined ? '–' : duration(visit.exited - visit.entered) },
        { title: 'Retries', class: 'number', cell: visit => visit.retries || '' },
      ], all, { caption: 'States in the order in which they were entered', key: visit => String(all.indexOf(visit)) }), { flush: true }),
      events: () => panel('Events', table([
        { title: 'Id', class: 'number', cell: event => event.id },
        { title: 'Time', class: 'time', cell: event => time(event.timestamp) },
        { title: 'Event', rowHeader: true, cell: event => Object.keys(detailsOf(event)).length === 0 ? event.type : h('details', {}, h('summary', {}, event.type), json(JSON.stringify(readable(detailsOf(event))), `Details of ${event.type} ${event.id}`)) },
        { title: 'State', cell: event => detailsOf(event).name ?? '' },
      ], events, { caption: 'Events of the execution', key: event => String(event.id) }), { flush: true }),
      data: () => h('div.grid', {}, panel('Input', json(execution.input, 'Input')), panel('Output', execution.output === undefined ? h('p.note', {}, 'None.') : json(execution.output, 'Output'))),
      children: () => panel('Children of the distributed Map', table([
        { title: 'Status', cell: one => badge(one.status) },
        { title: 'Name', rowHeader: true, cell: one => link(one.executionArn, one.name) },
        { title: 'Items', class: 'number', cell: one => count(one.itemCount) },
        { title: 'Started', class: 'time', cell: one => time(one.startDate) },
        { title: 'Took', class: 'number', cell: took },
      ], children, { caption: 'Child executions', key: one => one.executionArn }), { flush: true }),
    }[chosen]()),
  ];
}

const tones = { succeeded: 'ok', failed: 'bad', caught: 'warn', running: 'run' };

/** @param {import('../history.js').Visit[]} all */
function statesOf(all) {
  const states = new Map();
  for (const visit of all) {
    states.set(visit.name, [...states.get(visit.name) ?? [], visit]);
  }

  return new Map([...states].map(([name, own]) => [name, { status: statusOf(own), count: own.length }]));
}

/** The links that the execution went along. @param {any} definition @param {import('../history.js').Visit[]} all */
function linksTaken(definition, all) {
  const scope = scopes(definition);
  const left = new Set(all.map(visit => visit.previous));
  return new Set(all.flatMap(visit => [
    visit.previous ? `${visit.previous.name}→${visit.name}` : `${scope.get(visit.name)}/start→${visit.name}`,
    ...visit.exited !== undefined && !left.has(visit) ? [`${visit.name}→${scope.get(visit.name)}/end`] : [],
  ]));
}

/** JSON inside JSON, opened. @param {any} details */
function readable(details) {
  return Object.fromEntries(Object.entries(details).map(([name, value]) => {
    if (typeof value === 'string' && /^[[{]/.test(value)) {
      try {
        return [name, JSON.parse(value)];
      } catch {
        return [name, value];
      }
    }

    return [name, value];
  }));
}

/** What one state did. @param {any} definition @param {import('../history.js').Visit[]} own @param {string} name @param {any[]} expressions @param {import('../app.js').Context} context */
function inspector(definition, own, name, expressions, { state, set }) {
  const visit = own[Math.min(state.visit ?? 0, own.length - 1)];
  const source = definitionOf(definition, name);
  const evaluated = expressions.filter(one => one.enteredEventId === visit?.id);
  return panel(name ?? 'State', [
    own.length > 1 && h('p', {}, h('label', {}, 'Entered ', select('visit', String(state.visit ?? 0), own.map((one, i) => [String(i), `${i + 1} of ${own.length}: ${one.status}`]), value => set({ visit: Number(value) })))),
    visit ? facts([
      ['Status', badge(visit.status, tones[visit.status])],
      ['Entered', time(visit.entered)],
      ['Took', visit.exited === undefined ? '–' : duration(visit.exited - visit.entered)],
      ['Retries', visit.retries > 0 ? String(visit.retries) : undefined],
      ['Error', visit.error],
      ['Cause', visit.cause],
    ]) : h('p.note', {}, 'It was not entered.'),
    visit?.input !== undefined && [h('h3', {}, 'Input'), json(visit.input, `Input of ${name}`)],
    visit?.output !== undefined && [h('h3', {}, 'Output'), json(visit.output, `Output of ${name}`)],
    evaluated.length > 0 && [h('h3', {}, 'Expressions'), table([
      { title: 'Field', rowHeader: true, cell: one => one.field },
      { title: 'Expression', cell: one => h('code.break', {}, one.expression) },
      { title: 'Value', cell: one => h('code.break', {}, one.value) },
    ], evaluated, { caption: `JSONata expressions of ${name} with the values that they gave`, key: one => String(evaluated.indexOf(one)) })],
    source && h('details', {}, h('summary', {}, 'Definition'), json(JSON.stringify(source), `Definition of ${name}`)),
  ], { beside: source && label(source.Type), class: 'inspector', key: 'inspector' });
}
