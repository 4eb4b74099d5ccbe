using System.Text.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Wire;
using Oith.LocalCloud.Wire.Shapes;

namespace Oith.LocalCloud.Pipes;

/// <summary>Amazon EventBridge Pipes, from SQS queues to state machines, functions and queues.</summary>
internal sealed class PipesService : IAwsRestService, IHostedService, IDisposable
{
    private const string Kind = "pipe";
    private const int DefaultPage = 100;

    private static readonly string[] s_definition =
    [
        "Description", "Source", "SourceParameters", "Enrichment", "EnrichmentParameters", "Target", "TargetParameters", "RoleArn", "LogConfiguration", "KmsKeyIdentifier",
    ];

    // Guards the pipes and their runners; held over the asynchronous start and stop of a runner.
    private readonly SemaphoreSlim _lock = new(1, 1);
    private readonly SortedDictionary<string, Pipe> _pipes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PipeRunner> _runners = new(StringComparer.Ordinal);
    private readonly StateJournal _journal;
    private readonly IServiceProvider _provider;
    private readonly LocalCloudOptions _options;
    private readonly TimeProvider _time;
    private readonly Arn _arn;

    public PipesService(JournalFactory journals, Arn arn, LocalCloudOptions options, TimeProvider time, IServiceProvider provider)
    {
        (_arn, _options, _time, _provider) = (arn, options, time, provider);
        _journal = new StateJournal(journals.Open("pipes"));
        foreach (var (name, pipe) in _journal.Restore(Kind, PipesJsonContext.Default.Pipe))
        {
            _pipes[name] = pipe;
        }
    }

    public AwsServiceDescription Description { get; } = new("pipes") { InputShapes = InputShapes.Of("pipes") };

    public async ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
    {
        var input = call.InputTree();
        await _lock.WaitAsync(cancellationToken);
        try
        {
            var answer = call.Operation switch
            {
                "CreatePipe" => await CreateAsync(input, cancellationToken),
                "UpdatePipe" => await UpdateAsync(input, cancellationToken),
                "DeletePipe" => await DeleteAsync(input),
                "StartPipe" => await SetStateAsync(input, "RUNNING", "STARTING", cancellationToken),
                "StopPipe" => await SetStateAsync(input, "STOPPED", "STOPPING", cancellationToken),
                "DescribePipe" => Describe(input),
                "ListPipes" => List(input),
                "TagResource" => Tag(input),
                "UntagResource" => Untag(input),
                "ListTagsForResource" => new JsonObject { ["tags"] = TagsOf(OfArn(input)) },
                _ => throw AwsServiceException.UnknownOperation("pipes", call.Operation),
            };
            answer.WriteTo(output);
        }
        finally
        {
            _lock.Release();
        }
    }

    public void MapRoutes(IEndpointRouteBuilder routes)
    {
        var rest = new RestRoutes(_provider.GetRequiredService<IAwsApi>(), routes, Description.SigningName);
        rest.Map("POST", "/v1/pipes/{Name}", "CreatePipe");
        rest.Map("PUT", "/v1/pipes/{Name}", "UpdatePipe");
        rest.Map("GET", "/v1/pipes/{Name}", "DescribePipe");
        rest.Map("DELETE", "/v1/pipes/{Name}", "DeletePipe");
        rest.Map("GET", "/v1/pipes", "ListPipes");
        rest.Map("POST", "/v1/pipes/{Name}/start", "StartPipe");
        rest.Map("POST", "/v1/pipes/{Name}/stop", "StopPipe");
        rest.MapTags();
    }

    /// <summary>Starts the pipes that were running when LocalCloud stopped.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _lock.WaitAsync(cancellationToken);
        try
        {
            foreach (var pipe in _pipes.Values.Where(pipe => pipe.DesiredState == "RUNNING"))
            {
                await StartAsync(pipe, cancellationToken);
            }
        }
        finally
        {
            _lock.Release();
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _lock.WaitAsync(cancellationToken);
        try
        {
            foreach (var name in _runners.Keys.ToList())
            {
                await StopAsync(name);
            }
        }
        finally
        {
            _lock.Release();
        }
    }

    public void Dispose()
    {
        _journal.Dispose();
        _lock.Dispose();
    }

    private async Task<JsonObject> CreateAsync(JsonObject input, CancellationToken cancellationToken)
    {
        input.AllowOnly("CreatePipe", [.. s_definition, "Name", "DesiredState", "Tags"]);
        var name = input.RequiredText("Name");
        if (_pipes.ContainsKey(name))
        {
            throw PipesErrors.Conflict(name);
        }

        input.RequiredText("RoleArn");
        var pipe = new Pipe
        {
            Name = name,
            Arn = _arn.Of("pipes", $"pipe/{name}"),
            Definition = DefinitionOf(input, []),
            DesiredState = DesiredStateOf(input) ?? "RUNNING",
            CreationTime = _time.GetUtcNow(),
            LastModifiedTime = _time.GetUtcNow(),
        };
        PipeSettings.Parse(name, pipe.Arn, pipe.Definition);
        foreach (var (key, value) in input.Structure("Tags") ?? [])
        {
            pipe.Tags[key] = value?.ToString() ?? "";
        }

        _pipes[name] = pipe;
        Save(pipe);
        await ApplyStateAsync(pipe, cancellationToken);
        return pipe.Summary("CREATING");
    }

    private async Task<JsonObject> UpdateAsync(JsonObject input, CancellationToken cancellationToken)
    {
        input.AllowOnly("UpdatePipe", [.. s_definition.Where(member => member != "Source"), "Name", "DesiredState"]);
        var pipe = Get(input);
        input.RequiredText("RoleArn");
        var definition = DefinitionOf(input, pipe.Definition);
        PipeSettings.Parse(pipe.Name, pipe.Arn, definition);
        pipe.Definition = definition;
        pipe.DesiredState = DesiredStateOf(input) ?? pipe.DesiredState;
        pipe.LastModifiedTime = _time.GetUtcNow();
        Save(pipe);
        await StopAsync(pipe.Name);
        await ApplyStateAsync(pipe, cancellationToken);
        return pipe.Summary("UPDATING");
    }

    private async Task<JsonObject> DeleteAsync(JsonObject input)
    {
        var pipe = Get(input);
        await StopAsync(pipe.Name);
        _journal.Remove(Kind, pipe.Name);
        _pipes.Remove(pipe.Name);
        return pipe.Summary("DELETING");
    }

    private async Task<JsonObject> SetStateAsync(JsonObject input, string state, string passing, CancellationToken cancellationToken)
    {
        var pipe = Get(input);
        pipe.DesiredState = state;
        pipe.LastModifiedTime = _time.GetUtcNow();
        Save(pipe);
        await ApplyStateAsync(pipe, cancellationToken);
        return pipe.Summary(passing);
    }

    private JsonObject Describe(JsonObject input)
    {
        var pipe = Get(input);
        var answer = pipe.Summary();
        foreach (var (name, value) in pipe.Definition)
        {
            answer[name] = value?.DeepClone();
        }

        answer["Tags"] = TagsOf(pipe);
        return answer;
    }

    private JsonObject List(JsonObject input)
    {
        input.AllowOnly("ListPipes", "NamePrefix", "DesiredState", "CurrentState", "SourcePrefix", "TargetPrefix", "NextToken", "Limit");
        var found = _pipes.Values
            .Where(pipe => StartsWith(pipe.Name, "NamePrefix")
                && StartsWith(pipe.Definition.Text("Source")!, "SourcePrefix")
                && StartsWith(pipe.Definition.Text("Target")!, "TargetPrefix")
                && input.Text("DesiredState") is var desired && (desired is null || desired == pipe.DesiredState)
                && input.Text("CurrentState") is var current && (current is null || current == pipe.Summary().Text("CurrentState"))
                && string.CompareOrdinal(pipe.Name, input.Text("NextToken") ?? "") > 0)
            .ToList();
        var page = found.Take(input.Integer("Limit") ?? DefaultPage).ToList();
        var answer = new JsonObject
        {
            ["Pipes"] = new JsonArray([.. page.Select(pipe =>
            {
                var summary = pipe.Summary();
                summary["Source"] = pipe.Definition.Text("Source");
                summary["Target"] = pipe.Definition.Text("Target");
                return summary;
            })]),
        };
        if (page.Count < found.Count)
        {
            answer["NextToken"] = page[^1].Name;
        }

        return answer;

        bool StartsWith(string value, string member) => value.StartsWith(input.Text(member) ?? "", StringComparison.Ordinal);
    }

    private JsonObject Tag(JsonObject input)
    {
        var pipe = OfArn(input);
        foreach (var (key, value) in input.Structure("tags") ?? [])
        {
            pipe.Tags[key] = value?.ToString() ?? "";
        }

        Save(pipe);
        return [];
    }

    private JsonObject Untag(JsonObject input)
    {
        var pipe = OfArn(input);
        foreach (var key in input.Texts("TagKeys"))
        {
            pipe.Tags.Remove(key);
        }

        Save(pipe);
        return [];
    }

    private async Task ApplyStateAsync(Pipe pipe, CancellationToken cancellationToken)
    {
        if (pipe.DesiredState == "RUNNING")
        {
            await StartAsync(pipe, cancellationToken);
        }
        else
        {
            await StopAsync(pipe.Name);
        }
    }

    private async Task StartAsync(Pipe pipe, CancellationToken cancellationToken)
    {
        if (_runners.ContainsKey(pipe.Name))
        {
            return;
        }

        var api = _provider.GetRequiredService<IAwsApi>();
        var runner = new PipeRunner(
            PipeSettings.Parse(pipe.Name, pipe.Arn, pipe.Definition), api, new PipeEnrichment(api), new PipeTarget(api), _options, _time, _provider.GetRequiredService<ILogger<PipeRunner>>());
        try
        {
            await runner.StartAsync(cancellationToken);
            pipe.Failure = null;
            _runners[pipe.Name] = runner;
        }
        catch (AwsServiceException error)
        {
            pipe.Failure = $"The source {pipe.Definition.Text("Source")} cannot be read: {error.Message}";
            await runner.DisposeAsync();
        }
    }

    private async Task StopAsync(string name)
    {
        if (_runners.Remove(name, out var runner))
        {
            await runner.DisposeAsync();
        }
    }

    private void Save(Pipe pipe) => _journal.Put(Kind, pipe.Name, pipe, PipesJsonContext.Default.Pipe);

    private Pipe Get(JsonObject input)
    {
        var name = input.RequiredText("Name");
        return _pipes.GetValueOrDefault(name) ?? throw PipesErrors.NotFound(name);
    }

    private Pipe OfArn(JsonObject input)
    {
        var arn = input.RequiredText("resourceArn");
        return _pipes.Values.FirstOrDefault(pipe => pipe.Arn == arn) ?? throw PipesErrors.NotFound(arn);
    }

    private static JsonObject TagsOf(Pipe pipe) => new(pipe.Tags.Select(tag => KeyValuePair.Create(tag.Key, (JsonNode?)tag.Value)));

    private static string? DesiredStateOf(JsonObject input) => input.Text("DesiredState") is { } state and not ("RUNNING" or "STOPPED")
        ? throw AwsServiceException.Validation($"DesiredState must be RUNNING or STOPPED, not {state}.")
        : input.Text("DesiredState");

    private static JsonObject DefinitionOf(JsonObject input, JsonObject previous)
    {
        var definition = previous.DeepClone().AsObject();
        foreach (var member in s_definition)
        {
            if (input[member] is { } value)
            {
                definition[member] = value.DeepClone();
            }
        }

        return definition;
    }
}
