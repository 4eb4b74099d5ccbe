using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Oith.LocalCloud.Wire;
using Oith.ServiceDefaults;
using Oith.Stack;
using Oith.Stack.Population;
using Oith.Stack.SingleProcess;
using Oith.Tests.Fixtures;
using Oith.Tests.Infrastructure;
using Oith.Tests.Matching;
using Oith.Tests.Stack.SeparateProcesses;

namespace Oith.Tests.Stack.Telemetry;

/// <summary>LocalCloud and the matching service as two processes that export to one collector, as an orchestrator runs them.</summary>
public sealed class TwoProcesses : IAsyncLifetime
{
    private const int Users = 500;
    private const string RedisPassword = "passwordOfThisRun";
    private const string EventsSecret = "secretOfThisRun";

    private ServiceProcess? _localCloud;
    private ServiceProcess? _matching;

    /// <summary>What both have exported.</summary>
    internal OtlpCollector Collector { get; private set; } = null!;

    /// <summary>What both have written to the console.</summary>
    internal IEnumerable<string> Output => $"{_localCloud!.Output}\n{_matching!.Output}".Split('\n');

    /// <summary>Speaks to the matching service, and sends no trace but the one that a test names.</summary>
    internal HttpClient Client { get; } = new(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { Timeout = TimeSpan.FromMinutes(1) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Collector = await OtlpCollector.StartAsync();
        var endpoint = $"http://localhost:{LocalPort.FindFree()}";
        Client.BaseAddress = new Uri($"http://localhost:{LocalPort.FindFree()}");
        _localCloud = ServiceProcess.Start("Oith.LocalCloud", new Dictionary<string, string>(Collector.Variables)
        {
            [LocalCloudEnvironment.Port] = new Uri(endpoint).Port.ToString(CultureInfo.InvariantCulture),
            // So that what CloudWatch counts a minute is there in a second.
            [LocalCloudEnvironment.CloudWatchClockFactor] = "60",
            [LocalCloudEnvironment.RedisPort] = LocalPort.FindFree().ToString(CultureInfo.InvariantCulture),
            [LocalCloudEnvironment.RedisPassword] = RedisPassword,
            [LocalCloudEnvironment.FunctionSecret] = EventsSecret,
            [LocalCloudEnvironment.Function(ResourceNames.Function(ResourceNames.Development))] = new Uri(Client.BaseAddress, "/events").AbsoluteUri,
        });
        await HealthyAsync(_localCloud, new Uri(endpoint));
        var settings = await DeployAsync(endpoint);
        using var dynamoDB = new AmazonDynamoDBClient(
            new BasicAWSCredentials("test", "test"), new AmazonDynamoDBConfig { ServiceURL = endpoint, AuthenticationRegion = "us-east-1" });
        await new Seeder(dynamoDB, settings["USERS_TABLE"], TimeProvider.System).SeedAsync(new SyntheticPopulation(1), Users, Token);
        _matching = ServiceProcess.Start("Oith.Matching", new Dictionary<string, string>(settings.Concat(Collector.Variables))
        {
            ["ASPNETCORE_URLS"] = Client.BaseAddress.AbsoluteUri,
            [MatchingEnvironment.RedisPassword] = RedisPassword,
            [MatchingEnvironment.EventsSecret] = EventsSecret,
            // The one line that a request writes at a healthy stack.
            ["Logging__LogLevel__Oith.Matching.Matches"] = "Debug",
        });
        await HealthyAsync(_matching, Client.BaseAddress);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (var started in new IAsyncDisposable?[] { _matching, _localCloud, Collector })
        {
            if (started is not null)
            {
                await started.DisposeAsync();
            }
        }
    }

    /// <summary>The spans of a trace when it is whole: each hangs under another one or under <paramref name="caller"/>, and the last is there.</summary>
    internal Task<List<ExportedSpan>> TraceAsync(string trace, string caller, string last) => Eventually.GetAsync(() =>
    {
        var spans = Collector.Spans.Where(span => span.TraceId == trace).ToList();
        var ids = spans.Select(span => span.Id).Append(caller).ToHashSet();
        return Task.FromResult(spans.Exists(span => span.Name == last) && spans.TrueForAll(span => ids.Contains(span.ParentId)) ? spans : null);
    });

    internal Task<JsonNode> PostAsync(string path, JsonObject body, string? traceParent = null) => SendAsync(HttpMethod.Post, path, body, traceParent);

    internal Task<JsonNode> PutAsync(string path, JsonObject body) => SendAsync(HttpMethod.Put, path, body, traceParent: null);

    private async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonObject body, string? traceParent)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation("traceparent", traceParent);
        using var response = await Client.SendAsync(request, Token);
        var answer = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {answer}");
        return JsonNode.Parse(answer)!;
    }

    private static async Task<Dictionary<string, string>> DeployAsync(string endpoint)
    {
        using var door = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = new Uri(endpoint) };
        var deployer = new StackDeployer(new ConsoleApi(door), TimeProvider.System, ResourceNames.Development, Path.Combine(RepositoryFiles.Root, "infrastructure"));
        var outputs = new Dictionary<string, IReadOnlyDictionary<string, string>>();
        foreach (var stack in ResourceNames.Stacks)
        {
            outputs[stack] = await deployer.DeployAsync(stack, await deployer.ParametersAsync(stack, outputs, Token), Token);
        }

        var settings = new Dictionary<string, string>(MatchingEnvironment.WithEmulator(ResourceNames.Development, endpoint, "us-east-1"));
        foreach (var (variable, stack, output) in MatchingEnvironment.FromStacks)
        {
            settings[variable] = outputs[stack][output];
        }

        return settings;
    }

    // As an orchestrator does: it asks from the first moment on.
    private static async Task HealthyAsync(ServiceProcess process, Uri address)
    {
        using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null });
        await process.WaitUntilHealthyAsync(client, new Uri(address, Extensions.HealthPath));
        await process.WaitUntilHealthyAsync(client, new Uri(address, Extensions.AlivePath));
    }

    /// <summary>AWS's operations through the console page's door, which takes and answers JSON for every service.</summary>
    private sealed class ConsoleApi(HttpClient door) : IAwsApi
    {
        public async ValueTask InvokeAsync(AwsCall call, Utf8JsonWriter output, CancellationToken cancellationToken)
        {
            using var response = await door.PostAsJsonAsync($"/_console/api/{call.Service}/{call.Operation}", call.Input, cancellationToken);
            var answer = (await response.Content.ReadFromJsonAsync<JsonNode>(cancellationToken))!;
            if (!response.IsSuccessStatusCode)
            {
                throw new AwsServiceException(answer["__type"]!.GetValue<string>(), answer.ToJsonString(), response.StatusCode);
            }

            answer.WriteTo(output);
        }

        public IAwsService? Find(string signingName) => throw new NotSupportedException("The services are in another process.");
    }
}
