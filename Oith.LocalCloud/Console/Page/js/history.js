// What an execution's history says of each state: how often it was entered, with what it came and went, and how it ended.

/**
 * @typedef {object} Visit one time that a state was entered
 * @property {number} id of the event with which it was entered
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
 * @property {Visit} [previous] the visit that led here
 */

const failures = /(Failed|TimedOut|Aborted)$/;

/** The details that an event carries, under whatever name. @param {any} event @returns {any} */
export const detailsOf = event => Object.entries(event).find(([name]) => name.endsWith('EventDetails'))?.[1] ?? {};

/** The visit itself or one around it. @param {Visit | undefined} visit @param {(visit: Visit) => boolean} fits @returns {Visit | undefined} */
const climb = (visit, fits) => !visit || fits(visit) ? visit : climb(visit.parent, fits);

/**
 * @param {any[]} events in order
 * @returns {Visit[]} in the order in which they were entered
 */
export function visits(events) {
  /** @type {Visit[]} */
  const all = [];
  // What each event belongs to: a visit, the Map's iteration it is in, and the visit that was left just before.
  /** @type {Map<number, { visit?: Visit, iteration?: number, previous?: Visit }>} */
  const owners = new Map();
  for (const event of events) {
    const owner = owners.get(event.previousEventId) ?? {};
    const details = detailsOf(event);
    if (event.type.endsWith('StateEntered')) {
      const visit = {
        id: event.id, name: details.name, type: event.type.replace('StateEntered', ''), status: 'running', entered: event.timestamp, input: details.input, retries: 0,
        parent: owner.visit, iteration: owner.iteration, previous: owner.previous,
      };
      all.push(visit);
      owners.set(event.id, { visit });
    } else if (event.type.endsWith('StateExited')) {
      // After a redrive the chain of events may begin anew, so the open visit of that name counts.
      const visit = climb(owner.visit, one => one.name === details.name) ?? all.findLast(one => one.name === details.name && one.exited === undefined);
      if (visit) {
        visit.exited = event.timestamp;
        visit.output = details.output;
        visit.status = visit.status === 'failed' ? 'caught' : 'succeeded';
        owners.set(event.id, { visit: visit.parent, iteration: visit.iteration, previous: visit });
      }
    } else if (event.type === 'ExecutionRedriven') {
      all.filter(one => one.status === 'failed' && one.exited === undefined).forEach(one => { one.status = 'running'; });
      owners.set(event.id, owner);
    } else if (event.type.startsWith('MapIteration')) {
      const visit = climb(owner.visit, one => one.name === details.name);
      owners.set(event.id, { visit, iteration: event.type === 'MapIterationStarted' ? details.index : undefined });
    } else {
      const frame = /^(Map|Parallel)State/.exec(event.type)?.[1];
      const visit = frame ? climb(owner.visit, one => one.type === frame) : owner.visit;
      if (visit && failures.test(event.type) && !event.type.startsWith('Execution')) {
        fail(visit, details);
        all.filter(one => one.status === 'running' && climb(one.parent, outer => outer === visit)).forEach(one => fail(one, details));
      } else if (visit && /^(Task|LambdaFunction|Activity)Scheduled$/.test(event.type) && visit.status === 'failed') {
        visit.status = 'running';
        visit.retries++;
      }

      owners.set(event.id, frame ? { visit } : owner);
    }
  }

  return all;
}

/** @param {Visit} visit @param {{ error?: string, cause?: string }} details */
function fail(visit, { error, cause }) {
  visit.status = 'failed';
  visit.error = error ?? visit.error;
  visit.cause = cause ?? visit.cause;
}

/**
 * When an execution has ended, whatever was open has failed with it.
 * @param {Visit[]} all @param {any} execution
 */
export function settle(all, execution) {
  if (execution.status !== 'RUNNING') {
    for (const visit of all.filter(one => one.exited === undefined && one.status === 'running')) {
      fail(visit, execution);
    }
  }

  return all;
}

/** How a state stands that was entered several times: the worst of its visits that is not over. @param {Visit[]} visitsOfState */
export const statusOf = visitsOfState => ['running', 'failed', 'caught', 'succeeded'].find(status => visitsOfState.some(visit => visit.status === status));
