// What Redis says of itself, and ElastiCache's metrics of it: #/redis.
import { call, list, orElse } from '../api.js';
import { chart } from '../charts.js';
import { h } from '../dom.js';
import { bytes, count, duration } from '../format.js';
import { now, read } from '../metrics.js';
import { badge, facts, head, label, panel, table } from '../ui.js';

const span = 3600;
const period = 60;

/** @type {import('../app.js').Page} */
export default {
  load: async ({ signal }) => {
    const [{ Endpoint: endpoint, Info: info }, groups, end] = await Promise.all([
      call('elasticache', 'LocalCloudGetRedisInfo', {}, signal),
      list('elasticache', 'DescribeReplicationGroups', {}, 'ReplicationGroups', { token: 'Marker', signal }),
      now(signal),
    ]);
    const node = groups[0]?.MemberClusters?.[0];
    const query = (id, metric, statistic) => ({
      Id: id, Label: metric, MetricStat: { Metric: { Namespace: 'AWS/ElastiCache', MetricName: metric, Dimensions: [{ Name: 'CacheClusterId', Value: node }] }, Period: period, Stat: statistic },
    });
    const series = node ? await orElse(read([query('h', 'CacheHits', 'Sum'), query('m', 'CacheMisses', 'Sum'), query('c', 'CPUUtilization', 'Average'), query('u', 'DatabaseMemoryUsagePercentage', 'Average')], end - span, end, signal), []) : [];
    return { endpoint, info, groups, series, end };
  },

  render: ({ endpoint, info, groups, series, end }) => {
    const values = Object.assign({}, ...Object.values(info ?? {}));
    const [hits, misses] = [Number(values.total_found ?? values.keyspace_hits ?? 0), Number(values.total_notfound ?? values.keyspace_misses ?? 0)];
    const tile = (name, value, detail) => h('div.tile', {}, h('span.label', {}, name), h('div.value', {}, value), h('div.detail', {}, detail ?? ' '));
    const props = { start: end - span, end, period, min: 0 };
    return [
      head('Redis', { beside: [badge(info ? 'running' : 'stopped', info ? 'ok' : 'bad'), h('code', {}, `${endpoint.Address}:${endpoint.Port}`)] }),
      info && h('div.tiles', {},
        tile('Hit rate', hits + misses > 0 ? `${(100 * hits / (hits + misses)).toFixed(1)} %` : '–', `${count(hits)} of ${count(hits + misses)} reads`),
        tile('Connections', count(values.total_connections_active ?? values.connected_clients), 'now'),
        tile('Commands', count(values.total_commands_processed), `${count(values.instantaneous_ops_per_sec)} a second`),
        tile('Memory', bytes(Number(values.total_main_store_size ?? values.used_memory ?? 0)), `of ${bytes(Number(values.store_heap_memory_target_size ?? values.maxmemory ?? 0))}`),
        tile('Up', duration(Number(values.uptime_in_seconds ?? 0)), values.garnet_version ? `Garnet ${values.garnet_version}` : `Redis ${values.redis_version}`)),
      series.length > 0 && h('div.grid', {},
        panel('Cache hits and misses', h('div', { style: { height: '190px' } }, chart({ ...props, title: 'Cache hits and misses', series: series.slice(0, 2) })), { key: 'hits' }),
        panel('CPU and memory in percent', h('div', { style: { height: '190px' } }, chart({ ...props, title: 'CPU and memory', unit: '%', series: series.slice(2) })), { key: 'load' })),
      panel('Replication groups', table([
        { title: 'Group', rowHeader: true, cell: group => group.ReplicationGroupId },
        { title: 'Status', cell: group => badge(group.Status) },
        { title: 'Nodes', cell: group => group.MemberClusters.map(name => [label(name), ' ']) },
        { title: 'Node type', cell: group => group.CacheNodeType },
        { title: 'Description', cell: group => group.Description },
      ], groups, { caption: 'Replication groups', key: group => group.ReplicationGroupId, empty: 'No replication group is there.' }), { flush: true, key: 'groups' }),
      info && h('div.grid', {}, Object.entries(info).map(([section, lines]) =>
        panel(section.replaceAll('_', ' '), facts(Object.entries(lines).map(([name, value]) => /** @type {[string, any]} */ ([name, h('code', {}, value)]))), { key: section }))),
    ];
  },
};
