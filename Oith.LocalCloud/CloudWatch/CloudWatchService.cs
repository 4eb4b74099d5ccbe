using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudWatch.Alarms;
using Oith.LocalCloud.CloudWatch.Dashboards;
using Oith.LocalCloud.CloudWatch.Metrics;
using Oith.LocalCloud.Wire;
using Oith.LocalCloud.Wire.Shapes;

namespace Oith.LocalCloud.CloudWatch;

/// <summary>Amazon CloudWatch in its three protocols: Query, JSON and Smithy RPC v2 CBOR.</summary>
internal sealed class CloudWatchService : IAwsRestService
{
    private const string Target = "GraniteServiceVersion20100801";

    private readonly AlarmStore _alarms;
    private readonly IServiceProvider _provider;
    private readonly Dictionary<string, Func<JsonObject, JsonObject?>> _operations;

    public CloudWatchService(
        MetricStore metrics, AlarmStore alarms, AlarmStates states, DashboardOperations dashboards, CloudWatchClock clock, Arn arn, IServiceProvider provider)
    {
        (_alarms, _provider) = (alarms, provider);
        var put = new PutMetricDataOperation(metrics, clock);
        var reads = new MetricReads(metrics, clock);
        var data = new GetMetricDataOperation(metrics);
        var changes = new AlarmOperations(alarms, states, clock, arn);
        var describes = new AlarmReads(alarms);
        _operations = new(StringComparer.Ordinal)
        {
            [nameof(put.PutMetricData)] = put.PutMetricData,
            [nameof(reads.ListMetrics)] = reads.ListMetrics,
            [nameof(reads.GetMetricStatistics)] = reads.GetMetricStatistics,
            [nameof(data.GetMetricData)] = data.GetMetricData,
            [nameof(changes.PutMetricAlarm)] = changes.PutMetricAlarm,
            [nameof(changes.PutCompositeAlarm)] = changes.PutCompositeAlarm,
            [nameof(changes.DeleteAlarms)] = changes.DeleteAlarms,
            [nameof(changes.SetAlarmState)] = changes.SetAlarmState,
            [nameof(changes.EnableAlarmActions)] = changes.EnableAlarmActions,
            [nameof(changes.DisableAlarmActions)] = changes.DisableAlarmActions,
            [nameof(changes.TagResource)] = changes.TagResource,
            [nameof(changes.UntagResource)] = changes.UntagResource,
            [nameof(changes.ListTagsForResource)] = changes.ListTagsForResource,
            [nameof(describes.DescribeAlarms)] = describes.DescribeAlarms,
            [nameof(describes.DescribeAlarmsForMetric)] = describes.DescribeAlarmsForMetric,
            [nameof(describes.DescribeAlarmHistory)] = describes.DescribeAlarmHistory,
            [nameof(dashboards.PutDashboard)] = dashboards.PutDashboard,
            [nameof(dashboards.GetDashboard)] = dashboards.GetDashboard,
            [nameof(dashboards.ListDashboards)] = dashboards.ListDashboards,
            [nameof(dashboards.DeleteDashboards)] = dashboards.DeleteDashboards,
            // LocalCloud's own: what CloudWatch's clock shows, for a page that asks for the last hour of a fast clock.
            ["LocalCloudGetClock"] = _ => new JsonObject { ["Now"] = CloudWatchMembers.Seconds(clock.Now), ["Factor"] = clock.Factor },
        };
    }

    public AwsServiceDescription Description { get; } = new("monitoring")
    {
        JsonTargetPrefix = Target,
        QueryVersion = "2010-08-01",
        XmlNamespace = "http://monitoring.amazonaws.com/doc/2010-08-01/",
        XmlMaps = new HashSet<string> { "ExtendedStatistics" },
        IsQueryCompatible = true,
        ToQuery = CloudWatchMembers.ToQuery,
        InputShapes = InputShapes.Of("monitoring", CloudWatchErrors.Validation),
    };

    public ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var operation = _operations.GetValueOrDefault(call.Operation) ?? throw AwsServiceException.UnknownOperation("monitoring", call.Operation);
        var input = call.InputTree();
        lock (_alarms.Lock)
        {
            if (operation(input) is { } answer)
            {
                CloudWatchMembers.WriteTo(answer, output);
            }
        }

        return ValueTask.CompletedTask;
    }

    public void MapRoutes(IEndpointRouteBuilder routes)
    {
        var cbor = ActivatorUtilities.CreateInstance<CborProtocol>(_provider, _provider.GetRequiredService<IAwsApi>(), this);
        routes.MapPost($"/service/{Target}/operation/{{operation}}", cbor.HandleAsync);
    }
}
