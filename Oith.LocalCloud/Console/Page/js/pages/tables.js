// DynamoDB's tables and their items: #/tables and #/tables/{name}. Items are read when asked for, not again and again.
import { call, list } from '../api.js';
import { h } from '../dom.js';
import { bytes, count } from '../format.js';
import { plain, short } from '../items.js';
import { badge, confirm, dialog, facts, field, formValues, head, json, label, panel, select, table, tabPanel, tabs, time } from '../ui.js';

const pageSize = 25;
const shownColumns = 7;

/** @type {import('../app.js').Page} */
export default {
  interval: 5000,
  load: async ({ params: [name], state, signal }) => {
    if (!name) {
      const names = await list('dynamodb', 'ListTables', {}, 'TableNames', { signal });
      return { tables: await Promise.all(names.map(async one => (await call('dynamodb', 'DescribeTable', { TableName: one }, signal)).Table)) };
    }

    const { Table: description } = await call('dynamodb', 'DescribeTable', { TableName: name }, signal);
    state.answer ??= await ask(description, {}, undefined);
    return { description };
  },

  render: ({ tables, description }, context) => tables ? overview(tables) : detail(description, context),
};

const keyOf = schema => schema.KeySchema.map(key => key.AttributeName);

/** @param {any[]} tables */
const overview = tables => [
  head('Tables'),
  h('section.panel', {}, table([
    { title: 'Name', rowHeader: true, cell: one => h('a', { href: `#/tables/${encodeURIComponent(one.TableName)}` }, one.TableName) },
    { title: 'Status', cell: one => badge(one.TableStatus) },
    { title: 'Key', cell: one => h('code', {}, keyOf(one).join(', ')) },
    { title: 'Indexes', class: 'number', cell: one => (one.GlobalSecondaryIndexes ?? []).length + (one.LocalSecondaryIndexes ?? []).length },
    { title: 'Items', class: 'number', cell: one => count(one.ItemCount) },
    { title: 'Size', class: 'number', cell: one => bytes(one.TableSizeBytes) },
    { title: 'Created', class: 'time', cell: one => time(one.CreationDateTime) },
  ], tables, { caption: 'Tables', key: one => one.TableArn, empty: 'No table is there.' })),
];

/**
 * A page of items: a Query where a partition key is given, otherwise a Scan.
 * @param {any} description @param {Record<string, string>} question index, partition, sort, operator @param {any} startKey
 */
async function ask(description, question, startKey) {
  const index = indexesOf(description).find(one => one.IndexName === question.index);
  const [partition, sort] = keyOf(index ?? description);
  const input = { TableName: description.TableName, IndexName: index?.IndexName, Limit: pageSize, ExclusiveStartKey: startKey };
  if (!question.partition) {
    return call('dynamodb', 'Scan', input);
  }

  const isSorted = sort && question.sort;
  const condition = { '=': '#s = :s', '<': '#s < :s', '>': '#s > :s', begins: 'begins_with(#s, :s)' }[question.operator] ?? '#s = :s';
  return call('dynamodb', 'Query', {
    ...input,
    KeyConditionExpression: isSorted ? `#p = :p AND ${condition}` : '#p = :p',
    ExpressionAttributeNames: { '#p': partition, ...isSorted ? { '#s': sort } : {} },
    ExpressionAttributeValues: { ':p': typed(description, partition, question.partition), ...isSorted ? { ':s': typed(description, sort, question.sort) } : {} },
  });
}

/** @param {any} description */
const indexesOf = description => [...description.GlobalSecondaryIndexes ?? [], ...description.LocalSecondaryIndexes ?? []];

/** A key's value in the type that the table gives it. @param {any} description @param {string} name @param {string} value */
const typed = (description, name, value) => ({ [description.AttributeDefinitions.find(one => one.AttributeName === name)?.AttributeType ?? 'S']: value });

/** @param {any} description @param {import('../app.js').Context} context */
function detail(description, context) {
  const { state, set } = context;
  const chosen = state.tab ?? 'items';
  return [
    head(description.TableName, {
      crumbs: [h('a', { href: '#/tables' }, 'Tables')], beside: [badge(description.TableStatus), h('span.note', {}, `${count(description.ItemCount)} items, ${bytes(description.TableSizeBytes)}`)],
      actions: [h('button.primary', { type: 'button', onclick: () => edit(description, context) }, 'Put an item…')],
    }),
    tabs([['items', 'Items'], ['settings', 'Keys and indexes']], chosen, tab => set({ tab })),
    tabPanel(chosen, chosen === 'items' ? [query(description, context), items(description, context)] : settings(description)),
  ];
}

/** @param {any} description @param {import('../app.js').Context} context */
function query(description, context) {
  const { state, set } = context;
  const index = indexesOf(description).find(one => one.IndexName === state.index);
  const [partition, sort] = keyOf(index ?? description);
  return h('section.panel', { 'aria-label': 'Query' }, h('form.body.fields', {
    onsubmit: event => go(description, context, formValues(event), undefined, []),
  },
  field('Table or index', select('index', state.index ?? '', [['', description.TableName], ...indexesOf(description).map(one => /** @type {[string, string]} */ ([one.IndexName, one.IndexName]))], chosen => set({ index: chosen }))),
  field(`${partition} (empty: all items)`, h('input', { name: 'partition', autocomplete: 'off', 'data-filter': '' })),
  sort && field(sort, h('input', { name: 'sort', autocomplete: 'off' })),
  sort && field('compared by', select('operator', '=', [['=', '='], ['<', '<'], ['>', '>'], ['begins', 'begins with']])),
  h('div', {}, h('button', { type: 'submit' }, 'Find'))));
}

/**
 * @param {any} description @param {import('../app.js').Context} context @param {Record<string, string>} question
 * @param {any} startKey @param {any[]} earlier start keys of the pages before
 */
const go = (description, { act, set }, question, startKey, earlier) => act(async () => set({ answer: await ask(description, question, startKey), question, startKey, earlier }));

/** @param {any} description @param {import('../app.js').Context} context */
function items(description, context) {
  const { state } = context;
  const { answer, question = {}, startKey, earlier = [] } = state;
  const keys = keyOf(description);
  const indexKeys = question.index ? keyOf(indexesOf(description).find(one => one.IndexName === question.index)) : [];
  const columns = [...new Set([...keys, ...indexKeys, ...answer.Items.flatMap(item => Object.keys(item))])].slice(0, shownColumns);
  return panel(question.partition ? 'Items found' : 'Items', [
    table([
      { title: columns[0], rowHeader: true, class: 'nowrap', cell: item => h('button.link', { type: 'button', onclick: () => show(description, item, context) }, short(item[columns[0]])) },
      ...columns.slice(1).map(name => ({ title: name, cell: item => h('div.clip', {}, short(item[name])) })),
    ], answer.Items, { caption: `Items of ${description.TableName}`, key: item => JSON.stringify(keys.map(name => item[name])), empty: 'No item fits.' }),
  ], {
    flush: true,
    beside: h('span.note', {}, `${question.partition ? 'Query' : 'Scan'}: ${count(answer.Count)} items${earlier.length > 0 ? `, page ${earlier.length + 1}` : ''}`),
    actions: [
      h('button', { type: 'button', onclick: () => go(description, context, question, startKey, earlier) }, 'Read again'),
      h('button', { type: 'button', disabled: earlier.length === 0, onclick: () => go(description, context, question, earlier[earlier.length - 1], earlier.slice(0, -1)) }, 'Previous'),
      h('button', { type: 'button', disabled: !answer.LastEvaluatedKey, onclick: () => go(description, context, question, answer.LastEvaluatedKey, [...earlier, startKey]) }, 'Next'),
    ],
  });
}

/** @param {any} description @param {any} item @param {import('../app.js').Context} context */
async function show(description, item, context) {
  const key = Object.fromEntries(keyOf(description).map(name => [name, item[name]]));
  const wish = await dialog(keyOf(description).map(name => short(item[name])).join(' · '), close => [
    json(JSON.stringify(plain({ M: item })), 'Item'),
    h('details', {}, h('summary', {}, 'As DynamoDB’s JSON'), json(JSON.stringify(item), 'Item as DynamoDB’s JSON')),
    h('div.buttons', {},
      h('button.danger', { type: 'button', onclick: () => close('delete') }, 'Delete…'),
      h('button', { type: 'button', onclick: () => close('edit') }, 'Edit…'),
      h('button', { type: 'button', autofocus: true, onclick: () => close() }, 'Close')),
  ], { wide: true });
  if (wish === 'edit') {
    await edit(description, context, item);
  } else if (wish === 'delete' && await confirm('Delete the item?', `${JSON.stringify(plain({ M: key }))} is deleted for good.`, 'Delete')) {
    await change(description, context, () => call('dynamodb', 'DeleteItem', { TableName: description.TableName, Key: key }), 'The item is deleted.');
  }
}

/** @param {any} description @param {import('../app.js').Context} context @param {any} [item] */
async function edit(description, context, item) {
  const template = item ?? Object.fromEntries(keyOf(description).map(name => [name, typed(description, name, '')]));
  const values = await dialog(item ? 'Edit the item' : `Put an item into ${description.TableName}`, close => h('form.fields', { onsubmit: event => close(formValues(event)) },
    field('Item in DynamoDB’s JSON', h('textarea', { name: 'item', rows: 18, required: true, autofocus: true, spellcheck: 'false', value: JSON.stringify(template, null, 2) }), { wide: true }),
    h('p.note.wide', {}, 'It takes the place of the item with the same key.'),
    h('div.buttons', {}, h('button', { type: 'button', onclick: () => close() }, 'Cancel'), h('button.primary', { type: 'submit' }, 'Put'))), { wide: true });
  if (values) {
    await change(description, context, () => call('dynamodb', 'PutItem', { TableName: description.TableName, Item: JSON.parse(values.item) }), 'The item is put.');
  }
}

/** Does it and reads the page of items again. @param {any} description @param {import('../app.js').Context} context @param {() => Promise<any>} work @param {string} done */
const change = (description, { act, state }, work, done) => act(async () => {
  await work();
  state.answer = await ask(description, state.question ?? {}, state.startKey);
}, done);

/** @param {any} description */
const settings = description => [
  panel('Table', facts([
    ['ARN', h('code', {}, description.TableArn)],
    ['Key', h('code', {}, keyOf(description).join(', '))],
    ['Attributes', description.AttributeDefinitions.map(one => [label(`${one.AttributeName}: ${one.AttributeType}`), ' '])],
    ['Billing', description.BillingModeSummary?.BillingMode ?? 'PROVISIONED'],
    ['Deletion protection', description.DeletionProtectionEnabled ? 'on' : 'off'],
    ['Stream', description.StreamSpecification?.StreamViewType ?? 'none'],
  ])),
  panel('Indexes', table([
    { title: 'Index', rowHeader: true, cell: one => one.IndexName },
    { title: 'Key', cell: one => h('code', {}, keyOf(one).join(', ')) },
    { title: 'Projection', cell: one => one.Projection.ProjectionType },
    { title: 'Status', cell: one => one.IndexStatus ? badge(one.IndexStatus) : '–' },
    { title: 'Items', class: 'number', cell: one => count(one.ItemCount) },
  ], indexesOf(description), { caption: 'Indexes', key: one => one.IndexName, empty: 'No index.' }), { flush: true }),
];
