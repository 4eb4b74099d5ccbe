using System.Globalization;
using System.Text.Json.Nodes;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Stack.Population;
using Oith.Stack.SingleProcess;

namespace Oith.Tests.Stack.Alarms;

/// <summary>The whole stack with a CloudWatch whose minutes are 0.4 s long, and somebody who gets the alarms' e-mails.</summary>
public sealed class AlarmedStack : IAsyncLifetime
{
    public const string Prefix = "oith-development-";

    private const double ClockFactor = 150;
    private const int RedisMemoryMegabytes = 48;
    private const string OnCall = "oncall@oith.example";

    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(3);

    public OithStack Stack { get; private set; } = null!;

    /// <summary>Speaks to the matching service.</summary>
    public HttpClient Client { get; } = new() { Timeout = TimeSpan.FromMinutes(1) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var options = new OithStackOptions
        {
            ServicePort = 0,
            Users = 50,
            LocalCloud = new LocalCloudOptions { Port = 0, RedisPort = 0, CloudWatchClockFactor = ClockFactor, RedisMemoryMegabytes = RedisMemoryMegabytes },
            Parameters = new Dictionary<string, IReadOnlyDictionary<string, string>>
            {
                ["infrastructure"] = new Dictionary<string, string> { ["AlertEmail"] = OnCall },
            },
        };
        Stack = await OithStack.StartAsync(options, progress: null, Token);
        Client.BaseAddress = Stack.Service;
        // The start itself reads from an empty Redis: on a slow machine long enough for the alarm of its hit rate, three periods of five minutes.
        var over = await NowAsync() + TimeSpan.FromMinutes(20).TotalSeconds;
        await WaitAsync(async () => await NowAsync() > over, "the periods of the start to be over");
        await SettleAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (Stack is not null)
        {
            await Stack.DisposeAsync();
        }
    }

    public ValueTask<JsonObject> CallAsync(string service, string operation, JsonObject input) => Stack.Api.InvokeAsync(service, operation, input, Token);

    public async Task PutFaultAsync(JsonObject fault) => await CallAsync("faults", "PutFault", fault);

    public async Task DeleteFaultAsync(string name) => await CallAsync("faults", "DeleteFault", new() { ["Name"] = name });

    /// <summary>Asks the service what one of its people holds: as cheap as a request is.</summary>
    public async Task AskAsync()
    {
        using var response = await Client.GetAsync($"/api/match/status?userEmail={SyntheticPopulation.EmailOf(1)}", Token);
        await response.Content.ReadAsByteArrayAsync(Token);
    }

    /// <summary>
    /// The alarms fire, no other does, within their evaluation time, with an e-mail and a line in their history; and when what is wrong has
    /// ended they are OK again, with an e-mail.
    /// </summary>
    /// <param name="alarms">Names without environment.</param>
    /// <param name="strike">Makes it go wrong.</param>
    /// <param name="mend">Makes it right.</param>
    /// <param name="meanwhile">Goes on all the time, again and again; null for nothing.</param>
    public async Task FiresExactlyAsync(string[] alarms, Func<Task> strike, Func<Task> mend, Func<Task>? meanwhile = null)
    {
        await SettleAsync();
        var names = alarms.Select(alarm => Prefix + alarm).Order(StringComparer.Ordinal).ToList();
        var since = await NowAsync();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var traffic = meanwhile is null ? Task.CompletedTask : RepeatAsync(meanwhile, ended.Token);
        try
        {
            await strike();
            await WaitAsync(
                async () =>
                {
                    if (traffic.IsFaulted)
                    {
                        // Without it no alarm can fire: its own error says more than that none did.
                        await traffic;
                    }

                    return (await AlarmsAsync("ALARM")).IsSupersetOf(names);
                },
                $"{string.Join(", ", names)} in ALARM");
            foreach (var name in names)
            {
                await WaitForEmailAsync($"ALARM: \"{name}\" in US East (N. Virginia)", since);
                await AssertWithinEvaluationTimeAsync(name);
            }

            Assert.Equal(names, await FiredAsync(since));
        }
        finally
        {
            await mend();
        }

        await WaitAsync(async () => (await AlarmsAsync("OK")).IsSupersetOf(names), $"{string.Join(", ", names)} OK");
        await ended.CancelAsync();
        await traffic;
        foreach (var name in names)
        {
            await WaitForEmailAsync($"OK: \"{name}\" in US East (N. Virginia)", since);
        }

        Assert.Equal(names, await FiredAsync(since));
    }

    private static async Task RepeatAsync(Func<Task> action, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_pace);
        while (!cancellationToken.IsCancellationRequested)
        {
            await action();
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private static async Task WaitAsync(Func<Task<bool>> condition, string what)
    {
        using var deadline = new CancellationTokenSource(s_longest);
        using var timer = new PeriodicTimer(s_look);
        while (!await condition())
        {
            Assert.False(deadline.IsCancellationRequested, $"Not within {s_longest}: {what}.");
            await timer.WaitForNextTickAsync(Token);
        }
    }

    /// <summary>Nothing is in alarm, neither from the start nor from the test before.</summary>
    private Task SettleAsync() => WaitAsync(async () => (await AlarmsAsync("ALARM")).Count == 0, "no alarm in ALARM");

    private async Task<HashSet<string>> AlarmsAsync(string state)
    {
        var answer = await CallAsync("monitoring", "DescribeAlarms", new() { ["StateValue"] = state, ["MaxRecords"] = 100 });
        return [.. answer["MetricAlarms"]!.AsArray().Select(alarm => alarm!["AlarmName"]!.GetValue<string>())];
    }

    /// <summary>CloudWatch's time in seconds.</summary>
    private async Task<double> NowAsync() => (await CallAsync("monitoring", "LocalCloudGetClock", []))["Now"]!.GetValue<double>();

    /// <summary>The alarms that went to ALARM, by name.</summary>
    private async Task<List<string>> FiredAsync(double since)
    {
        var answer = await CallAsync("monitoring", "DescribeAlarmHistory", new() { ["HistoryItemType"] = "StateUpdate", ["StartDate"] = since, ["MaxRecords"] = 100 });
        return [.. answer["AlarmHistoryItems"]!.AsArray()
            .Where(item => item!["HistorySummary"]!.GetValue<string>().EndsWith("to ALARM", StringComparison.Ordinal))
            .Select(item => item!["AlarmName"]!.GetValue<string>()).Distinct().Order(StringComparer.Ordinal)];
    }

    // From the first datapoint that speaks for the alarm to the alarm; however slowly this machine made the datapoints.
    private async Task AssertWithinEvaluationTimeAsync(string name)
    {
        var answer = await CallAsync("monitoring", "DescribeAlarmHistory", new() { ["AlarmName"] = name, ["HistoryItemType"] = "StateUpdate", ["MaxRecords"] = 1 });
        var state = JsonNode.Parse(Assert.Single(answer["AlarmHistoryItems"]!.AsArray())!["HistoryData"]!.GetValue<string>())!["newState"]!;
        var data = state["stateReasonData"]!;
        data = data is JsonValue text ? JsonNode.Parse(text.GetValue<string>())! : data;
        var periods = data["evaluatedDatapoints"]!.AsArray().Count;
        var took = Time(data["queryDate"]!) - Time(data["startDate"]!);
        Assert.InRange(took.TotalSeconds, 0, (periods + 2) * data["period"]!.GetValue<int>());
    }

    private static DateTimeOffset Time(JsonNode text) => DateTimeOffset.Parse(text.GetValue<string>(), CultureInfo.InvariantCulture);

    private Task WaitForEmailAsync(string subject, double since) => WaitAsync(
        async () => (await EmailsAsync()).Exists(email =>
            email["Subject"]!.GetValue<string>() == subject
            && email["Endpoint"]!.GetValue<string>() == OnCall
            && Time(MessageIn(email)["StateChangeTime"]!).ToUnixTimeMilliseconds() / 1000.0 >= since),
        $"the e-mail {subject}");

    // Below the message stands how to unsubscribe.
    private static JsonNode MessageIn(JsonNode email) => JsonNode.Parse(email["Body"]!.GetValue<string>().Split("\n--")[0])!;

    private async Task<List<JsonNode>> EmailsAsync() => [.. (await CallAsync("sns", "LocalCloudListEmails", []))["Emails"]!.AsArray().OfType<JsonNode>()];
}

/// <summary>The classes that look at one such stack, one test at a time.</summary>
[CollectionDefinition(Name)]
public sealed class AlarmedStackCollection : ICollectionFixture<AlarmedStack>
{
    public const string Name = "The stack whose alarms fire";
}
