// SQS's queues: #/queues and #/queues/{name}. Messages are looked at by LocalCloudPeekMessages, which receives none of them.
import { call, list, nameOf } from '../api.js';
import { h } from '../dom.js';
import { count, duration } from '../format.js';
import { age, badge, confirm, dialog, facts, field, formValues, head, json, label, panel, select, table, tabPanel, tabs, time } from '../ui.js';

const peeked = 100;

/** @param {string} url @param {number} messages @param {AbortSignal} signal */
async function describe(url, messages, signal) {
  const [{ Attributes: attributes }, peek] = await Promise.all([
    call('sqs', 'GetQueueAttributes', { QueueUrl: url, AttributeNames: ['All'] }, signal),
    call('sqs', 'LocalCloudPeekMessages', { QueueUrl: url, MaxNumberOfMessages: messages }, signal),
  ]);
  const redrive = attributes.RedrivePolicy && JSON.parse(attributes.RedrivePolicy);
  return {
    name: nameOf(url), url, attributes, messages: peek.Messages, oldest: peek.ApproximateAgeOfOldestMessage,
    isFifo: attributes.FifoQueue === 'true', deadLetters: redrive?.deadLetterTargetArn, maximum: redrive?.maxReceiveCount,
    waiting: Number(attributes.ApproximateNumberOfMessages), inFlight: Number(attributes.ApproximateNumberOfMessagesNotVisible), delayed: Number(attributes.ApproximateNumberOfMessagesDelayed),
  };
}

/** @type {import('../app.js').Page} */
export default {
  load: async ({ params: [name], signal }) => {
    if (!name) {
      const urls = await list('sqs', 'ListQueues', { MaxResults: 1000 }, 'QueueUrls', { signal });
      return { queues: await Promise.all(urls.map(url => describe(url, 1, signal))) };
    }

    const { QueueUrl: url } = await call('sqs', 'GetQueueUrl', { QueueName: name }, signal);
    const queue = await describe(url, peeked, signal);
    const [sources, tasks] = await Promise.all([
      list('sqs', 'ListDeadLetterSourceQueues', { QueueUrl: url }, 'queueUrls', { signal }),
      list('sqs', 'ListMessageMoveTasks', { SourceArn: queue.attributes.QueueArn, MaxResults: 5 }, 'Results', { signal }),
    ]);
    return { queue, sources, tasks };
  },

  render: ({ queues, queue, sources, tasks }, context) => queues ? overview(queues) : detail(queue, sources, tasks, context),
};

const link = name => h('a', { href: `#/queues/${encodeURIComponent(name)}` }, name);

/** @param {any[]} queues */
function overview(queues) {
  const deadLetterArns = new Set(queues.map(queue => queue.deadLetters));
  const isDeadLetters = queue => deadLetterArns.has(queue.attributes.QueueArn);
  return [
    head('Queues'),
    h('section.panel', {}, table([
      { title: 'Name', rowHeader: true, cell: queue => link(queue.name) },
      { title: 'Kind', class: 'nowrap', cell: queue => [label(queue.isFifo ? 'FIFO' : 'standard'), isDeadLetters(queue) && [' ', queue.waiting > 0 ? badge('dead letters', 'bad') : label('dead letters')]] },
      { title: 'Waiting', class: 'number', cell: queue => count(queue.waiting) },
      { title: 'In flight', class: 'number', cell: queue => count(queue.inFlight) },
      { title: 'Delayed', class: 'number', cell: queue => count(queue.delayed) },
      { title: 'Age of oldest', class: 'number', cell: queue => queue.messages.length > 0 ? duration(queue.oldest) : '–' },
      { title: 'Visibility', class: 'number', cell: queue => duration(Number(queue.attributes.VisibilityTimeout)) },
      { title: 'Dead letters go to', cell: queue => queue.deadLetters ? [link(nameOf(queue.deadLetters)), ` after ${queue.maximum}`] : '–' },
    ], queues, { caption: 'Queues', key: queue => queue.url, empty: 'No queue is there.' })),
  ];
}

/** @param {any} queue @param {string[]} sources @param {any[]} tasks @param {import('../app.js').Context} context */
function detail(queue, sources, tasks, context) {
  const chosen = context.state.tab ?? 'messages';
  return [
    head(queue.name, {
      crumbs: [h('a', { href: '#/queues' }, 'Queues')],
      beside: [label(queue.isFifo ? 'FIFO' : 'standard'), sources.length > 0 && badge('dead letters', queue.waiting > 0 ? 'bad' : 'idle')],
      actions: [
        sources.length > 0 && h('button', { type: 'button', disabled: queue.waiting === 0, onclick: () => redrive(queue, sources, context) }, 'Redrive…'),
        h('button.danger', { type: 'button', onclick: () => purge(queue, context) }, 'Purge…'),
        h('button.primary', { type: 'button', onclick: () => send(queue, context) }, 'Send a message…'),
      ],
    }),
    h('div.tiles', {},
      figure('Waiting', count(queue.waiting)), figure('In flight', count(queue.inFlight)), figure('Delayed', count(queue.delayed)),
      figure('Age of oldest', queue.messages.length > 0 ? duration(queue.oldest) : '–')),
    tabs([['messages', 'Messages'], ['settings', 'Settings'], ...sources.length > 0 ? [/** @type {[string, string]} */ (['moves', 'Redrives'])] : []], chosen, tab => context.set({ tab })),
    tabPanel(chosen, {
      messages: () => messages(queue),
      settings: () => panel('Settings', facts([
        ['URL', h('code', {}, queue.url)],
        ['ARN', h('code', {}, queue.attributes.QueueArn)],
        ['Visibility timeout', duration(Number(queue.attributes.VisibilityTimeout))],
        ['Retention', duration(Number(queue.attributes.MessageRetentionPeriod))],
        ['Long poll', duration(Number(queue.attributes.ReceiveMessageWaitTimeSeconds))],
        ['Delay', duration(Number(queue.attributes.DelaySeconds))],
        ['Deduplication', queue.isFifo ? `${queue.attributes.ContentBasedDeduplication === 'true' ? 'by content' : 'by id'}, per ${queue.attributes.DeduplicationScope === 'messageGroup' ? 'message group' : 'queue'}` : undefined],
        ['Throughput limit', queue.attributes.FifoThroughputLimit],
        ['Dead letters', queue.deadLetters ? [link(nameOf(queue.deadLetters)), ` after ${queue.maximum} receives`] : 'none'],
        ['Dead letters of', sources.length > 0 ? sources.map(nameOf).flatMap((name, i) => [i > 0 ? ', ' : '', link(name)]) : undefined],
        ['Policy', queue.attributes.Policy && json(queue.attributes.Policy, 'Policy')],
      ])),
      moves: () => panel('Redrives', table([
        { title: 'Started', class: 'time', cell: task => time(task.StartedTimestamp / 1000) },
        { title: 'Status', rowHeader: true, cell: task => badge(task.Status) },
        { title: 'Moved', class: 'number', cell: task => count(task.ApproximateNumberOfMessagesMoved) },
        { title: 'Of', class: 'number', cell: task => count(task.ApproximateNumberOfMessagesToMove) },
        { title: 'To', cell: task => task.DestinationArn ? link(nameOf(task.DestinationArn)) : 'where they came from' },
      ], tasks, { caption: 'Redrives of this queue', key: task => String(task.StartedTimestamp), empty: 'Nothing was moved.' }), { flush: true }),
    }[chosen]()),
  ];
}

const figure = (name, value) => h('div.tile', {}, h('span.label', {}, name), h('div.value', {}, value));

/** @param {any} queue */
const messages = queue => panel('Messages', [
  table([
    { title: 'Sent', class: 'time', cell: message => age(Number(message.Attributes.SentTimestamp) / 1000) },
    { title: 'State', cell: message => badge(message.State) },
    { title: 'Received', class: 'number', cell: message => [message.Attributes.ApproximateReceiveCount, queue.maximum ? ` of ${queue.maximum}` : ''] },
    ...queue.isFifo ? [{ title: 'Group', class: 'break', cell: message => message.Attributes.MessageGroupId }] : [],
    { title: 'Body', rowHeader: true, cell: message => h('button.link.mono', { type: 'button', onclick: () => show(message) }, h('div.clip', {}, message.Body)) },
  ], queue.messages, { caption: `Messages of ${queue.name}, oldest first`, key: message => message.MessageId, empty: 'The queue is empty.' }),
  queue.messages.length === peeked && h('p.note', {}, `The oldest ${peeked} are shown.`),
], { flush: true, beside: h('span.note', {}, 'Looking receives nothing.') });

/** @param {any} message */
const show = message => dialog('Message', close => [
  facts([
    ['Id', h('code', {}, message.MessageId)],
    ['State', [badge(message.State), message.VisibleTimestamp ? [' until ', time(message.VisibleTimestamp / 1000)] : '']],
    ['Sent', time(Number(message.Attributes.SentTimestamp) / 1000)],
    ...Object.entries(message.Attributes).filter(([name]) => name !== 'SentTimestamp').map(([name, value]) => /** @type {[string, any]} */ ([name, h('code', {}, value)])),
    ...Object.entries(message.MessageAttributes ?? {}).map(([name, attribute]) => /** @type {[string, any]} */ ([`${name} (${attribute.DataType})`, h('code', {}, attribute.StringValue ?? attribute.BinaryValue)])),
  ]),
  json(message.Body, 'Body'),
  h('div.buttons', {}, h('button', { type: 'button', autofocus: true, onclick: () => close() }, 'Close')),
], { wide: true });

/** @param {any} queue @param {import('../app.js').Context} context */
async function send(queue, context) {
  const values = await dialog(`Send a message to ${queue.name}`, close => h('form.fields', { onsubmit: event => close(formValues(event)) },
    field('Body', h('textarea', { name: 'body', rows: 7, required: true, autofocus: true, spellcheck: 'false' }), { wide: true }),
    queue.isFifo && field('Message group', h('input', { name: 'group', required: true, autocomplete: 'off' })),
    queue.isFifo && field('Deduplication id', h('input', { name: 'deduplication', required: queue.attributes.ContentBasedDeduplication !== 'true', value: crypto.randomUUID(), autocomplete: 'off' })),
    !queue.isFifo && field('Delay in seconds', h('input', { name: 'delay', type: 'number', min: 0, max: 900, placeholder: queue.attributes.DelaySeconds })),
    h('div.buttons', {}, h('button', { type: 'button', onclick: () => close() }, 'Cancel'), h('button.primary', { type: 'submit' }, 'Send'))));
  if (values) {
    await context.act(() => call('sqs', 'SendMessage', {
      QueueUrl: queue.url,
      MessageBody: values.body,
      MessageGroupId: values.group || undefined,
      MessageDeduplicationId: values.deduplication || undefined,
      DelaySeconds: values.delay ? Number(values.delay) : undefined,
    }), 'The message is sent.');
  }
}

/** @param {any} queue @param {import('../app.js').Context} context */
async function purge(queue, context) {
  if (await confirm(`Purge ${queue.name}?`, `All ${count(queue.waiting + queue.inFlight + queue.delayed)} messages are deleted for good, those in flight as well.`, 'Purge')) {
    await context.act(() => call('sqs', 'PurgeQueue', { QueueUrl: queue.url }), `${queue.name} is empty.`);
  }
}

/** @param {any} queue @param {string[]} sources @param {import('../app.js').Context} context */
async function redrive(queue, sources, context) {
  const values = await dialog(`Redrive ${queue.name}`, close => h('form.fields', { onsubmit: event => close(formValues(event)) },
    h('p', {}, `${count(queue.waiting)} messages are moved, each as a new one with no receives.`),
    field('To', select('to', '', [['', 'where each came from'], ...sources.map(url => /** @type {[string, string]} */ ([url, nameOf(url)]))]), { wide: true }),
    h('div.buttons', {}, h('button', { type: 'button', onclick: () => close() }, 'Cancel'), h('button.primary', { type: 'submit', autofocus: true }, 'Redrive'))));
  if (values) {
    await context.act(async () => {
      const destination = values.to && (await call('sqs', 'GetQueueAttributes', { QueueUrl: values.to, AttributeNames: ['QueueArn'] })).Attributes.QueueArn;
      await call('sqs', 'StartMessageMoveTask', { SourceArn: queue.attributes.QueueArn, DestinationArn: destination || undefined });
    }, 'The redrive has started.');
  }
}
