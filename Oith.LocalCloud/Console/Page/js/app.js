// The frame: which page is shown, and that it stays true. A page is asked again every few seconds while somebody looks, never while its
// last question is open, and less often while LocalCloud does not answer.
import { AwsError, ConnectionError, call, list } from './api.js';
import { h, patch } from './dom.js';
import { clockTime, moment } from './format.js';
import { icon } from './icons.js';
import { announce, dialog, toast } from './ui.js';

/**
 * @typedef {object} Context what a page gets
 * @property {string[]} params what follows the page's name in the address
 * @property {Record<string, any>} state lives as long as the address is the same
 * @property {(changes?: Record<string, any>) => void} set changes the state and draws again
 * @property {() => Promise<void>} refresh asks again and draws
 * @property {(work: () => Promise<any>, done?: string) => Promise<void>} act does something and tells how it went
 * @property {AbortSignal} signal
 *
 * @typedef {object} Page
 * @property {string} [title] what the tab says; otherwise the last part of the address
 * @property {number} [interval] milliseconds between questions; 2 s otherwise
 * @property {(context: Context) => Promise<any>} load
 * @property {(data: any, context: Context) => import('./dom.js').Child} render
 */

const groups = [
  ['Watch', [['', 'Overview', 'overview', 'o'], ['dashboard', 'Dashboard', 'dashboard', 'd'], ['alarms', 'Alarms', 'alarms', 'a'], ['traces', 'Traces', 'traces', 't'], ['logs', 'Logs', 'logs', 'l']]],
  ['Resources', [['stacks', 'Stacks', 'stacks', 's'], ['queues', 'Queues', 'queues', 'q'], ['tables', 'Tables', 'tables', 'b'], ['machines', 'State machines', 'machines', 'm'],
    ['rules', 'Rules and pipes', 'rules', 'r'], ['functions', 'Functions', 'functions', 'f'], ['redis', 'Redis', 'redis', 'c'], ['emails', 'E-mails', 'emails', 'e']]],
];
const pages = groups.flatMap(([, entries]) => /** @type {string[][]} */ (entries));
const defaultInterval = 2000;
const longestInterval = 15000;

const $ = id => /** @type {HTMLElement} */ (document.getElementById(id));
const main = $('main');
let isPaused = false;
let isConnected = true;
/** @type {{ stop: () => void, tick: () => Promise<void> } | undefined} */
let current;

function address() {
  const [path] = location.hash.replace(/^#\/?/, '').split('?');
  const [name, ...params] = path.split('/').map(decodeURIComponent);
  return { name, params };
}

async function show() {
  current?.stop();
  const { name, params } = address();
  const entry = pages.find(([key]) => key === name);
  drawNavigation(name);
  $('nav').classList.remove('open');
  $('menu').setAttribute('aria-expanded', 'false');
  if (!entry) {
    patch(main, h('h1', { tabindex: '-1' }, 'There is no such page'), h('p', {}, h('a', { href: '#/' }, 'To the overview')));
    return;
  }

  const abort = new AbortController();
  const shown = location.hash;
  main.setAttribute('aria-busy', 'true');
  /** @type {{ default: Page }} */
  const { default: page } = await import(`./pages/${name || 'overview'}.js`);
  if (abort.signal.aborted || location.hash !== shown) {
    return;
  }

  current = run(page, params, abort, entry[1]);
}

/** @param {Page} page @param {string[]} params @param {AbortController} abort @param {string} name */
function run(page, params, abort, name) {
  /** @type {any} */
  let timer;
  /** @type {any} */
  let data;
  let isFirst = true;
  let isAsking = false;
  let failures = 0;
  const draw = () => {
    if (data !== undefined && !abort.signal.aborted) {
      if (isFirst) {
        // Not earlier: until then the last page is better than none.
        main.replaceChildren();
      }

      patch(main, page.render(data, context));
    }
  };
  /** @type {Context} */
  const context = {
    params,
    state: {},
    signal: abort.signal,
    set: changes => {
      Object.assign(context.state, changes);
      draw();
    },
    refresh: () => ask(),
    act: async (work, done) => {
      try {
        await work();
        if (done) {
          toast(done);
        }
      } catch (error) {
        toast(error instanceof AwsError ? `${error.code}: ${error.message}` : String(/** @type {Error} */ (error).message), true);
      }

      await ask();
    },
  };

  async function ask() {
    try {
      data = await page.load(context);
      failures = 0;
      setConnected(true);
      draw();
    } catch (error) {
      if (abort.signal.aborted) {
        return;
      }

      failures++;
      if (error instanceof ConnectionError) {
        setConnected(false);
      } else if (error instanceof AwsError) {
        setConnected(true);
        data = undefined;
        main.replaceChildren();
        patch(main, h('h1', { tabindex: '-1' }, name), h('div.alert', { role: 'alert' }, h('strong', {}, error.code), ` ${error.message}`));
      } else {
        throw error;
      }
    }

    if (isFirst && !abort.signal.aborted) {
      isFirst = false;
      main.removeAttribute('aria-busy');
      const heading = main.querySelector('h1');
      document.title = `${heading?.textContent ?? name} · LocalCloud`;
      if (hasNavigated) {
        heading?.focus({ preventScroll: true });
        scrollTo(0, 0);
      }

      hasNavigated = true;
    }
  }

  async function tick() {
    clearTimeout(timer);
    if (isAsking || abort.signal.aborted) {
      return;
    }

    isAsking = true;
    try {
      if (isFirst || (!isPaused && document.visibilityState === 'visible')) {
        await ask();
      }
    } finally {
      isAsking = false;
      if (!abort.signal.aborted) {
        timer = setTimeout(tick, Math.min(longestInterval, (page.interval ?? defaultInterval) * 2 ** Math.min(failures, 4)));
      }
    }
  }

  tick();
  return {
    tick,
    stop: () => {
      abort.abort();
      clearTimeout(timer);
    },
  };
}

// The first page takes no focus away from the skip link.
let hasNavigated = false;

/** @param {boolean} value */
function setConnected(value) {
  if (value !== isConnected) {
    isConnected = value;
    const element = $('connection');
    element.hidden = value;
    element.textContent = value ? '' : 'LocalCloud does not answer. Trying again…';
  }
}

let alarmsFiring = 0;

/** @param {string} name */
function drawNavigation(name) {
  patch($('nav'), groups.map(([title, entries]) => [h('h2', {}, title), h('ul', {}, /** @type {string[][]} */ (entries).map(([key, text, picture]) =>
    h('li', {}, h('a', { href: `#/${key}`, 'aria-current': key === name ? 'page' : null }, icon(picture), text,
      key === 'alarms' && alarmsFiring > 0 && h('span.count', { 'aria-label': `${alarmsFiring} firing` }, alarmsFiring)))))]));
}

/** Whatever the page: the clock, and whether an alarm fires. */
async function watch() {
  try {
    if (!isPaused && document.visibilityState === 'visible') {
      const [clock, firing] = await Promise.all([call('monitoring', 'LocalCloudGetClock'), list('monitoring', 'DescribeAlarms', { StateValue: 'ALARM' }, 'MetricAlarms')]);
      patch($('clock'), clock.Factor === 1 ? '' : `CloudWatch ${clockTime(moment(clock.Now))}, ${clock.Factor}× as fast`);
      if (firing.length !== alarmsFiring) {
        alarmsFiring = firing.length;
        announce(alarmsFiring === 0 ? 'No alarm fires' : `${alarmsFiring} ${alarmsFiring === 1 ? 'alarm fires' : 'alarms fire'}`);
        drawNavigation(address().name);
      }
    }
  } catch (error) {
    if (!(error instanceof ConnectionError || error instanceof AwsError)) {
      throw error;
    }
  } finally {
    setTimeout(watch, isConnected ? 3000 : longestInterval);
  }
}

function drawLive() {
  const button = $('live');
  patch(button, icon(isPaused ? 'play' : 'pause'));
  button.setAttribute('aria-pressed', String(!isPaused));
  button.setAttribute('aria-label', 'Live updates');
  button.title = isPaused ? 'Live updates are paused (P)' : 'Live updates (P to pause)';
}

function togglePause() {
  isPaused = !isPaused;
  drawLive();
  announce(isPaused ? 'Live updates are paused' : 'Live updates go on');
  current?.tick();
}

function drawTheme() {
  const isDark = document.documentElement.dataset.theme === 'dark';
  patch($('theme'), icon(isDark ? 'sun' : 'moon'));
  $('theme').setAttribute('aria-label', isDark ? 'Light theme' : 'Dark theme');
}

function toggleTheme() {
  const theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  localStorage.setItem('theme', theme);
  document.documentElement.dataset.theme = theme;
  drawTheme();
}

const showHelp = () => dialog('Keyboard shortcuts', close => [
  h('dl.facts', {}, [['g then a letter', pages.map(([, text, , letter]) => `${letter} ${text}`).join(' · ')], ['/', 'to the filter'], ['p', 'pause or resume live updates'], ['x', 'light or dark'], ['?', 'this list']]
    .flatMap(([keys, text]) => [h('dt', {}, h('kbd', {}, keys)), h('dd', {}, text)])),
  h('div.buttons', {}, h('button', { type: 'button', autofocus: true, onclick: () => close() }, 'Close')),
]);

let isAfterG = false;
document.addEventListener('keydown', event => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input, textarea, select, dialog')) {
    return;
  }

  if (isAfterG) {
    isAfterG = false;
    const page = pages.find(([, , , letter]) => letter === event.key);
    if (page) {
      location.hash = `#/${page[0]}`;
      event.preventDefault();
    }

    return;
  }

  const filter = /** @type {HTMLElement | null} */ (main.querySelector('[data-filter]'));
  const action = { g: () => { isAfterG = true; }, p: togglePause, x: toggleTheme, '?': showHelp, '/': () => filter?.focus() }[event.key];
  if (action) {
    action();
    event.preventDefault();
  }
});

patch($('menu'), icon('menu'));
patch($('help'), icon('keyboard'));
$('menu').onclick = () => $('menu').setAttribute('aria-expanded', String($('nav').classList.toggle('open')));
$('help').onclick = showHelp;
$('live').onclick = togglePause;
$('theme').onclick = toggleTheme;
document.querySelector('.skip')?.addEventListener('click', event => {
  // The address names the page, so the link cannot name its target.
  event.preventDefault();
  main.focus();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawTheme);
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && current?.tick());
addEventListener('hashchange', show);
drawLive();
drawTheme();
show();
watch();
call('sts', 'GetCallerIdentity').then(({ Account }) => patch($('where'), `account ${Account} · ${location.host}`), () => setConnected(false));
