// Line drawings in a box of 24, by name.
import { svg } from './dom.js';

/** @type {Record<string, string>} */
const paths = {
  overview: 'M4 13h6V4H4zM14 20h6v-9h-6zM14 8h6V4h-6zM4 20h6v-4H4z',
  dashboard: 'M4 19V5M4 19h16M8 15l3.5-4 3 2.5L20 7',
  alarms: 'M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5a2 2 0 0 0 4 0',
  traces: 'M4 6h9M8 12h9M13 18h7',
  logs: 'M5 6h14M5 10h14M5 14h9M5 18h11',
  stacks: 'm12 4 8 4-8 4-8-4zM4 12l8 4 8-4M4 16l8 4 8-4',
  queues: 'M4 7h10v10H4zM14 12h6m-2.5-2.5L20 12l-2.5 2.5',
  tables: 'M4 5h16v14H4zM4 10h16M10 10v9',
  machines: 'M12 4v3m0 4v2m-5 4v-2h10v2M9 7h6v4H9zM4 17h6v3H4zM14 17h6v3h-6z',
  rules: 'M12 5a8 8 0 1 0 0 15.5A8 8 0 0 0 12 5zM12 8.500v4.500l3 2',
  functions: 'm6 20 6-10m-3-6h2c3 0 4 16 7 16h1',
  redis: 'M4 7c0-4 16-4 16 0s-16 4-16 0zM4 7v10c0 4 16 4 16 0V7M4 12c0 4 16 4 16 0',
  emails: 'M4 6h16v12H4zM4 7l8 6 8-6',
  menu: 'M4 7h16M4 12h16M4 17h16',
  pause: 'M9 6v12M15 6v12',
  play: 'M8 5.500v13l10-6.500z',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 3v2M12 19v2M3 12h2M19 12h2M5.600 5.600 7 7M17 17l1.400 1.400M18.400 5.600 17 7M7 17l-1.400 1.400',
  moon: 'M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z',
  keyboard: 'M3 7h18v10H3zM7 10.500h0M10.500 10.500h0M14 10.500h0M17.500 10.500h0M8 14h8',
};

/** @param {string} name */
export const icon = name => svg('svg.icon', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, svg('path', { d: paths[name] }));
