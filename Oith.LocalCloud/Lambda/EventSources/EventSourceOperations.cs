using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.Lambda.EventSources;

/// <summary>CreateEventSourceMapping, UpdateEventSourceMapping, GetEventSourceMapping, ListEventSourceMappings, DeleteEventSourceMapping.</summary>
internal sealed class EventSourceOperations
{
    private const int DefaultPage = 100;

    private static readonly string[] s_updated =
    [
        "UUID", "FunctionName", "Enabled", "BatchSize", "FilterCriteria", "MaximumBatchingWindowInSeconds", "DestinationConfig", "MaximumRecordAgeInSeconds",
        "BisectBatchOnFunctionError", "MaximumRetryAttempts", "ParallelizationFactor", "FunctionResponseTypes", "ScalingConfig",
    ];

    private static readonly string[] s_created = [.. s_updated.Skip(1), "EventSourceArn", "StartingPosition"];

    private readonly EventSourceMappings _mappings;
    private readonly EventSourceChecks _checks;
    private readonly FunctionStore _functions;
    private readonly TimeProvider _time;
    private readonly Arn _arn;
    private readonly Dictionary<string, Func<AwsCall, CancellationToken, Task<JsonObject>>> _operations;

    public EventSourceOperations(EventSourceMappings mappings, FunctionStore functions, Arn arn, TimeProvider time, IServiceProvider provider)
    {
        (_mappings, _functions, _arn, _time) = (mappings, functions, arn, time);
        _checks = new EventSourceChecks(functions, provider);
        _operations = new(StringComparer.Ordinal)
        {
            ["CreateEventSourceMapping"] = CreateAsync,
            ["UpdateEventSourceMapping"] = UpdateAsync,
            ["DeleteEventSourceMapping"] = DeleteAsync,
            ["GetEventSourceMapping"] = (call, _) => Task.FromResult(Get(call).Answer()),
            ["ListEventSourceMappings"] = (call, _) => Task.FromResult(List(call)),
        };
    }

    /// <returns>The operation, run under the mappings' lock; null: it is none of theirs.</returns>
    public Func<AwsCall, CancellationToken, Task<JsonObject>>? Find(string operation) =>
        _operations.GetValueOrDefault(operation) is { } found ? (call, cancellationToken) => RunAsync(found, call, cancellationToken) : null;

    private async Task<JsonObject> RunAsync(
        Func<AwsCall, CancellationToken, Task<JsonObject>> operation, AwsCall call, CancellationToken cancellationToken)
    {
        await _mappings.Lock.WaitAsync(cancellationToken);
        try
        {
            return await operation(call, cancellationToken);
        }
        finally
        {
            _mappings.Lock.Release();
        }
    }

    private async Task<JsonObject> CreateAsync(AwsCall call, CancellationToken cancellationToken)
    {
        var input = call.InputTree();
        input.AllowOnly(call.Operation, s_created);
        var source = input.Text("EventSourceArn") ?? throw LambdaErrors.InvalidParameter("Unrecognized event source.");
        var isStream = Arn.ServiceOf(source) switch
        {
            "dynamodb" => true,
            "sqs" => false,
            _ => throw LambdaErrors.InvalidParameter($"LocalCloud supports queues and DynamoDB streams as event sources, not {source}."),
        };
        EventSourceChecks.CheckStart(input, source, isStream);
        var id = Guid.NewGuid().ToString();
        var configuration = Defaults(isStream);
        configuration["UUID"] = id;
        configuration["EventSourceArn"] = source;
        configuration["EventSourceMappingArn"] = _arn.Of("lambda", $"event-source-mapping:{id}");
        if (isStream)
        {
            configuration["StartingPosition"] = input.Text("StartingPosition");
        }

        var mapping = new EventSourceMapping { Configuration = configuration };
        Change(mapping, input);
        EventSourceChecks.Check(mapping);
        await _checks.CheckSourceAsync(mapping, cancellationToken);
        CheckUnique(mapping);
        await _mappings.SaveAsync(mapping);
        return mapping.Answer("Creating");
    }

    private async Task<JsonObject> UpdateAsync(AwsCall call, CancellationToken cancellationToken)
    {
        var input = call.InputTree();
        input.AllowOnly(call.Operation, s_updated);
        var current = Get(call);
        var mapping = new EventSourceMapping
        {
            Configuration = current.Configuration.DeepClone().AsObject(),
            IsEnabled = current.IsEnabled,
            Position = current.Position,
        };
        Change(mapping, input);
        EventSourceChecks.Check(mapping);
        if (input.ContainsKey("FunctionName"))
        {
            await _checks.CheckSourceAsync(mapping, cancellationToken);
        }

        CheckUnique(mapping);
        await _mappings.StopAsync(current);
        mapping.Position = current.Position;
        await _mappings.SaveAsync(mapping);
        return mapping.Answer("Updating");
    }

    private async Task<JsonObject> DeleteAsync(AwsCall call, CancellationToken _)
    {
        var mapping = Get(call);
        await _mappings.DeleteAsync(mapping);
        return mapping.Answer("Deleting");
    }

    private JsonObject List(AwsCall call)
    {
        var input = call.InputTree();
        var source = input.Text("EventSourceArn");
        var function = input.Text("FunctionName") is { } name ? _functions.ArnOf(FunctionName.Parse(name)) : null;
        var marker = input.Text("Marker");
        var size = input.Integer("MaxItems") ?? DefaultPage;
        var found = _mappings.All
            .Where(mapping => (source is null || mapping.SourceArn == source) && (function is null || mapping.FunctionArn == function))
            .Where(mapping => string.CompareOrdinal(mapping.Id, marker) > 0)
            .Take(size + 1)
            .ToList();
        var answer = new JsonObject { ["EventSourceMappings"] = new JsonArray([.. found.Take(size).Select(mapping => mapping.Answer())]) };
        if (found.Count > size)
        {
            answer["NextMarker"] = found[size - 1].Id;
        }

        return answer;
    }

    private EventSourceMapping Get(AwsCall call) =>
        _mappings.Find(call.RequiredString("UUID")) ?? throw LambdaErrors.NotFound("The resource you requested does not exist.");

    private void CheckUnique(EventSourceMapping mapping)
    {
        if (_mappings.All.FirstOrDefault(other =>
            other.Id != mapping.Id && other.SourceArn == mapping.SourceArn && other.FunctionArn == mapping.FunctionArn) is not { } other)
        {
            return;
        }

        var function = FunctionName.Parse(mapping.FunctionArn).Name;
        throw LambdaErrors.Conflict(
            (mapping.IsStream
                ? $"The event source arn (\" {mapping.SourceArn} \") and function (\" {function} \") provided mapping already exists."
                : $"An event source mapping with SQS arn (\" {mapping.SourceArn} \") and function (\" {function} \") already exists.")
            + $" Please update or delete the existing mapping with UUID {other.Id}");
    }

    private void Change(EventSourceMapping mapping, JsonObject input)
    {
        var configuration = mapping.Configuration;
        foreach (var (name, value) in input)
        {
            if (name is "FilterCriteria" && value is JsonObject { Count: 0 })
            {
                configuration.Remove(name);
            }
            else if (name is not ("UUID" or "FunctionName" or "Enabled" or "EventSourceArn" or "StartingPosition") && value is not null)
            {
                configuration[name] = value.DeepClone();
            }
        }

        if (input.Text("FunctionName") is { } function)
        {
            configuration["FunctionArn"] = _checks.FunctionArn(function);
        }

        mapping.IsEnabled = input.Flag("Enabled") ?? mapping.IsEnabled;
        configuration["LastModified"] = _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
    }

    private static JsonObject Defaults(bool isStream)
    {
        var configuration = new JsonObject
        {
            ["BatchSize"] = isStream ? 100 : 10,
            ["MaximumBatchingWindowInSeconds"] = 0,
            ["FunctionResponseTypes"] = new JsonArray(),
        };
        if (isStream)
        {
            configuration["BisectBatchOnFunctionError"] = false;
            configuration["DestinationConfig"] = new JsonObject { ["OnFailure"] = new JsonObject() };
            configuration["MaximumRecordAgeInSeconds"] = -1;
            configuration["MaximumRetryAttempts"] = -1;
            configuration["ParallelizationFactor"] = 1;
            configuration["TumblingWindowInSeconds"] = 0;
        }

        return configuration;
    }
}
