// CloudWatch's questions: what a dashboard's widget or an alarm shows, as queries of GetMetricData, and the answers as series.
import { call, list } from './api.js';

/**
 * @typedef {{ id: string, label: string, times: number[], values: number[], axis?: 'left' | 'right' }} Series times in seconds, ascending
 * @typedef {{ value: number, label: string }} Line
 */

/** CloudWatch's own time, which may run faster than the wall's. @param {AbortSignal} [signal] @returns {Promise<number>} seconds */
export const now = async signal => (await call('monitoring', 'LocalCloudGetClock', {}, signal)).Now;

/**
 * A widget's metrics with its shorthands written out: "." repeats the entry above, "..." all entries that are not given.
 * @param {any[][]} metrics
 */
export function expand(metrics) {
  /** @type {string[]} */
  let previous = [];
  return metrics.map((entry, i) => {
    const options = typeof entry[entry.length - 1] === 'object' ? entry[entry.length - 1] : {};
    /** @type {string[]} */
    let names = entry.filter(part => typeof part === 'string');
    if (names[0] === '...') {
      names = [...previous.slice(0, previous.length - names.length + 1), ...names.slice(1)];
    }

    names = names.map((name, at) => name === '.' ? previous[at] : name);
    previous = names.length > 0 ? names : previous;
    return { ...options, id: options.id ?? `${options.expression ? 'e' : 'm'}${i + 1}`, names };
  });
}

/** The queries of a metric widget. @param {any} properties @returns {any[]} */
export const widgetQueries = properties => expand(properties.metrics ?? []).map(metric => ({
  Id: metric.id,
  Label: metric.label ?? metric.expression ?? metric.names[1],
  ReturnData: metric.visible !== false,
  ...metric.expression
    ? { Expression: metric.expression, Period: metric.period ?? properties.period ?? 300 }
    : { MetricStat: stat(metric.names, metric.period ?? properties.period ?? 300, metric.stat ?? properties.stat ?? 'Average') },
}));

/** @param {string[]} names namespace, metric, then dimensions by name and value @param {number} period @param {string} statistic */
function stat([namespace, metric, ...dimensions], period, statistic) {
  const pairs = [];
  for (let i = 0; i + 1 < dimensions.length; i += 2) {
    pairs.push({ Name: dimensions[i], Value: dimensions[i + 1] });
  }

  return { Metric: { Namespace: namespace, MetricName: metric, Dimensions: pairs }, Period: period, Stat: statistic };
}

/** The queries of a metric alarm. @param {any} alarm @returns {any[]} */
export const alarmQueries = alarm => alarm.Metrics?.length > 0
  ? alarm.Metrics.map(metric => ({ ...metric, Label: metric.Label ?? metric.Id }))
  : [{
    Id: 'm1',
    Label: alarm.MetricName,
    ReturnData: true,
    MetricStat: {
      Metric: { Namespace: alarm.Namespace, MetricName: alarm.MetricName, Dimensions: alarm.Dimensions ?? [] },
      Period: alarm.Period,
      Stat: alarm.ExtendedStatistic ?? alarm.Statistic,
    },
  }];

/** @param {any} alarm @returns {number} seconds between datapoints */
export const alarmPeriod = alarm => alarm.Period ?? Math.max(...(alarm.Metrics ?? []).map(metric => metric.MetricStat?.Period ?? metric.Period ?? 60));

/** The alarm's condition in words. @param {any} alarm */
export function condition(alarm) {
  const than = { GreaterThanThreshold: '>', GreaterThanOrEqualToThreshold: '≥', LessThanThreshold: '<', LessThanOrEqualToThreshold: '≤' }[alarm.ComparisonOperator] ?? alarm.ComparisonOperator;
  const name = alarm.Metrics?.find(metric => metric.ReturnData !== false)?.Label ?? `${alarm.MetricName} ${alarm.ExtendedStatistic ?? alarm.Statistic ?? ''}`.trim();
  return `${name} ${than} ${alarm.Threshold}, ${alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods} of ${alarm.EvaluationPeriods} × ${alarmPeriod(alarm)} s`;
}

/**
 * @param {any[]} queries @param {number} start @param {number} end seconds @param {AbortSignal} [signal]
 * @returns {Promise<Series[]>}
 */
export async function read(queries, start, end, signal) {
  const results = await list('monitoring', 'GetMetricData', { MetricDataQueries: queries, StartTime: start, EndTime: end, ScanBy: 'TimestampAscending' }, 'MetricDataResults', { limit: Infinity, signal });
  return results.map(({ Id, Label, Timestamps, Values }) => ({ id: Id, label: Label, times: Timestamps, values: Values }));
}
