// CloudFormation's stacks: #/stacks and #/stacks/{name}.
import { call, list, nameOf } from '../api.js';
import { h } from '../dom.js';
import { badge, facts, head, panel, tabPanel, table, tabs, time } from '../ui.js';

/** Where a resource has a page of its own. @param {any} resource */
function pageOf({ ResourceType: type, PhysicalResourceId: id = '' }) {
  const page = {
    'AWS::SQS::Queue': 'queues', 'AWS::DynamoDB::Table': 'tables', 'AWS::StepFunctions::StateMachine': 'machines', 'AWS::CloudWatch::Alarm': 'alarms',
    'AWS::Lambda::Function': 'functions', 'AWS::CloudWatch::Dashboard': 'dashboard', 'AWS::CloudFormation::Stack': 'stacks',
  }[type];
  return page ? `#/${page}/${encodeURIComponent(nameOf(id))}`
    : { 'AWS::Events::Rule': '#/rules', 'AWS::Pipes::Pipe': '#/rules', 'AWS::ElastiCache::ReplicationGroup': '#/redis', 'AWS::SNS::Topic': '#/emails' }[type];
}

/** @type {import('../app.js').Page} */
export default {
  load: async ({ params: [name], signal }) => {
    if (!name) {
      return { stacks: await list('cloudformation', 'DescribeStacks', {}, 'Stacks', { signal }) };
    }

    const [{ Stacks: [stack] }, resources, events] = await Promise.all([
      call('cloudformation', 'DescribeStacks', { StackName: name }, signal),
      call('cloudformation', 'DescribeStackResources', { StackName: name }, signal),
      list('cloudformation', 'DescribeStackEvents', { StackName: name }, 'StackEvents', { limit: 300, signal }),
    ]);
    return { stack, resources: resources.StackResources, events };
  },

  render: ({ stacks, stack, resources, events }, context) => stacks ? overview(stacks) : detail(stack, resources, events, context),
};

/** @param {any[]} stacks */
const overview = stacks => [
  head('Stacks'),
  h('section.panel', {}, table([
    { title: 'Name', rowHeader: true, cell: stack => h('a', { href: `#/stacks/${encodeURIComponent(stack.StackName)}` }, stack.StackName) },
    { title: 'Status', cell: stack => badge(stack.StackStatus) },
    { title: 'Created', class: 'time', cell: stack => time(stack.CreationTime) },
    { title: 'Updated', class: 'time', cell: stack => time(stack.LastUpdatedTime) },
    { title: 'Outputs', class: 'number', cell: stack => (stack.Outputs ?? []).length },
    { title: 'Description', cell: stack => stack.Description },
  ], stacks, { caption: 'Stacks', key: stack => stack.StackId, empty: 'No stack is deployed. aws cloudformation deploy brings one.' })),
];

/** @param {any} stack @param {any[]} resources @param {any[]} events @param {import('../app.js').Context} context */
function detail(stack, resources, events, { state, set }) {
  const chosen = state.tab ?? 'resources';
  return [
    head(stack.StackName, { crumbs: [h('a', { href: '#/stacks' }, 'Stacks')], beside: badge(stack.StackStatus) }),
    stack.Description && h('p.lead', {}, stack.Description),
    stack.StackStatusReason && h('div.alert', { role: 'alert' }, stack.StackStatusReason),
    tabs([['resources', `Resources (${resources.length})`], ['outputs', `Outputs (${(stack.Outputs ?? []).length})`], ['parameters', `Parameters (${(stack.Parameters ?? []).length})`], ['events', 'Events'], ['facts', 'Facts']], chosen, tab => set({ tab })),
    tabPanel(chosen, h('section.panel', { 'aria-label': chosen }, {
      resources: () => table([
        { title: 'Logical id', rowHeader: true, cell: resource => resource.LogicalResourceId },
        { title: 'Type', cell: resource => resource.ResourceType },
        { title: 'Physical id', class: 'break', cell: resource => pageOf(resource) ? h('a', { href: pageOf(resource) }, resource.PhysicalResourceId) : resource.PhysicalResourceId },
        { title: 'Status', cell: resource => badge(resource.ResourceStatus) },
        { title: 'Since', class: 'time', cell: resource => time(resource.Timestamp) },
      ], resources, { caption: `Resources of ${stack.StackName}`, key: resource => resource.LogicalResourceId }),
      outputs: () => table([
        { title: 'Output', rowHeader: true, cell: output => output.OutputKey },
        { title: 'Value', class: 'break', cell: output => h('code', {}, output.OutputValue) },
        { title: 'Export', class: 'break', cell: output => output.ExportName },
        { title: 'Description', cell: output => output.Description },
      ], stack.Outputs ?? [], { caption: `Outputs of ${stack.StackName}`, key: output => output.OutputKey }),
      parameters: () => table([
        { title: 'Parameter', rowHeader: true, cell: parameter => parameter.ParameterKey },
        { title: 'Value', class: 'break', cell: parameter => h('code', {}, parameter.ParameterValue) },
      ], stack.Parameters ?? [], { caption: `Parameters of ${stack.StackName}`, key: parameter => parameter.ParameterKey }),
      events: () => table([
        { title: 'Time', class: 'time', cell: event => time(event.Timestamp) },
        { title: 'Logical id', rowHeader: true, cell: event => event.LogicalResourceId },
        { title: 'Type', cell: event => event.ResourceType },
        { title: 'Status', cell: event => badge(event.ResourceStatus) },
        { title: 'Reason', class: 'break', cell: event => event.ResourceStatusReason },
      ], events, { caption: `Events of ${stack.StackName}, newest first`, key: event => event.EventId }),
      facts: () => h('div.body', {}, facts([
        ['Id', h('code', {}, stack.StackId)],
        ['Created', time(stack.CreationTime)],
        ['Updated', stack.LastUpdatedTime && time(stack.LastUpdatedTime)],
        ['Capabilities', (stack.Capabilities ?? []).join(', ') || 'none'],
        ['Termination protection', stack.EnableTerminationProtection ? 'on' : 'off'],
        ['Tags', (stack.Tags ?? []).map(tag => `${tag.Key} = ${tag.Value}`).join(', ') || 'none'],
      ])),
    }[chosen]())),
  ];
}
