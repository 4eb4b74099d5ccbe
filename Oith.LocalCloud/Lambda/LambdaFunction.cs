using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Oith.LocalCloud.Lambda;

/// <summary>A function with all that hangs on it. JSON members have the shape of the API's answers; guarded by the store's lock.</summary>
internal sealed class LambdaFunction
{
    private readonly Dictionary<string, InvocationTarget> _targets = new(StringComparer.Ordinal);

    /// <summary>The configuration of $LATEST.</summary>
    public required JsonObject Configuration { get; set; }

    /// <summary>Where the code is said to be, as GetFunction answers it.</summary>
    public required JsonObject Code { get; set; }

    /// <summary>Published versions by number.</summary>
    public Dictionary<string, JsonObject> Versions { get; init; } = new(StringComparer.Ordinal);

    public int LastVersion { get; set; }

    public Dictionary<string, JsonObject> Aliases { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Policies by qualifier; the function's own has an empty qualifier.</summary>
    public Dictionary<string, ResourcePolicy> Policies { get; init; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Tags { get; init; } = new(StringComparer.Ordinal);

    public int? ReservedConcurrency { get; set; }

    /// <summary>Provisioned concurrency by version or alias.</summary>
    public Dictionary<string, ProvisionedConcurrency> Provisioned { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Settings of asynchronous invocation by qualifier.</summary>
    public Dictionary<string, JsonObject> EventInvokeConfigs { get; init; } = new(StringComparer.Ordinal);

    [JsonIgnore]
    public string Name => Configuration["FunctionName"]!.GetValue<string>();

    /// <summary>The ARN without a qualifier.</summary>
    [JsonIgnore]
    public string Arn => Configuration["FunctionArn"]!.GetValue<string>();

    /// <summary>How many invocations run now, whatever their version.</summary>
    [JsonIgnore]
    public ConcurrencyGate Concurrency { get; } = new();

    /// <summary>The configuration that a qualifier (null: $LATEST) stands for, null when there is none.</summary>
    public JsonObject? Find(string? qualifier) => qualifier switch
    {
        null or FunctionName.Latest => Configuration,
        _ when Versions.TryGetValue(qualifier, out var version) => version,
        _ when Aliases.TryGetValue(qualifier, out var alias) => Versions.GetValueOrDefault(alias["FunctionVersion"]!.GetValue<string>())
            ?? (alias["FunctionVersion"]!.GetValue<string>() == FunctionName.Latest ? Configuration : null),
        _ => null,
    };

    /// <summary>What an invocation needs of a version, read from its configuration once.</summary>
    public InvocationTarget TargetOf(JsonObject configuration)
    {
        var version = configuration["Version"]!.GetValue<string>();
        if (!_targets.TryGetValue(version, out var target))
        {
            _targets[version] = target = InvocationTarget.Of(this, configuration);
        }

        return target;
    }

    public void ConfigurationChanged() => _targets.Remove(FunctionName.Latest);
}

/// <summary>A resource-based policy.</summary>
internal sealed record ResourcePolicy(string RevisionId, JsonArray Statements);

internal sealed record ProvisionedConcurrency(int Requested, string LastModified);

[JsonSerializable(typeof(LambdaFunction))]
[JsonSerializable(typeof(EventSources.EventSourceMapping))]
internal sealed partial class LambdaJsonContext : JsonSerializerContext;
