// EventBridge's rules and Pipes: #/rules.
import { call, list, nameOf } from '../api.js';
import { h } from '../dom.js';
import { badge, dialog, head, json, panel, table } from '../ui.js';

/** @type {import('../app.js').Page} */
export default {
  load: async ({ signal }) => {
    const buses = await list('events', 'ListEventBuses', {}, 'EventBuses', { signal });
    const rules = (await Promise.all(buses.map(bus => list('events', 'ListRules', { EventBusName: bus.Name }, 'Rules', { signal })))).flat();
    const [targets, pipes] = await Promise.all([
      Promise.all(rules.map(rule => list('events', 'ListTargetsByRule', { Rule: rule.Name, EventBusName: rule.EventBusName }, 'Targets', { signal }))),
      list('pipes', 'ListPipes', {}, 'Pipes', { signal }),
    ]);
    return { rules: rules.map((rule, i) => ({ ...rule, targets: targets[i] })), pipes };
  },

  render: ({ rules, pipes }, context) => [
    head('Rules and pipes'),
    panel('Rules', table([
      { title: 'Rule', rowHeader: true, cell: rule => [rule.Name, h('div.note', {}, rule.Description)] },
      { title: 'State', cell: rule => badge(rule.State) },
      { title: 'When', cell: rule => rule.ScheduleExpression ? h('code', {}, rule.ScheduleExpression) : h('button.link', { type: 'button', 'aria-label': `Event pattern of ${rule.Name}`, onclick: () => showPattern(rule) }, 'event pattern') },
      { title: 'Targets', cell: rule => rule.targets.map(target => h('div', {}, arnLink(target.Arn))) },
      { title: 'Bus', cell: rule => rule.EventBusName },
      {
        title: 'Do', class: 'buttons-cell', cell: rule => h('div', {},
          h('button', { type: 'button', 'aria-label': `Run ${rule.Name} now`, onclick: () => run(rule, context) }, 'Run now'), ' ',
          h('button', { type: 'button', 'aria-label': `${rule.State === 'ENABLED' ? 'Disable' : 'Enable'} ${rule.Name}`, onclick: () => context.act(() => call('events', rule.State === 'ENABLED' ? 'DisableRule' : 'EnableRule', { Name: rule.Name, EventBusName: rule.EventBusName })) }, rule.State === 'ENABLED' ? 'Disable' : 'Enable')),
      },
    ], rules, { caption: 'Rules of EventBridge', key: rule => rule.Arn, empty: 'No rule is there.' }), { flush: true }),
    panel('Pipes', table([
      { title: 'Pipe', rowHeader: true, cell: pipe => pipe.Name },
      { title: 'State', cell: pipe => [badge(pipe.CurrentState, pipe.CurrentState === 'RUNNING' ? 'ok' : undefined), pipe.StateReason && h('div.note', {}, pipe.StateReason)] },
      { title: 'From', cell: pipe => arnLink(pipe.Source) },
      { title: 'To', cell: pipe => arnLink(pipe.Target) },
      {
        title: 'Do', cell: pipe => {
          const action = pipe.DesiredState === 'RUNNING' ? 'Stop' : 'Start';
          return h('button', { type: 'button', 'aria-label': `${action} ${pipe.Name}`, onclick: () => context.act(() => call('pipes', `${action}Pipe`, { Name: pipe.Name })) }, action);
        },
      },
    ], pipes, { caption: 'Pipes', key: pipe => pipe.Arn, empty: 'No pipe is there.' }), { flush: true }),
  ],
};

/** A resource's name, with the way to its page. @param {string} arn */
function arnLink(arn) {
  const service = arn.split(':')[2];
  const page = { sqs: 'queues', states: 'machines', lambda: 'functions' }[service];
  const name = service === 'lambda' ? arn.split(':')[6] : nameOf(arn);
  return page ? h('a', { href: `#/${page}/${encodeURIComponent(name)}`, title: arn }, name) : h('span', { title: arn }, name);
}

/** @param {any} rule */
const showPattern = rule => dialog(`Event pattern of ${rule.Name}`, close => [
  json(rule.EventPattern ?? '{}', 'Event pattern'),
  h('div.buttons', {}, h('button', { type: 'button', autofocus: true, onclick: () => close() }, 'Close')),
]);

/** @param {any} rule @param {import('../app.js').Context} context */
async function run(rule, context) {
  let answer;
  await context.act(async () => { answer = await call('events', 'LocalCloudRunRule', { Name: rule.Name, EventBusName: rule.EventBusName }); }, `${rule.Name} has run.`);
  if (answer) {
    await dialog(`${rule.Name} has run`, close => [
      table([
        { title: 'Target', rowHeader: true, cell: target => arnLink(target.Arn) },
        { title: 'Result', cell: target => target.Error ? badge('failed', 'bad') : badge('delivered', 'ok') },
        {
          title: 'Answer', class: 'break', cell: target => target.Result?.executionArn
            ? h('a', { href: `#/machines/execution/${encodeURIComponent(target.Result.executionArn)}`, onclick: () => close() }, 'the execution')
            : target.Error ? String(target.Error.Message ?? target.Error) : '–',
        },
      ], answer.Targets, { caption: 'Deliveries', key: target => target.Id, empty: 'The rule has no target.' }),
      h('div.buttons', {}, h('button', { type: 'button', autofocus: true, onclick: () => close() }, 'Close')),
    ], { wide: true });
  }
}
