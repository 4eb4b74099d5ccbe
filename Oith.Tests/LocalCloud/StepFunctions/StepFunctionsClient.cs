using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.StepFunctions;

/// <summary>A LocalCloud and the calls that the Step Functions tests make.</summary>
internal sealed class StepFunctionsClient(WebApplication app) : IAsyncDisposable
{
    public const string Role = "arn:aws:iam::000000000000:role/test";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    public IAwsApi Api { get; } = app.Services.GetRequiredService<IAwsApi>();

    public Uri Endpoint { get; } = LocalCloudFixture.EndpointOf(app);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<StepFunctionsClient> StartAsync(TimeProvider? time = null, string? dataDirectory = null) => new(
        await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0, DataDirectory = dataDirectory }, time));

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(CancellationToken.None);
        await app.DisposeAsync();
    }

    public ValueTask<JsonObject> CallAsync(string operation, JsonObject input) => Api.InvokeAsync("states", operation, input, Token);

    /// <returns>The machine's ARN.</returns>
    public async Task<string> CreateAsync(string name, string definition, string type = "STANDARD")
    {
        var created = await CallAsync(
            "CreateStateMachine", new JsonObject { ["name"] = name, ["definition"] = definition, ["roleArn"] = Role, ["type"] = type });
        return created["stateMachineArn"]!.GetValue<string>();
    }

    /// <returns>The execution's ARN.</returns>
    public async Task<string> StartAsync(string machine, string input = "{}", string? name = null)
    {
        var started = await CallAsync("StartExecution", new JsonObject { ["stateMachineArn"] = machine, ["input"] = input, ["name"] = name });
        return started["executionArn"]!.GetValue<string>();
    }

    public ValueTask<JsonObject> DescribeAsync(string execution) => CallAsync("DescribeExecution", new JsonObject { ["executionArn"] = execution });

    /// <summary>The description once the execution has ended.</summary>
    public async Task<JsonObject> EndAsync(string execution)
    {
        JsonObject? described = null;
        await UntilAsync(async () => (described = await DescribeAsync(execution))["status"]!.GetValue<string>() != "RUNNING");
        return described!;
    }

    public async Task<string[]> EventsAsync(string execution)
    {
        var history = await CallAsync("GetExecutionHistory", new JsonObject { ["executionArn"] = execution, ["maxResults"] = 1000 });
        return [.. history["events"]!.AsArray().Select(one => one!["type"]!.GetValue<string>())];
    }

    /// <summary>Waits until the execution's history has an event of that type.</summary>
    public Task UntilEventAsync(string execution, string type) => UntilAsync(async () => (await EventsAsync(execution)).Contains(type));

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < s_limit, "It did not happen in time.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Token);
        }
    }
}
