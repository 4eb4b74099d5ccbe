// Where the states of a machine stand: layers from top to bottom, in the manner of Sugiyama. Nested machines (Map, Parallel) are laid out
// first and then take their place as one large node.

/**
 * @typedef {{ id: string, width: number, height: number, x?: number, y?: number }} Box x and y are the top left corner
 * @typedef {{ from: string, to: string, label?: string, kind?: string, points?: [number, number][] }} Link
 */

const gapX = 34;
const gapY = 46;
const sweeps = 6;

/**
 * Gives every box its place and every link its bends.
 * @param {Box[]} boxes the first is where it starts @param {Link[]} links
 * @returns {{ width: number, height: number }}
 */
export function layout(boxes, links) {
  const byId = new Map(boxes.map(box => [box.id, box]));
  const isBack = backLinks(boxes, links);
  const forward = links.filter(link => !isBack.has(link) && link.from !== link.to);
  const rank = ranks(boxes, forward);

  // A link over several layers gets a small box in each one between, so that it is kept clear of the others.
  /** @type {any[][]} */
  const layers = [];
  const put = (box, at) => (layers[at] ??= []).push(box);
  boxes.forEach(box => put({ ...box, above: [], below: [], box }, rank.get(box.id)));
  const node = new Map(layers.flat().map(one => [one.id, one]));
  const chains = new Map();
  for (const link of links.filter(one => one.from !== one.to)) {
    const [upper, lower] = isBack.has(link) ? [link.to, link.from] : [link.from, link.to];
    const chain = [node.get(upper)];
    for (let at = (rank.get(upper) ?? 0) + 1; at < (rank.get(lower) ?? 0); at++) {
      const bend = { id: `bend${chains.size}-${at}`, width: 12, height: 0, above: [], below: [] };
      put(bend, at);
      chain.push(bend);
    }

    chain.push(node.get(lower));
    chains.set(link, chain);
    for (let i = 0; i + 1 < chain.length; i++) {
      chain[i].below.push(chain[i + 1]);
      chain[i + 1].above.push(chain[i]);
    }
  }

  order(layers);
  const width = place(layers);
  let y = 0;
  for (const layer of layers) {
    const height = Math.max(...layer.map(one => one.height));
    for (const one of layer) {
      one.y = y;
      if (one.box) {
        [one.box.x, one.box.y] = [one.x, one.y];
      }
    }

    layer.forEach(one => { one.band = [y, y + height]; });
    y += height + gapY;
  }

  for (const [link, chain] of chains) {
    const points = chain.flatMap((one, i) => {
      const x = one.x + one.width / 2;
      // Beside something tall, down to its end before it turns.
      return i === 0 ? [[x, one.y + one.height], ...one.y + one.height < one.band[1] ? [[x, one.band[1]]] : []] : i === chain.length - 1 ? [[x, one.y]] : [[x, one.band[0]], [x, one.band[1]]];
    });
    link.points = isBack.has(link) ? points.reverse() : points;
  }

  for (const link of links.filter(one => one.from === one.to)) {
    const box = /** @type {any} */ (byId.get(link.from));
    link.points = [[box.x + box.width, box.y + 10], [box.x + box.width + 18, box.y + 10], [box.x + box.width + 18, box.y + box.height - 10], [box.x + box.width, box.y + box.height - 10]];
  }

  return { width, height: y - gapY };
}

/** The links that lead back to where one already is. @param {Box[]} boxes @param {Link[]} links */
function backLinks(boxes, links) {
  const back = new Set();
  const done = new Set();
  const path = new Set();
  const visit = id => {
    path.add(id);
    for (const link of links) {
      if (link.from === id) {
        if (path.has(link.to)) {
          back.add(link);
        } else if (!done.has(link.to)) {
          visit(link.to);
        }
      }
    }

    path.delete(id);
    done.add(id);
  };
  boxes.forEach(box => done.has(box.id) || visit(box.id));
  return back;
}

/** The longest way from the start. @param {Box[]} boxes @param {Link[]} links without cycles */
function ranks(boxes, links) {
  const rank = new Map(boxes.map(box => [box.id, 0]));
  for (let changed = true; changed;) {
    changed = false;
    for (const link of links) {
      const least = (rank.get(link.from) ?? 0) + 1;
      if ((rank.get(link.to) ?? 0) < least) {
        rank.set(link.to, least);
        changed = true;
      }
    }
  }

  return rank;
}

/** Orders each layer by where its neighbours are, down and up again. @param {any[][]} layers */
function order(layers) {
  const number = () => layers.forEach(layer => layer.forEach((one, i) => { one.at = i; }));
  number();
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const side = sweep % 2 === 0 ? 'above' : 'below';
    for (const layer of sweep % 2 === 0 ? layers : [...layers].reverse()) {
      layer.forEach(one => { one.weight = one[side].length > 0 ? one[side].reduce((sum, other) => sum + other.at, 0) / one[side].length : one.at; });
      layer.sort((a, b) => a.weight - b.weight || a.at - b.at);
      layer.forEach((one, i) => { one.at = i; });
    }
  }
}

/** Moves each box to the middle of its neighbours as far as its own neighbours in the layer let it. @param {any[][]} layers @returns {number} the width */
function place(layers) {
  const widthOf = layer => layer.reduce((sum, one) => sum + one.width + gapX, -gapX);
  const widest = Math.max(...layers.map(widthOf));
  for (const layer of layers) {
    let x = (widest - widthOf(layer)) / 2;
    for (const one of layer) {
      one.x = x;
      x += one.width + gapX;
    }
  }

  const middle = one => one.x + one.width / 2;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const side = sweep % 2 === 0 ? 'above' : 'below';
    for (const layer of sweep % 2 === 0 ? layers : [...layers].reverse()) {
      // Who has no neighbour on that side stays.
      layer.forEach((one, i) => {
        if (one[side].length === 0) {
          return;
        }

        const wanted = one[side].reduce((sum, other) => sum + middle(other), 0) / one[side].length - one.width / 2;
        const low = i > 0 ? layer[i - 1].x + layer[i - 1].width + gapX : -Infinity;
        const high = i + 1 < layer.length ? layer[i + 1].x - gapX - one.width : Infinity;
        one.x = Math.min(Math.max(wanted, low), Math.max(low, high));
      });
    }
  }

  const all = layers.flat();
  const left = Math.min(...all.map(one => one.x));
  all.forEach(one => { one.x -= left; });
  return Math.max(...all.map(one => one.x + one.width));
}
