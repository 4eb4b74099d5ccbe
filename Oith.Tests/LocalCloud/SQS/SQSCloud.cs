using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Oith.LocalCloud;
using Oith.LocalCloud.Durability;
using Oith.LocalCloud.Faults;
using Oith.LocalCloud.Regions;
using Oith.LocalCloud.SNS;
using Oith.LocalCloud.SQS;
using Oith.LocalCloud.STS;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.LocalCloud.SQS;

/// <summary>SQS and SNS alone, in process and with a clock of the test's own.</summary>
internal sealed class SQSCloud : IDisposable
{
    private readonly ServiceProvider _services;

    /// <param name="dataDirectory">Where state is kept; null for nowhere.</param>
    /// <param name="time">The clock; a new one when null.</param>
    public SQSCloud(string? dataDirectory = null, FakeTimeProvider? time = null)
    {
        Time = time ?? new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton(new LocalCloudOptions { DataDirectory = dataDirectory });
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton<IServer, NoServer>();
        services.AddSingleton<Arn>();
        services.AddSingleton<EndpointUrl>();
        services.AddSingleton<JournalFactory>();
        services.AddSingleton<FaultSwitch>();
        services.AddSingleton<FaultInjector>();
        services.AddSingleton<IAwsApi, AwsApi>();
        services.AddSingleton<IssuedCredentials>();
        services.AddSingleton<RegionalClouds>();
        services.AddSNS();
        services.AddSQS();
        _services = services.BuildServiceProvider();
    }

    public FakeTimeProvider Time { get; }

    public IServiceProvider Services => _services;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public Task<JsonObject> SqsAsync(string operation, JsonObject input, CancellationToken? cancellationToken = null) =>
        Services.GetRequiredService<IAwsApi>().InvokeAsync("sqs", operation, input, cancellationToken ?? Token).AsTask();

    public Task<JsonObject> SnsAsync(string operation, JsonObject input) =>
        Services.GetRequiredService<IAwsApi>().InvokeAsync("sns", operation, input, Token).AsTask();

    /// <returns>The queue's URL.</returns>
    public async Task<string> CreateQueueAsync(string name, params (string Name, string Value)[] attributes)
    {
        var map = new JsonObject(attributes.Select(pair => KeyValuePair.Create(pair.Name, (JsonNode?)pair.Value)));
        if (name.EndsWith(".fifo", StringComparison.Ordinal))
        {
            map["FifoQueue"] = "true";
        }

        var answer = await SqsAsync("CreateQueue", new JsonObject { ["QueueName"] = name, ["Attributes"] = map });
        return answer["QueueUrl"]!.GetValue<string>();
    }

    public static string ArnOf(string name) => $"arn:aws:sqs:us-east-1:000000000000:{name}";

    public Task<JsonObject> SendAsync(string url, string body, string? group = null, string? deduplicationId = null, int? delay = null) =>
        SqsAsync("SendMessage", Message(url, body, group, deduplicationId, delay));

    public static JsonObject Message(string url, string body, string? group = null, string? deduplicationId = null, int? delay = null)
    {
        var input = new JsonObject { ["QueueUrl"] = url, ["MessageBody"] = body };
        if (group is not null)
        {
            input["MessageGroupId"] = group;
            input["MessageDeduplicationId"] = deduplicationId ?? Guid.NewGuid().ToString();
        }

        if (delay is not null)
        {
            input["DelaySeconds"] = delay;
        }

        return input;
    }

    public async Task<IReadOnlyList<Received>> ReceiveAsync(
        string url, int maximum = 10, int? visibility = null, int wait = 0, string? attempt = null, CancellationToken? cancellationToken = null)
    {
        var input = new JsonObject
        {
            ["QueueUrl"] = url,
            ["MaxNumberOfMessages"] = maximum,
            ["WaitTimeSeconds"] = wait,
            ["MessageSystemAttributeNames"] = new JsonArray("All"),
        };
        if (visibility is not null)
        {
            input["VisibilityTimeout"] = visibility;
        }

        if (attempt is not null)
        {
            input["ReceiveRequestAttemptId"] = attempt;
        }

        var answer = await SqsAsync("ReceiveMessage", input, cancellationToken);
        return [.. (answer["Messages"] as JsonArray ?? []).Select(message => new Received(message!.AsObject()))];
    }

    public async Task<IReadOnlyList<string>> ReceiveBodiesAsync(string url, int maximum = 10, int? visibility = null) =>
        [.. (await ReceiveAsync(url, maximum, visibility)).Select(received => received.Body)];

    public Task DeleteAsync(string url, Received received) =>
        SqsAsync("DeleteMessage", new JsonObject { ["QueueUrl"] = url, ["ReceiptHandle"] = received.Handle });

    public Task ChangeVisibilityAsync(string url, Received received, int seconds) => SqsAsync(
        "ChangeMessageVisibility",
        new JsonObject { ["QueueUrl"] = url, ["ReceiptHandle"] = received.Handle, ["VisibilityTimeout"] = seconds });

    public async Task<(int Visible, int InFlight, int Delayed)> CountAsync(string url)
    {
        var answer = await SqsAsync("GetQueueAttributes", new JsonObject { ["QueueUrl"] = url, ["AttributeNames"] = new JsonArray("All") });
        int Number(string name) => int.Parse(answer["Attributes"]![name]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture);
        return (Number("ApproximateNumberOfMessages"), Number("ApproximateNumberOfMessagesNotVisible"), Number("ApproximateNumberOfMessagesDelayed"));
    }

    public void Pass(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    public void Dispose() => _services.Dispose();

    /// <summary>One message of a receive.</summary>
    public sealed record Received(JsonObject Message)
    {
        public string Id => Message["MessageId"]!.GetValue<string>();

        public string Body => Message[nameof(Body)]!.GetValue<string>();

        public string Handle => Message["ReceiptHandle"]!.GetValue<string>();

        public string? Attribute(string name) => Message["Attributes"]?[name]?.GetValue<string>();
    }

    private sealed class NoServer : IServer
    {
        public IFeatureCollection Features { get; } = new FeatureCollection();

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}
