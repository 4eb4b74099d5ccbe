// Elements, and how a page's new elements become its old ones without losing focus, scroll or what was typed.
// Text is only ever set as text: nothing that a queue or a table holds can become markup.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @typedef {Node | string | number | null | undefined | false | Child[]} Child
 * @typedef {{ update: (element: HTMLElement, props: any) => void, props: any, kind: string }} Widget
 */

/**
 * Makes an HTML element: h('a.button', { href: '#/', onclick: f }, 'text').
 * @param {string} tag a name and classes
 * @param {Record<string, any>} [props] attributes; functions under on… are listeners; `value` and `checked` are properties;
 *   `style` is an object of CSS properties (the content security policy forbids the attribute)
 * @param {...Child} children
 */
export function h(tag, props, ...children) {
  const [name, ...classes] = tag.split('.');
  return build(document.createElement(name), classes, props, children);
}

/** The same for SVG. @param {string} tag @param {Record<string, any>} [props] @param {...Child} children */
export function svg(tag, props, ...children) {
  const [name, ...classes] = tag.split('.');
  return build(document.createElementNS(SVG, name), classes, props, children);
}

/** @param {any} element @param {string[]} classes @param {Record<string, any> | undefined} props @param {Child[]} children */
function build(element, classes, props, children) {
  if (classes.length > 0) {
    element.setAttribute('class', classes.join(' '));
  }

  element.append(...flatten(children));
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name.startsWith('on')) {
      (element.$events ??= {})[name] = value;
      element[name] = value;
    } else if (name === 'value' || name === 'checked') {
      element[name] = value;
    } else if (name === 'style') {
      for (const [property, text] of Object.entries(value)) {
        element.style.setProperty(property, String(text));
      }
    } else if (name === 'class') {
      if (value) {
        element.setAttribute('class', [...classes, value].join(' '));
      }
    } else if (value === true) {
      element.setAttribute(name, '');
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }

  return element;
}

/** @param {Child[]} children @returns {Node[]} */
function flatten(children) {
  return children.flat(Infinity)
    .filter(child => child !== null && child !== undefined && child !== false)
    .map(child => child instanceof Node ? child : document.createTextNode(String(child)));
}

/**
 * An element that looks after itself: made once, then told of new props instead of being replaced.
 * @param {string} kind widgets of one kind can take each other's place
 * @param {HTMLElement} element @param {any} props @param {(element: HTMLElement, props: any) => void} update
 */
export function widget(kind, element, props, update) {
  /** @type {any} */ (element).$widget = { kind, props, update };
  return element;
}

/** Makes the children of `parent` look like `children`. @param {Element} parent @param {Child[]} children */
export function patch(parent, ...children) {
  const focused = document.activeElement;
  patchChildren(parent, flatten(children));
  if (focused !== document.activeElement && focused?.isConnected) {
    // An element that is moved loses it.
    /** @type {HTMLElement} */ (focused).focus({ preventScroll: true });
  }
}

/** @param {Element} parent @param {Node[]} wanted */
function patchChildren(parent, wanted) {
  const keyed = new Map();
  for (const child of parent.children) {
    const key = child.getAttribute('data-key');
    if (key !== null) {
      keyed.set(key, child);
    }
  }

  let old = parent.firstChild;
  for (const node of wanted) {
    const key = node instanceof Element ? node.getAttribute('data-key') : null;
    const match = key !== null ? keyed.get(key) : old;
    if (match && isSame(match, node)) {
      if (match !== old) {
        parent.insertBefore(match, old);
      } else {
        old = old?.nextSibling ?? null;
      }

      patchNode(match, node);
    } else {
      parent.insertBefore(node, old);
      if (old && key === null && !(old instanceof Element && old.hasAttribute('data-key'))) {
        const next = old.nextSibling;
        parent.removeChild(old);
        old = next;
      }
    }
  }

  while (old) {
    const next = old.nextSibling;
    parent.removeChild(old);
    old = next;
  }
}

/** @param {any} old @param {any} node */
function isSame(old, node) {
  return old.nodeName === node.nodeName && old.$widget?.kind === node.$widget?.kind
    && (!(old instanceof Element) || old.getAttribute('data-key') === node.getAttribute('data-key'));
}

/** @param {any} old @param {any} node */
function patchNode(old, node) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== node.data) {
      old.data = node.data;
    }

    return;
  }

  patchAttributes(old, node);
  if (node.$widget) {
    old.$widget = node.$widget;
    node.$widget.update(old, node.$widget.props);
    return;
  }

  // What somebody may have typed or chosen stays; a form is emptied by its page.
  if (old.localName !== 'textarea') {
    patchChildren(old, [...node.childNodes]);
  }
}

/** @param {any} old @param {any} node */
function patchAttributes(old, node) {
  for (const { name } of [...old.attributes]) {
    if (!node.hasAttribute(name) && !(name === 'open' && (old.localName === 'details' || old.localName === 'dialog'))) {
      old.removeAttribute(name);
    }
  }

  for (const { name, value } of node.attributes) {
    if (name === 'style') {
      if (old.style.cssText !== node.style.cssText) {
        old.style.cssText = node.style.cssText;
      }
    } else if (old.getAttribute(name) !== value) {
      old.setAttribute(name, value);
    }
  }

  for (const name of Object.keys(old.$events ?? {})) {
    old[name] = null;
  }

  old.$events = node.$events;
  Object.assign(old, node.$events ?? {});
}
