using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oith.LocalCloud.CloudWatch;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Faults;

/// <summary>LocalCloud's own operations PutFault, DeleteFault and ListFaults: what shall go wrong on purpose, and for how long.</summary>
internal sealed partial class FaultsService : TreeService, IDisposable
{
    /// <summary>The process that plays a Lambda function, as opposed to the API <c>lambda</c>.</summary>
    public const string Function = "function";

    public const string Redis = "redis";

    private const string Target = "LocalCloudFaults";
    private const int LongestLatency = 900_000;

    private readonly FaultSwitch _faults;
    private readonly RedisFaults _redis;
    private readonly IServiceProvider _provider;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, (Fault Fault, ITimer? End)> _set = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _gate = new(1);

    public FaultsService(FaultSwitch faults, RedisFaults redis, IServiceProvider provider, TimeProvider time)
        : base(new AwsServiceDescription("faults") { JsonTargetPrefix = Target })
    {
        (_faults, _redis, _provider, _time) = (faults, redis, provider, time);
        Operations = new Dictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>>
        {
            ["DeleteFault"] = DeleteFaultAsync,
            ["ListFaults"] = Now(ListFaults),
            ["PutFault"] = PutFaultAsync,
        };
    }

    protected override IReadOnlyDictionary<string, Func<JsonObject, CancellationToken, ValueTask<JsonObject?>>> Operations { get; }

    public void Dispose()
    {
        foreach (var (_, end) in _set.Values)
        {
            end?.Dispose();
        }

        _gate.Dispose();
    }

    private async ValueTask<JsonObject?> PutFaultAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var fault = Read(input);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            Forget(fault.Name);
            var timer = fault.Until is { } until
                ? _time.CreateTimer(_ => _ = EndAsync(fault), null, until - _time.GetUtcNow(), Timeout.InfiniteTimeSpan)
                : null;
            _set[fault.Name] = (fault, timer);
            await ApplyAsync(cancellationToken);
        }
        finally
        {
            _gate.Release();
        }

        return new JsonObject { ["Fault"] = Describe(fault) };
    }

    private async ValueTask<JsonObject?> DeleteFaultAsync(JsonObject input, CancellationToken cancellationToken)
    {
        input.AllowOnly("DeleteFault", "Name");
        var name = input.RequiredText("Name");
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!Forget(name))
            {
                throw new AwsServiceException("ResourceNotFoundException", $"There is no fault {name}.");
            }

            await ApplyAsync(cancellationToken);
        }
        finally
        {
            _gate.Release();
        }

        return null;
    }

    private JsonObject ListFaults(JsonObject input)
    {
        input.AllowOnly("ListFaults");
        return new JsonObject { ["Faults"] = new JsonArray([.. _faults.Faults.Select(fault => (JsonNode?)Describe(fault))]) };
    }

    private async Task EndAsync(Fault fault)
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            if (_set.TryGetValue(fault.Name, out var current) && ReferenceEquals(current.Fault, fault))
            {
                Forget(fault.Name);
                await ApplyAsync(CancellationToken.None);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private bool Forget(string name)
    {
        if (!_set.Remove(name, out var old))
        {
            return false;
        }

        old.End?.Dispose();
        return true;
    }

    private Task ApplyAsync(CancellationToken cancellationToken)
    {
        _faults.Set(_set.Values.Select(pair => pair.Fault).OrderBy(fault => fault.Name, StringComparer.Ordinal));
        return _redis.ApplyAsync(cancellationToken);
    }

    private Fault Read(JsonObject input)
    {
        input.AllowOnly(
            "PutFault", "Name", "Service", "Operation", "Resource", "LatencyMilliseconds", "ErrorCode", "Action", "Probability", "DurationSeconds");
        var name = input.RequiredText("Name");
        if (!NamePattern().IsMatch(name))
        {
            throw AwsServiceException.Validation($"Name must be 1 to 64 letters, digits, dots, dashes and underscores, not '{name}'.");
        }

        var fault = new Fault(name, input.RequiredText("Service"))
        {
            Operation = input.Text("Operation"),
            Resource = input.Text("Resource"),
            Latency = TimeSpan.FromMilliseconds(InRange(input.Number("LatencyMilliseconds") ?? 0, 0, LongestLatency, "LatencyMilliseconds")),
            ErrorCode = input.Text("ErrorCode"),
            Action = ActionOf(input.Text("Action")),
            Probability = InRange(input.Number("Probability") ?? 1, double.Epsilon, 1, "Probability"),
            Until = input.Number("DurationSeconds") is { } seconds
                ? _time.GetUtcNow().AddSeconds(InRange(seconds, 0.001, TimeSpan.SecondsPerDay, "DurationSeconds"))
                : null,
        };
        Check(fault);
        return fault;
    }

    private void Check(Fault fault)
    {
        if (fault is { ErrorCode: null, Action: FaultAction.None } && fault.Latency == TimeSpan.Zero)
        {
            throw AwsServiceException.Validation("A fault needs LatencyMilliseconds, ErrorCode or Action.");
        }

        var isOfAws = _provider.GetRequiredService<IAwsApi>().Find(fault.Service) is not null && fault.Service != Description.SigningName;
        if (!isOfAws && fault.Service is not (Function or Redis) && !_faults.Processes.Contains(fault.Service))
        {
            throw AwsServiceException.Validation(
                $"LocalCloud cannot strike the service {fault.Service}: it is no signing name, not {Function} or {Redis}, and no service of that name runs in this host or behind an HTTP API of it.");
        }

        if (!isOfAws && fault.Operation is not null)
        {
            throw AwsServiceException.Validation($"A fault of {fault.Service} has no Operation.");
        }

        switch (fault.Action)
        {
            case FaultAction.Stop or FaultAction.Busy or FaultAction.Fill when fault.Service != Redis:
                throw AwsServiceException.Validation($"Only {Redis} has the Action {fault.Action}, not {fault.Service}.");
            case FaultAction.Redeliver when fault.Service != "sqs":
                throw AwsServiceException.Validation($"Only sqs has the Action Redeliver, not {fault.Service}.");
        }

        if (fault.Service == Redis && (fault.ErrorCode is not null || fault.Resource is not null))
        {
            throw AwsServiceException.Validation($"A fault of {Redis} has LatencyMilliseconds or Action, no ErrorCode and no Resource.");
        }
    }

    private static FaultAction ActionOf(string? text) => text is null ? FaultAction.None
        : Enum.TryParse<FaultAction>(text, out var action) && action != FaultAction.None && !char.IsAsciiDigit(text[0]) ? action
        : throw AwsServiceException.Validation($"Action must be {FaultAction.Busy}, {FaultAction.Fill}, {FaultAction.Redeliver} or {FaultAction.Stop}, not '{text}'.");

    private static double InRange(double value, double low, double high, string member) => value >= low && value <= high
        ? value
        : throw AwsServiceException.Validation($"{member} must be {(low > 0.5 ? "from" : "above 0 and")} up to {high}, not {value}.");

    private static JsonObject Describe(Fault fault)
    {
        var answer = new JsonObject { ["Name"] = fault.Name, ["Service"] = fault.Service };
        Add("Operation", fault.Operation);
        Add("Resource", fault.Resource);
        Add("LatencyMilliseconds", fault.Latency > TimeSpan.Zero ? fault.Latency.TotalMilliseconds : null);
        Add("ErrorCode", fault.ErrorCode);
        Add("Action", fault.Action == FaultAction.None ? null : fault.Action.ToString());
        Add("Probability", fault.Probability);
        Add("Until", fault.Until is { } until ? CloudWatchMembers.Seconds(until) : null);
        Add("Struck", fault.Struck);
        return answer;

        void Add(string member, JsonNode? value)
        {
            if (value is not null)
            {
                answer[member] = value;
            }
        }
    }

    [GeneratedRegex("^[A-Za-z0-9._-]{1,64}$")]
    private static partial Regex NamePattern();
}
