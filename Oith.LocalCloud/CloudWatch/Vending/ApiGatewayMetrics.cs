using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json.Nodes;
using Oith.LocalCloud.ApiGateway;
using Oith.LocalCloud.CloudWatch.Metrics;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Vending;

/// <summary>
/// The metrics of an HTTP API and of the function behind it, for each API that a stack declares beside a function. Where LocalCloud plays
/// the API (<see cref="LocalCloudOptions.HttpApis"/>), they are what passes through it; else callers reach the function's process directly,
/// and what that process measures of its requests under <c>/api</c> stands for both.
/// </summary>
internal sealed class ApiGatewayMetrics(MetricStore store, CloudWatchClock clock, NeighbourMeters neighbours, HttpApiTable httpApis, IServiceProvider provider)
{
    public const string RequestDuration = "http.server.request.duration";
    public const string RoutePrefix = "/api";

    private const string ApiNamespace = "AWS/ApiGateway";
    private const string FunctionNamespace = "AWS/Lambda";

    private readonly Lazy<IAwsApi> _api = new(provider.GetRequiredService<IAwsApi>);
    private volatile VendedApi[] _apis = [];
    private volatile bool _seenInProcess;
    private int _looking;

    /// <summary>Whether the instrument is the request duration of a web server.</summary>
    public static bool Listens(Instrument instrument) => instrument.Name == RequestDuration && instrument.Meter.Name == "Microsoft.AspNetCore.Hosting";

    /// <param name="seconds">A request's duration.</param>
    public void Record(Instrument instrument, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!neighbours.Own(instrument))
        {
            return;
        }

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
            Record(null, status, 1, set => set.Add(seconds * 1000), clock.Now);
        }
    }

    /// <summary>A histogram point of another process; left aside when the requests were already seen in this one.</summary>
    /// <param name="addMilliseconds">Adds the point's distribution, in milliseconds.</param>
    public void RecordExported(string? route, string? status, double count, Action<StatisticSet> addMilliseconds, DateTimeOffset time)
    {
        if (!_seenInProcess && route?.StartsWith(RoutePrefix, StringComparison.Ordinal) == true)
        {
            Record(null, status, count, addMilliseconds, time);
        }
    }

    /// <summary>A request that passed through an HTTP API.</summary>
    public void RecordForwarded(HttpApi source, int status, TimeSpan duration) =>
        Record(source, status.ToString(CultureInfo.InvariantCulture), 1, set => set.Add(duration.TotalMilliseconds), clock.Now);

    /// <summary>Looks which HTTP APIs the stacks declare.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (_api.Value.Find("cloudformation") is null)
        {
            return;
        }

        var found = new List<VendedApi>();
        var stacks = await _api.Value.InvokeAsync("cloudformation", "DescribeStacks", [], cancellationToken);
        foreach (var stack in stacks["Stacks"] as JsonArray ?? [])
        {
            var name = stack!["StackName"]!.GetValue<string>();
            try
            {
                var answer = await _api.Value.InvokeAsync(
                    "cloudformation", "DescribeStackResources", new JsonObject { ["StackName"] = name }, cancellationToken);
                var function = PhysicalIds(answer, "AWS::Lambda::Function").FirstOrDefault();
                found.AddRange(PhysicalIds(answer, "AWS::ApiGatewayV2::Api").Select(id => new VendedApi(store, id, function, httpApis.OfStack(name))));
            }
            catch (AwsServiceException)
            {
                // The stack was deleted in between.
            }
        }

        // Also where they are the same: the store may have forgotten the series of one that nobody called.
        _apis = [.. found];
        Volatile.Write(ref _looking, 0);
    }

    private static IEnumerable<string> PhysicalIds(JsonObject answer, string type) => (answer["StackResources"] as JsonArray ?? [])
        .Where(resource => resource!["ResourceType"]?.GetValue<string>() == type && resource["PhysicalResourceId"] is not null)
        .Select(resource => resource!["PhysicalResourceId"]!.GetValue<string>());

    // An API that LocalCloud plays counts what passes through it, and not what its process tells of the same requests.
    private void Record(HttpApi? source, string? status, double count, Action<StatisticSet> addMilliseconds, DateTimeOffset time)
    {
        if (_apis.Length == 0 && Interlocked.Exchange(ref _looking, 1) == 0)
        {
            // The first request after the stacks came: the next ones find their API.
            _ = Task.Run(() => RefreshAsync(CancellationToken.None));
        }

        var (isClientError, isServerError) = (status?.StartsWith('4') == true, status?.StartsWith('5') == true);
        foreach (var api in _apis)
        {
            if (api.Source != source)
            {
                continue;
            }

            api.Record(isClientError, isServerError, count, addMilliseconds, time);
        }
    }

    /// <summary>The series of one API and of the function that answers it.</summary>
    private sealed class VendedApi(MetricStore store, string id, string? function, HttpApi? source)
    {
        private readonly MetricSeries _latency = Series(store, ApiNamespace, "Latency", "ApiId", id);
        private readonly MetricSeries _integrationLatency = Series(store, ApiNamespace, "IntegrationLatency", "ApiId", id);
        private readonly MetricSeries _count = Series(store, ApiNamespace, "Count", "ApiId", id);
        private readonly MetricSeries _clientErrors = Series(store, ApiNamespace, "4xx", "ApiId", id);
        private readonly MetricSeries _serverErrors = Series(store, ApiNamespace, "5xx", "ApiId", id);
        private readonly MetricSeries? _invocations = OfFunction(store, "Invocations", function);
        private readonly MetricSeries? _errors = OfFunction(store, "Errors", function);
        private readonly MetricSeries? _duration = OfFunction(store, "Duration", function);

        public string Id => id;

        /// <summary>The HTTP API that plays it; null when its function's process is called directly.</summary>
        public HttpApi? Source => source;

        public void Record(bool isClientError, bool isServerError, double count, Action<StatisticSet> addMilliseconds, DateTimeOffset time)
        {
            Add(_latency, "Milliseconds", addMilliseconds);
            Add(_integrationLatency, "Milliseconds", addMilliseconds);
            Add(_count, "Count", set => set.Add(1, count));
            Add(_clientErrors, "Count", set => set.Add(isClientError ? 1 : 0, count));
            Add(_serverErrors, "Count", set => set.Add(isServerError ? 1 : 0, count));
            // The web adapter makes a 5xx answer a failed invocation.
            Add(_invocations, "Count", set => set.Add(1, count));
            Add(_errors, "Count", set => set.Add(isServerError ? 1 : 0, count));
            Add(_duration, "Milliseconds", addMilliseconds);

            void Add(MetricSeries? series, string unit, Action<StatisticSet> add) => series?.Add(time, unit, isHighResolution: false, add);
        }

        private static MetricSeries? OfFunction(MetricStore store, string metric, string? function) =>
            function is null ? null : Series(store, FunctionNamespace, metric, "FunctionName", function);

        private static MetricSeries Series(MetricStore store, string metricNamespace, string metric, string dimension, string value) =>
            store.Series(new MetricKey(metricNamespace, metric, [KeyValuePair.Create(dimension, value)]));
    }
}
