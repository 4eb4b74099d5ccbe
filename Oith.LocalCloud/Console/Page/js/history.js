// What an execution's history says of each state: how often it was entered, with what it came and went, and how it ended.

/**
 * @typedef {object} Visit one time that a state was entered
 * @property {string} name
 * @property {string} type Task, Choice…
 * @property {string} status succeeded, failed, caught (failed and caught), running
 * @property {number} entered seconds
 * @property {number} [exited]
 * @property {string} [input]
 * @property {string} [output]
 * @property {string} [error]
 * @property {string} [cause]
 * @property {number} retries
 * @property {Visit} [parent] the visit of the Map or Parallel around it
 * @property {number} [iteration] of the Map around it
 */

const failures = /(Failed|TimedOut|Aborted)$/;

/** The details that an event carries, under whatever name. @param {any} event @returns {any} */
export const detailsOf = event => Object.entries(event).find(([name]) => name.endsWith('EventDetails'))?.[1] ?? {};

/**
 * @param {any[]} events in order
 * @returns {Visit[]} in the order in which they were entered
 */
export function visits(events) {
  /** @type {Visit[]} */
  const all = [];
  // What each event belongs to: a visit and the Map's iteration it is in.
  /** @type {Map<number, { visit?: Visit, iteration?: number }>} */
  const owners = new Map();
  for (const event of events) {
    const owner = owners.get(event.previousEventId) ?? {};
    const details = detailsOf(event);
    if (event.type.endsWith('StateEntered')) {
      const visit = {
        name: details.name, type: event.type.replace('StateEntered', ''), status: 'running', entered: event.timestamp, input: details.input, retries: 0,
        parent: owner.visit, iteration: owner.iteration,
      };
      all.push(visit);
      owners.set(event.id, { visit, iteration: undefined });
    } else if (event.type.endsWith('StateExited')) {
      const visit = [...all].reverse().find(one => one === owner.visit || (one.name === details.name && one.exited === undefined));
      if (visit) {
        visit.exited = event.timestamp;
        visit.output = details.output;
        visit.status = visit.status === 'failed' ? 'caught' : 'succeeded';
        owners.set(event.id, { visit: visit.parent, iteration: visit.iteration });
      }
    } else {
      const { visit } = owner;
      if (visit && failures.test(event.type) && !event.type.startsWith('Execution') && !event.type.startsWith('MapIteration')) {
        visit.status = 'failed';
        visit.error = details.error ?? visit.error;
        visit.cause = details.cause ?? visit.cause;
      } else if (visit && /^(Task|LambdaFunction|Activity)Scheduled$/.test(event.type) && visit.status === 'failed') {
        visit.status = 'running';
        visit.retries++;
      }

      owners.set(event.id, event.type === 'MapIterationStarted' ? { visit, iteration: details.index } : owner);
    }
  }

  return all;
}

/**
 * When an execution has ended, whatever was open has failed with it.
 * @param {Visit[]} all @param {any} execution
 */
export function settle(all, execution) {
  if (execution.status !== 'RUNNING') {
    for (const visit of all.filter(one => one.exited === undefined && one.status === 'running')) {
      visit.status = 'failed';
      visit.error ??= execution.error;
      visit.cause ??= execution.cause;
    }
  }

  return all;
}

/** How a state stands that was entered several times: the worst of its visits that is not over. @param {Visit[]} visitsOfState */
export const statusOf = visitsOfState => ['running', 'failed', 'caught', 'succeeded'].find(status => visitsOfState.some(visit => visit.status === status));
