// What somebody wants to know first: #/
import { call, list, nameOf, orElse } from '../api.js';
import { chart } from '../charts.js';
import { h } from '../dom.js';
import { count, duration } from '../format.js';
import { icon } from '../icons.js';
import { now, read, widgetQueries } from '../metrics.js';
import { age, badge, head, panel, table, tile } from '../ui.js';

const span = 3600;
const charts = 3;

/** @type {import('../app.js').Page} */
export default {
  interval: 4000,
  load: async ({ signal }) => {
    const [alarms, stacks, queueUrls, tables, machines, { Emails: emails }, entries, end] = await Promise.all([
      list('monitoring', 'DescribeAlarms', {}, 'MetricAlarms', { signal }),
      list('cloudformation', 'DescribeStacks', {}, 'Stacks', { signal }),
      list('sqs', 'ListQueues', { MaxResults: 1000 }, 'QueueUrls', { signal }),
      list('dynamodb', 'ListTables', {}, 'TableNames', { signal }),
      list('states', 'ListStateMachines', {}, 'stateMachines', { token: 'nextToken', signal }),
      call('sns', 'LocalCloudListEmails', {}, signal),
      list('monitoring', 'ListDashboards', {}, 'DashboardEntries', { signal }),
      now(signal),
    ]);
    const [queues, executions, drawn] = await Promise.all([
      Promise.all(queueUrls.map(async url => ({ url, ...(await orElse(call('sqs', 'GetQueueAttributes', { QueueUrl: url, AttributeNames: ['All'] }, signal), { Attributes: {} })).Attributes }))),
      Promise.all(machines.map(async machine => ({
        machine,
        last: (await call('states', 'ListExecutions', { stateMachineArn: machine.stateMachineArn, maxResults: 100 }, signal)).executions,
        failed: (await call('states', 'ListExecutions', { stateMachineArn: machine.stateMachineArn, statusFilter: 'FAILED', maxResults: 5 }, signal)).executions,
      }))),
      entries.length > 0 ? dashboardCharts(entries[0].DashboardName, end, signal) : [],
    ]);
    return { alarms, stacks, queues, tables, executions, emails, drawn };
  },

  render: ({ alarms, stacks, queues, tables, executions, emails, drawn }) => {
    const firing = alarms.filter(alarm => alarm.StateValue === 'ALARM');
    const unwell = stacks.filter(stack => !/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(stack.StackStatus));
    const deadLetterArns = new Set(queues.map(queue => queue.RedrivePolicy && JSON.parse(queue.RedrivePolicy).deadLetterTargetArn));
    const waiting = queues.filter(queue => !deadLetterArns.has(queue.QueueArn)).reduce((sum, queue) => sum + Number(queue.ApproximateNumberOfMessages ?? 0), 0);
    const dead = queues.filter(queue => deadLetterArns.has(queue.QueueArn)).reduce((sum, queue) => sum + Number(queue.ApproximateNumberOfMessages ?? 0), 0);
    const last = executions.flatMap(one => one.last);
    const running = last.filter(one => one.status === 'RUNNING').length;
    const failed = executions.flatMap(one => one.failed).sort((a, b) => b.startDate - a.startDate).slice(0, 5);
    return [
      head('Overview'),
      h('div.tiles', {},
        tile({ label: 'Alarms', icon: icon('alarms'), href: '#/alarms', value: firing.length > 0 ? `${firing.length} firing` : 'All quiet', detail: `of ${count(alarms.length)}`, tone: firing.length > 0 ? 'bad' : 'ok' }),
        tile({ label: 'Stacks', icon: icon('stacks'), href: '#/stacks', value: count(stacks.length), detail: unwell.length > 0 ? `${unwell.length} not complete` : 'all complete', tone: unwell.length > 0 ? 'bad' : 'ok' }),
        tile({ label: 'Messages waiting', icon: icon('queues'), href: '#/queues', value: count(waiting), detail: dead > 0 ? `${count(dead)} dead letters` : `in ${queues.length} queues`, tone: dead > 0 ? 'bad' : undefined }),
        tile({ label: 'Executions', icon: icon('machines'), href: '#/machines', value: last.length >= 100 ? '100+' : count(last.length), detail: running > 0 ? `${running} running` : `of ${executions.length} state machines` }),
        tile({ label: 'Tables', icon: icon('tables'), href: '#/tables', value: count(tables.length), detail: 'DynamoDB' }),
        tile({ label: 'E-mails', icon: icon('emails'), href: '#/emails', value: count(emails.length), detail: 'captured' })),
      drawn.length > 0 && h('div.grid', {}, drawn.map(one => panel(one.title, h('div', { style: { height: '190px' } }, chart(one)), { key: one.title }))),
      h('div.grid', {},
        panel('Alarms that fire', table([
          { title: 'State', cell: alarm => badge(alarm.StateValue) },
          { title: 'Alarm', rowHeader: true, cell: alarm => h('a', { href: `#/alarms/${encodeURIComponent(alarm.AlarmName)}` }, alarm.AlarmName) },
          { title: 'For', class: 'time', cell: alarm => alarm.StateTransitionedTimestamp ? age(alarm.StateTransitionedTimestamp) : '–' },
        ], firing, { caption: 'Alarms that fire', key: alarm => alarm.AlarmName, empty: 'None.' }), { flush: true, key: 'firing' }),
        panel('Executions that failed', table([
          { title: 'State machine', rowHeader: true, cell: one => h('a', { href: `#/machines/execution/${encodeURIComponent(one.executionArn)}` }, nameOf(one.stateMachineArn)) },
          { title: 'When', class: 'time', cell: one => age(one.startDate) },
          { title: 'Took', class: 'number', cell: one => one.stopDate ? duration(one.stopDate - one.startDate) : '–' },
        ], failed, { caption: 'The last executions that failed', key: one => one.executionArn, empty: 'None.' }), { flush: true, key: 'failed' })),
    ];
  },
};

/** The dashboard's first charts. @param {string} name @param {number} end @param {AbortSignal} signal */
async function dashboardCharts(name, end, signal) {
  const { DashboardBody: body } = await call('monitoring', 'GetDashboard', { DashboardName: name }, signal);
  const widgets = (JSON.parse(body).widgets ?? []).filter(one => one.type === 'metric' && one.properties.metrics && (one.properties.view ?? 'timeSeries') === 'timeSeries').slice(0, charts);
  return Promise.all(widgets.map(async ({ properties }) => ({
    title: properties.title ?? name,
    series: await orElse(read(widgetQueries(properties), end - span, end, signal), []),
    start: end - span,
    end,
    period: properties.period ?? 300,
    lines: (properties.annotations?.horizontal ?? []).filter(one => one.value !== undefined),
    min: properties.yAxis?.left?.min,
  })));
}
