// The graph of a state machine as SVG. States are buttons: Tab reaches them, Enter shows them.
import { h, svg } from './dom.js';
import { layout } from './layout.js';

/** @typedef {import('./history.js').Visit} Visit */

const height = 44;
const pad = 16;
const titleHeight = 34;
const marks = { succeeded: '✓', failed: '✕', caught: '!', running: '…' };

/**
 * @param {any} definition of the machine
 * @param {Map<string, { status?: string, count: number }>} states by name
 * @param {Set<string>} taken links that were gone, as "from→to"
 * @param {string | undefined} selected @param {(name: string) => void} select
 */
export function graph(definition, states, taken, selected, select) {
  const laid = machine(definition, 'machine');
  const width = laid.width + 2 * pad;
  const tall = laid.height + 2 * pad;
  return h('div.graph', { role: 'group', 'aria-label': 'Graph of the state machine' }, svg('svg', { width, height: tall, viewBox: `0 0 ${width} ${tall}` },
    svg('defs', {}, marker('arrow', 'arrow'), marker('arrow-taken', 'arrow taken')),
    draw(laid, pad, pad, { states, taken, selected, select })));
}

const marker = (id, className) => svg('marker', { id, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto-start-reverse' },
  svg('path', { class: className, d: 'M0 0 8 4 0 8z' }));

/** Boxes and links of a machine, with those inside its states. @param {any} definition @param {string} prefix */
function machine(definition, prefix) {
  const [start, end] = [`${prefix}/start`, `${prefix}/end`];
  /** @type {any[]} */
  const boxes = [{ id: start, width: 56, height: 24, terminal: 'Start' }];
  /** @type {import('./layout.js').Link[]} */
  const links = [{ from: start, to: definition.StartAt }];
  let endsHere = false;
  for (const [name, state] of Object.entries(definition.States ?? {})) {
    boxes.push(stateBox(name, /** @type {any} */ (state)));
    for (const link of linksOf(name, /** @type {any} */ (state), end)) {
      endsHere ||= link.to === end;
      const same = links.find(one => one.from === link.from && one.to === link.to);
      if (!same) {
        links.push(link);
      } else if (link.label) {
        same.label = same.label ? `${same.label}, ${link.label}` : link.label;
      }
    }
  }

  if (endsHere) {
    boxes.push({ id: end, width: 56, height: 24, terminal: 'End' });
  }

  return { boxes, links, end, ...layout(boxes, links) };
}

/**
 * Which machine each state belongs to, as in the links' names.
 * @param {any} definition @param {string} [prefix] @returns {Map<string, string>}
 */
export const scopes = (definition, prefix = 'machine') => new Map(Object.entries(definition.States ?? {}).flatMap(([name, state]) => [
  [name, prefix],
  ...innerMachines(name, /** @type {any} */ (state)).flatMap(([inner, innerPrefix]) => [...scopes(inner, innerPrefix)]),
]));

/** The machines inside a state. @param {string} name @param {any} state @returns {[any, string][]} */
function innerMachines(name, state) {
  const processor = state.ItemProcessor ?? state.Iterator;
  return processor ? [[processor, name]] : (state.Branches ?? []).map((branch, i) => [branch, `${name}/${i}`]);
}

/** @param {string} name @param {any} state */
function stateBox(name, state) {
  const inner = innerMachines(name, state).map(([definition, prefix]) => machine(definition, prefix));
  const words = Math.max(name.length * 8.4 + 44, kind(state).length * 6.4 + 30, 120);
  if (inner.length === 0) {
    return { id: name, name, state, width: words, height, inner };
  }

  const width = inner.reduce((sum, one) => sum + one.width + pad, pad);
  return { id: name, name, state, inner, width: Math.max(width, words + kind(state).length * 6.4 + 20), height: titleHeight + Math.max(...inner.map(one => one.height)) + pad };
}

/** @param {string} name @param {any} state @param {string} end @returns {import('./layout.js').Link[]} */
function linksOf(name, state, end) {
  const links = [];
  (state.Choices ?? []).forEach(choice => links.push({ from: name, to: choice.Next, label: rule(choice) }));
  if (state.Default) {
    links.push({ from: name, to: state.Default, label: 'otherwise' });
  }

  if (state.Next) {
    links.push({ from: name, to: state.Next });
  }

  (state.Catch ?? []).forEach(one => links.push({ from: name, to: one.Next, label: 'caught', kind: 'catch' }));
  if (state.End || state.Type === 'Succeed' || state.Type === 'Fail') {
    links.push({ from: name, to: end });
  }

  return links;
}

/** A choice rule in few words. @param {any} choice @returns {string} */
function rule(choice) {
  const [operator, operand] = Object.entries(choice).find(([key]) => !['Variable', 'Next', 'Assign', 'Comment'].includes(key)) ?? ['', ''];
  if (operator === 'And' || operator === 'Or' || operator === 'Not') {
    return operator.toLowerCase();
  }

  const text = `${String(choice.Variable ?? '').replace(/^\$\.?/, '')} ${operator.endsWith('Equals') ? '=' : operator} ${String(operand)}`;
  return text.length > 26 ? `${text.slice(0, 25)}…` : text;
}

/** @param {any} laid @param {number} x @param {number} y @param {any} how */
function draw(laid, x, y, how) {
  return svg('g', { transform: `translate(${x} ${y})` },
    laid.links.map(link => {
      const isTaken = how.taken.has(`${link.from}→${link.to}`);
      return [
        svg('path.edge', { class: [isTaken && 'taken', link.kind].filter(Boolean).join(' '), d: bend(link.points), 'marker-end': `url(#arrow${isTaken ? '-taken' : ''})` }),
        link.label && svg('text.edge-label', { x: label(link.points)[0], y: label(link.points)[1], 'text-anchor': 'middle' }, link.label),
      ];
    }),
    laid.boxes.map(box => box.terminal ? terminal(box) : stateNode(box, how)));
}

/** Smooth between its points. @param {[number, number][]} points */
function bend(points) {
  return points.map(([x, y], i) => {
    if (i === 0) {
      return `M${x} ${y}`;
    }

    const [px, py] = points[i - 1];
    const half = (y - py) / 2;
    return `C${px} ${py + half} ${x} ${y - half} ${x} ${y}`;
  }).join('');
}

/** Beside the first bend. @param {[number, number][]} points @returns {[number, number]} */
const label = points => [points[0][0] * 0.35 + points[1][0] * 0.65, points[0][1] * 0.42 + points[1][1] * 0.58];

const terminal = box => svg('g.terminal', { transform: `translate(${box.x} ${box.y})` },
  svg('rect', { width: box.width, height: box.height, rx: box.height / 2 }),
  svg('text', { x: box.width / 2, y: box.height / 2 + 4, 'text-anchor': 'middle' }, box.terminal));

/** @param {any} box @param {any} how */
function stateNode(box, how) {
  const { status, count } = how.states.get(box.name) ?? { status: undefined, count: 0 };
  const isGroup = box.inner.length > 0;
  const choose = () => how.select(box.name);
  // A frame that is wider than what is in it has it in the middle.
  let x = (box.width - box.inner.reduce((sum, one) => sum + one.width + pad, -pad)) / 2;
  return svg('g', { transform: `translate(${box.x} ${box.y})` }, svg('g.node', {
    class: [status, isGroup && 'frame', box.name === how.selected && 'selected'].filter(Boolean).join(' '),
    tabindex: '0', role: 'button', 'aria-pressed': String(box.name === how.selected),
    'aria-label': `${box.name}, ${box.state.Type}, ${status ?? 'not entered'}${count > 1 ? `, ${count} times` : ''}`,
    onclick: choose,
    onkeydown: event => {
      if (event.key === 'Enter' || event.key === ' ') {
        choose();
        event.preventDefault();
      }
    },
  },
  svg('rect', { width: box.width, height: box.height, rx: 8 }),
  status && svg('text.mark', { x: box.width - 17, y: isGroup ? 21 : 19, 'text-anchor': 'middle' }, marks[status]),
  svg('text', { x: 13, y: isGroup ? 21 : 19 }, box.name),
  isGroup
    ? svg('text.kind', { x: box.width - 32, y: 21, 'text-anchor': 'end' }, kind(box.state) + times(count))
    : svg('text.kind', { x: 13, y: 34 }, kind(box.state) + times(count))),
  box.inner.map(one => {
    const drawn = draw(one, x, titleHeight, how);
    x += one.width + pad;
    return drawn;
  }));
}

const times = count => count > 1 ? ` · ${count}×` : '';

/** @param {any} state */
function kind(state) {
  const service = /^arn:[^:]*:states:[^:]*:[^:]*:(?:aws-sdk:)?([^.]+)/.exec(state.Resource ?? '')?.[1];
  const mode = (state.ItemProcessor ?? state.Iterator)?.ProcessorConfig?.Mode;
  return mode === 'DISTRIBUTED' ? 'Distributed Map' : service ? `${state.Type} · ${service}` : state.Type;
}
