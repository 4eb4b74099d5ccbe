// The little Markdown that text widgets use: headings, lists, paragraphs, code, bold, links. Built as elements, never as markup.
import { h } from './dom.js';

/** @param {string} text */
export function markdown(text) {
  /** @type {HTMLElement[]} */
  const blocks = [];
  for (const line of text.split(/\r?\n/)) {
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    const item = /^\s*[-*]\s+(.*)$/.exec(line);
    const last = blocks[blocks.length - 1];
    if (heading) {
      blocks.push(h(heading[1].length === 1 ? 'h2' : 'h3', {}, inline(heading[2])));
    } else if (item) {
      (last?.localName === 'ul' ? last : blocks[blocks.push(h('ul', {})) - 1]).append(h('li', {}, inline(item[1])));
    } else if (line.trim() !== '') {
      blocks.push(h('p', {}, inline(line)));
    }
  }

  return blocks;
}

/** @param {string} text */
function inline(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(/`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\((https?:[^)\s]+|#[^)\s]*)\)/g)) {
    parts.push(text.slice(end, match.index));
    parts.push(match[1] ? h('code', {}, match[1]) : match[2] ? h('strong', {}, match[2]) : h('a', { href: match[4], rel: 'noreferrer' }, match[3]));
    end = match.index + match[0].length;
  }

  return [parts, text.slice(end)];
}
