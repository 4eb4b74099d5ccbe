#pragma warning disable ASPIREINTERACTION001 // Arguments of commands are for evaluation.
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Oith.AppHost;
using Oith.Stack;
using Oith.Stack.Population;
using Oith.Tests.Aspire;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching;

namespace Oith.Tests.AppHost;

/// <summary>What <c>dotnet run --project Oith.AppHost</c> runs, under the real orchestrator, exporting to a collector of the test.</summary>
internal sealed class RunningAppHost : IAsyncDisposable
{
    private readonly IDistributedApplicationTestingBuilder _builder;

    private RunningAppHost(IDistributedApplicationTestingBuilder builder, DistributedApplication app, OtlpCollector collector) =>
        (_builder, App, Collector) = (builder, app, collector);

    public DistributedApplication App { get; }

    public OtlpCollector Collector { get; }

    /// <summary>The HTTP API that LocalCloud plays in front of the service. It sends no trace but the one that a test names.</summary>
    public HttpClient Client { get; } = new(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { Timeout = TimeSpan.FromMinutes(1) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts all and waits until the service is healthy. Ports are free ones that a restart keeps.</summary>
    public static async Task<RunningAppHost> StartAsync(params string[] options)
    {
        var collector = await OtlpCollector.StartAsync();
        string[] ports = [.. new[] { "--port", "--redis-port", "--service-port" }
            .SelectMany(option => new[] { option, LocalPort.FindFree().ToString(CultureInfo.InvariantCulture) })];
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<AppHostOptions>([.. ports, .. options], Token);
        foreach (var project in builder.Resources.OfType<ProjectResource>().ToList())
        {
            foreach (var (name, value) in collector.Variables)
            {
                builder.CreateResourceBuilder(project).WithEnvironment(name, value);
            }
        }

        var app = await builder.BuildAsync(Token);
        var running = new RunningAppHost(builder, app, collector);
        await app.StartAsync(Token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync(ResourceNames.Matching, Token);
        running.Client.BaseAddress = app.GetEndpoint(ResourceNames.LocalCloud, MatchingBuilderExtensions.GatewayEndpoint);
        return running;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
        await _builder.DisposeAsync();
        await Collector.DisposeAsync();
    }

    public Task<ExecuteCommandResult> ExecuteAsync(string resource, string command, params (string Name, string Value)[] arguments) =>
        App.ResourceCommands.ExecuteCommandAsync(
            resource,
            command,
            new InteractionInputCollection(
                [.. arguments.Select(argument => new InteractionInput { Name = argument.Name, InputType = InputType.Text, Value = argument.Value })]),
            Token);

    /// <summary>Runs a command that succeeds, and returns its JSON answer.</summary>
    public async Task<JsonNode> AnswerAsync(string resource, string command, params (string Name, string Value)[] arguments)
    {
        var result = await ExecuteAsync(resource, command, arguments);
        Assert.True(result.Success, $"{command}: {result.Message} {result.Data?.Value}");
        Assert.Equal(CommandResultFormat.Json, result.Data!.Format);
        return JsonNode.Parse(result.Data.Value)!;
    }

    public async Task<CustomResourceSnapshot> WaitAsync(string resource, Func<CustomResourceSnapshot, bool> condition)
    {
        var change = await App.ResourceNotifications.WaitForResourceAsync(resource, e => condition(e.Snapshot), Token)
            .WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System, Token);
        return change.Snapshot;
    }

    public Task<CustomResourceSnapshot> WaitAsync(string resource, string state) => WaitAsync(resource, snapshot => snapshot.State?.Text == state);

    public IEnumerable<IResource> Resources => App.Services.GetRequiredService<DistributedApplicationModel>().Resources;

    public CustomResourceSnapshot Current(string resource) =>
        App.ResourceNotifications.TryGetCurrentState(resource, out var change)
            ? change.Snapshot
            : throw new InvalidOperationException($"{resource} has no state yet.");

    /// <summary>Sends a queued match request and waits for its answer.</summary>
    public async Task CompleteRequestAsync(int user, string? traceParent = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/match/requests")
        {
            Content = JsonContent.Create(new { userEmail = SyntheticPopulation.EmailOf(user) }),
        };
        request.Headers.TryAddWithoutValidation("traceparent", traceParent);
        using var accepted = await Client.SendAsync(request, Token);
        var answer = await accepted.Content.ReadAsStringAsync(Token);
        Assert.True(accepted.IsSuccessStatusCode, $"{(int)accepted.StatusCode} {answer}");
        var id = JsonNode.Parse(answer)!["requestId"]!.GetValue<string>();
        await Eventually.TrueAsync(async () =>
            (await Client.GetFromJsonAsync<JsonNode>($"/api/match/requests/{id}", Token))!["status"]!.GetValue<string>() == "completed");
    }
}

/// <summary>One started application for a class of tests.</summary>
public sealed class AppHostFixture : IAsyncLifetime
{
    private RunningAppHost? _host;
    private string? _obstacle;

    /// <summary>The application; the test is skipped where the orchestrator cannot run.</summary>
    internal RunningAppHost Host
    {
        get
        {
            Assert.SkipWhen(_obstacle is not null, _obstacle ?? "");
            return _host!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        _obstacle = StartedApplication.FindObstacle();
        if (_obstacle is null)
        {
            // The clock makes a minute of an alarm a second.
            _host = await RunningAppHost.StartAsync("--users", "300", "--cloudwatch-clock", "60");
        }
    }

    public ValueTask DisposeAsync() => _host?.DisposeAsync() ?? ValueTask.CompletedTask;
}
