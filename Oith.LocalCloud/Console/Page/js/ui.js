// Building blocks that every page uses.
import { h, patch } from './dom.js';
import { clockTime, dateTime, duration, moment } from './format.js';

/** @typedef {import('./dom.js').Child} Child */

/** The colour of a state, by the words that the services use. @param {string} state @returns {string} */
export function tone(state) {
  if (/^(OK|ACTIVE|Active|available|ENABLED|SUCCEEDED|RUNNING_PIPE|COMPLETED|visible|Successful)$|^(?!.*ROLLBACK).*_COMPLETE$/.test(state)) {
    return 'ok';
  }

  if (/ALARM|FAIL|ABORT|TIMED_OUT|ROLLBACK|ERROR|CRITICAL|FATAL|Fault/i.test(state)) {
    return 'bad';
  }

  if (/WARN|Caught|delayed|THROTTL/i.test(state)) {
    return 'warn';
  }

  return /RUNNING|IN_PROGRESS|CREATING|UPDATING|in flight|CANCELLING/.test(state) ? 'run' : 'idle';
}

/** A state as a coloured word; shape and word say the same as the colour. @param {string} state @param {string} [as] a tone that differs */
export const badge = (state, as) => h(`span.badge.${as ?? tone(state)}`, {}, state);

/** A word without a state. @param {string} text */
export const label = text => h('span.badge.plain', {}, text);

/** @param {number | string | undefined} value */
export function time(value) {
  if (value === undefined || value === null) {
    return '–';
  }

  const date = moment(value);
  return h('time.nowrap', { datetime: date.toISOString(), title: date.toISOString() }, dateTime(date));
}

/** How long ago. @param {number | string} value */
export function age(value) {
  const date = moment(value);
  return h('time.nowrap', { datetime: date.toISOString(), title: `${clockTime(date)} · ${date.toISOString()}` }, `${duration(Math.max(0, Math.floor((Date.now() - date.getTime()) / 1000)))} ago`);
}

/** The head of a page. @param {string} title @param {{ crumbs?: Child[], beside?: Child, actions?: Child[] }} [parts] */
export const head = (title, { crumbs, beside, actions } = {}) => h('div.page-head', {},
  crumbs && h('nav.crumbs', { 'aria-label': 'Breadcrumb' }, crumbs.flatMap((crumb, i) => i > 0 ? [' / ', crumb] : [crumb])),
  h('h1', { tabindex: '-1' }, title), beside, actions && h('div.actions', {}, actions));

/** A section with a heading. @param {string} title @param {Child} content @param {{ beside?: Child, actions?: Child[], flush?: boolean, key?: string, class?: string }} [options] flush: the content reaches the edges */
export const panel = (title, content, { beside, actions, flush, key, class: className } = {}) => h('section.panel', { 'data-key': key, 'aria-label': title, class: className },
  h('header', {}, h('h2', {}, title), beside, actions && h('div.actions', {}, actions)),
  flush ? content : h('div.body', {}, content));

/**
 * @param {{ title: string, cell: (row: any) => Child, class?: string, rowHeader?: boolean }[]} columns
 * @param {any[]} rows
 * @param {{ caption: string, key: (row: any) => string, empty?: string, selected?: (row: any) => boolean }} options caption: for who does not see it
 */
export function table(columns, rows, { caption, key, empty = 'Nothing here yet.', selected }) {
  return rows.length === 0 ? h('p.empty', {}, empty) : h('div.scroll', { tabindex: '0', role: 'region', 'aria-label': caption }, h('table', {},
    h('caption.hidden-text', {}, caption),
    h('thead', {}, h('tr', {}, columns.map(column => h('th', { scope: 'col', class: column.class }, column.title)))),
    h('tbody', {}, rows.map(row => h('tr', { 'data-key': key(row), 'aria-selected': selected?.(row) ? 'true' : null }, columns.map(column =>
      h(column.rowHeader ? 'th' : 'td', { class: column.class, scope: column.rowHeader ? 'row' : null }, column.cell(row))))))));
}

/** Names and values. @param {[string, Child][]} pairs */
export const facts = pairs => h('dl.facts', {}, pairs.flatMap(([name, value]) => value === undefined || value === null ? [] : [h('dt', {}, name), h('dd', {}, value)]));

/** A figure that leads to its page. @param {{ label: string, value: Child, detail?: Child, href?: string, tone?: string, icon?: Node }} props */
export const tile = ({ label: name, value, detail, href, tone: color, icon }) => h(href ? 'a.tile' : 'div.tile', { href, class: color },
  h('span.label', {}, icon, name), h('div.value', {}, value), h('div.detail', {}, detail ?? ' '));

/** JSON in colours. @param {string} text JSON; anything else is shown plainly @param {string} name for who does not see it */
export function json(text, name) {
  let formatted = text;
  try {
    formatted = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return h('pre', { tabindex: '0', 'aria-label': name }, text);
  }

  const parts = [];
  let end = 0;
  for (const match of formatted.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:true|false|null)\b/g)) {
    const kind = match[2] ? 'key' : match[1] ? 'text' : /^[-\d]/.test(match[0]) ? 'number' : 'word';
    parts.push(formatted.slice(end, match.index), h(`span.${kind}`, {}, match[1] ?? match[0]), match[2] ?? '');
    end = match.index + match[0].length;
  }

  return h('pre.json', { tabindex: '0', role: 'group', 'aria-label': name }, parts, formatted.slice(end));
}

/** A labelled field. @param {string} name @param {Node} control @param {{ wide?: boolean }} [options] */
export const field = (name, control, { wide } = {}) => h('label.field', { class: wide ? 'wide' : null }, name, control);

/** @param {string} name of the form @param {string} value @param {[string, string][]} options value and text @param {(value: string) => void} [onchange] */
export const select = (name, value, options, onchange) => h('select', { name, 'aria-label': null, onchange: onchange && (event => onchange(event.target.value)) },
  options.map(([key, text]) => h('option', { value: key, selected: key === value }, text)));

/**
 * Tabs in the manner of the ARIA practices: one of them in the tab order, arrows go from one to the next.
 * @param {[string, string][]} tabs key and text @param {string} chosen @param {(key: string) => void} choose
 */
export const tabs = (tabs, chosen, choose) => h('div.tabs', {
  role: 'tablist',
  onkeydown: event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      const at = (tabs.findIndex(([key]) => key === chosen) + step + tabs.length) % tabs.length;
      choose(tabs[at][0]);
      document.getElementById(`tab-${tabs[at][0]}`)?.focus();
      event.preventDefault();
    }
  },
}, tabs.map(([key, text]) => h('button', {
  type: 'button', role: 'tab', id: `tab-${key}`, 'aria-selected': String(key === chosen), 'aria-controls': 'tab-panel', tabindex: key === chosen ? '0' : '-1', onclick: () => choose(key),
}, text)));

/** What a chosen tab shows. @param {string} chosen @param {...Child} content */
export const tabPanel = (chosen, ...content) => h('div', { role: 'tabpanel', id: 'tab-panel', 'aria-labelledby': `tab-${chosen}`, 'data-key': chosen }, content);

/** Tells it in a corner and aloud. @param {string} text @param {boolean} [isBad] */
export function toast(text, isBad = false) {
  const element = h('div.toast', { class: isBad ? 'bad' : null }, text);
  document.getElementById('toasts')?.append(element);
  setTimeout(() => element.remove(), isBad ? 9000 : 5000);
}

/** Tells it aloud. @param {string} text */
export const announce = text => patch(/** @type {Element} */ (document.getElementById('announcer')), text);

/**
 * Shows a dialog until it is closed.
 * @param {string} title @param {(close: (answer?: any) => void) => Child} content @param {{ wide?: boolean }} [options]
 * @returns {Promise<any>} what it was closed with; undefined by Escape
 */
export function dialog(title, content, { wide } = {}) {
  return new Promise(resolve => {
    /** @type {any} */
    let answer;
    const element = h('dialog', { 'aria-label': title, class: wide ? 'wide' : null });
    const close = value => {
      answer = value;
      element.close();
    };
    element.append(h('div.body', {}, h('h2', {}, title), content(close)));
    element.addEventListener('close', () => {
      element.remove();
      resolve(answer);
    });
    document.body.append(element);
    element.showModal();
  });
}

/** Asks before something that cannot be taken back. @param {string} title @param {string} text @param {string} action @returns {Promise<boolean>} */
export const confirm = async (title, text, action) => await dialog(title, close => [
  h('p', {}, text),
  h('div.buttons', {},
    h('button', { type: 'button', autofocus: true, onclick: () => close(false) }, 'Cancel'),
    h('button.danger.primary', { type: 'button', onclick: () => close(true) }, action)),
]) === true;

/** The values of a form by name. @param {Event} event a submit @returns {Record<string, string>} */
export function formValues(event) {
  event.preventDefault();
  return Object.fromEntries(/** @type {any} */ (new FormData(/** @type {HTMLFormElement} */ (event.target)).entries()));
}
