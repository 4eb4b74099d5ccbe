using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Oith.LocalCloud;
using Oith.Stack.SingleProcess;

namespace Oith.Tests.Fixtures;

/// <summary>The whole stack as a newcomer runs it, on free ports and with fewer people; shared by the classes of <see cref="OithStackCollection"/>.</summary>
public sealed class OithStackFixture : IAsyncLifetime
{
    /// <summary>Enough for a match in every city.</summary>
    public const int Users = 2_000;

    public OithStack Stack { get; private set; } = null!;

    /// <summary>Speaks to the matching service.</summary>
    public HttpClient Client { get; } = new() { Timeout = TimeSpan.FromMinutes(1) };

    private static OithStackOptions Options => new()
    {
        ServicePort = 0,
        Users = Users,
        LocalCloud = new LocalCloudOptions { Port = 0, RedisPort = 0 },
    };

    public async ValueTask InitializeAsync()
    {
        Stack = await OithStack.StartAsync(Options, progress: null, TestContext.Current.CancellationToken);
        Client.BaseAddress = Stack.Service;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (Stack is not null)
        {
            await Stack.DisposeAsync();
        }
    }

    /// <summary>Posts JSON to the service, as part of a trace that is recorded, and returns the answer's JSON, whatever its status.</summary>
    public async Task<JsonNode> PostAsync(string path, JsonObject body)
    {
        var token = TestContext.Current.CancellationToken;
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        // Of the traces that others begin only some a second are recorded, and the tests of all classes share one process.
        request.Headers.TryAddWithoutValidation("traceparent", $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-01");
        using var response = await Client.SendAsync(request, token);
        return (await response.Content.ReadFromJsonAsync<JsonNode>(token))!;
    }

    /// <summary>Calls an AWS API from the inside.</summary>
    public ValueTask<JsonObject> CallAsync(string service, string operation, JsonObject input) =>
        Oith.LocalCloud.Wire.AwsApiExtensions.InvokeAsync(Stack.Api, service, operation, input, TestContext.Current.CancellationToken);
}

/// <summary>The classes that look at one running stack, one test at a time.</summary>
[CollectionDefinition(Name)]
public sealed class OithStackCollection : ICollectionFixture<OithStackFixture>, ICollectionFixture<BrowserFixture>
{
    public const string Name = "The whole stack";
}
