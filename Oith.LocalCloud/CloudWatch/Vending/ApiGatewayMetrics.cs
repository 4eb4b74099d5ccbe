using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json.Nodes;
using Oith.LocalCloud.CloudWatch.Metrics;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Vending;

/// <summary>
/// The metrics of AWS/ApiGateway. LocalCloud has no gateway: callers reach the function's process directly, so what that process
/// measures of its requests under <c>/api</c> stands for the gateway of each HTTP API that a stack declares.
/// </summary>
internal sealed class ApiGatewayMetrics(MetricStore store, CloudWatchClock clock, IServiceProvider provider)
{
    public const string RequestDuration = "http.server.request.duration";

    private const string Namespace = "AWS/ApiGateway";
    private const string RoutePrefix = "/api";

    private readonly Lazy<IAwsApi> _api = new(provider.GetRequiredService<IAwsApi>);
    private volatile string[] _apiIds = [];
    private volatile bool _seenInProcess;
    private int _looking;

    /// <summary>Whether the instrument is the request duration of a web server in this process.</summary>
    public bool Listens(Instrument instrument) => instrument.Name == RequestDuration && instrument.Meter.Name == "Microsoft.AspNetCore.Hosting";

    /// <param name="seconds">A request's duration.</param>
    public void Record(double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string? route = null, status = null;
        foreach (var (name, value) in tags)
        {
            switch (name)
            {
                case "http.route":
                    route = value?.ToString();
                    break;
                case "http.response.status_code":
                    status = Convert.ToString(value, CultureInfo.InvariantCulture);
                    break;
            }
        }

        if (route?.StartsWith(RoutePrefix, StringComparison.Ordinal) == true)
        {
            _seenInProcess = true;
            Record(status, 1, set => set.Add(seconds * 1000), clock.Now);
        }
    }

    /// <summary>A histogram point of another process; left aside when the requests were already seen in this one.</summary>
    /// <param name="addMilliseconds">Adds the point's distribution, in milliseconds.</param>
    public void RecordExported(string? route, string? status, double count, Action<StatisticSet> addMilliseconds, DateTimeOffset time)
    {
        if (!_seenInProcess && route?.StartsWith(RoutePrefix, StringComparison.Ordinal) == true)
        {
            Record(status, count, addMilliseconds, time);
        }
    }

    /// <summary>Looks which HTTP APIs the stacks declare.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (_api.Value.Find("cloudformation") is null)
        {
            return;
        }

        var found = new List<string>();
        var stacks = await _api.Value.InvokeAsync("cloudformation", "DescribeStacks", [], cancellationToken);
        foreach (var stack in stacks["Stacks"] as JsonArray ?? [])
        {
            try
            {
                var answer = await _api.Value.InvokeAsync(
                    "cloudformation", "DescribeStackResources", new JsonObject { ["StackName"] = stack!["StackName"]!.DeepClone() }, cancellationToken);
                found.AddRange((answer["StackResources"] as JsonArray ?? [])
                    .Where(resource => resource!["ResourceType"]?.GetValue<string>() is "AWS::ApiGatewayV2::Api" && resource["PhysicalResourceId"] is not null)
                    .Select(resource => resource!["PhysicalResourceId"]!.GetValue<string>()));
            }
            catch (AwsServiceException)
            {
                // The stack was deleted in between.
            }
        }

        _apiIds = [.. found];
        Volatile.Write(ref _looking, 0);
    }

    private void Record(string? status, double count, Action<StatisticSet> addMilliseconds, DateTimeOffset time)
    {
        if (_apiIds.Length == 0 && Interlocked.Exchange(ref _looking, 1) == 0)
        {
            // The first request after the stacks came: the next ones find their API.
            _ = Task.Run(() => RefreshAsync(CancellationToken.None));
        }

        foreach (var id in _apiIds)
        {
            store.Series(Key("Latency", id)).Add(time, "Milliseconds", isHighResolution: false, addMilliseconds);
            store.Series(Key("Count", id)).Add(time, "Count", isHighResolution: false, set => set.Add(1, count));
            store.Series(Key("4xx", id)).Add(time, "Count", isHighResolution: false, set => set.Add(status?.StartsWith('4') == true ? 1 : 0, count));
            store.Series(Key("5xx", id)).Add(time, "Count", isHighResolution: false, set => set.Add(status?.StartsWith('5') == true ? 1 : 0, count));
        }
    }

    private static MetricKey Key(string metric, string id) => new(Namespace, metric, [KeyValuePair.Create("ApiId", id)]);
}
