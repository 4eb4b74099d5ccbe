using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Oith.LocalCloud;

namespace Oith.StressTest.Peers;

/// <summary>
/// Executions a second of LocalCloud's Step Functions and of moto_server, in one run, over the same HTTP calls. The machines are a
/// plain Pass-Choice-Pass and the two of infrastructure/, whose tasks give fixed answers in both (moto_server runs functions
/// in Docker only), so that the interpreters are measured and not what they call.
/// </summary>
internal sealed class StepFunctionsPeerBenchmark : IDisposable
{
    private const string Role = "arn:aws:iam::123456789012:role/benchmark";
    private const int Parallelism = 8;
    private const double WantedFactor = 20;
    private static readonly TimeSpan s_wantedLatency = TimeSpan.FromMilliseconds(2);

    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { Timeout = TimeSpan.FromMinutes(5) };
    private long _lastAccount = 500_000_000_000;

    public static Command Create()
    {
        var command = new Command("stepfunctions", "Executions a second of LocalCloud's Step Functions against moto_server, and the latency of StartSyncExecution.");
        command.SetAction(async (_, token) =>
        {
            using var benchmark = new StepFunctionsPeerBenchmark();
            return await benchmark.RunAsync(Console.Out, token);
        });
        return command;
    }

    /// <returns>0 when the wanted factor and latency are met.</returns>
    public async Task<int> RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        await using var cloud = LocalCloudApplication.Build(
            new LocalCloudOptions { Port = 0, RedisPort = 0 }, configure: builder => builder.Logging.SetMinimumLevel(LogLevel.Warning));
        await cloud.StartAsync(cancellationToken);
        var local = new Uri(cloud.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var isMet = await MeasureLatencyAsync(local, output, cancellationToken);

        await using var moto = await StartMotoAsync(cancellationToken);
        foreach (var (name, definition) in Machines())
        {
            await MeasureAsync(local, name + "-warm", definition, 200, ownAccounts: false, cancellationToken);
            var ours = await MeasureAsync(local, name, definition, 3000, ownAccounts: false, cancellationToken);
            if (moto is null)
            {
                await output.WriteLineAsync($"{name,-24} LocalCloud {ours,8:F0}/s   moto_server is not installed");
                continue;
            }

            var theirs = await MeasureAsync(moto.Endpoint, name, definition, 60, ownAccounts: true, cancellationToken);
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{name,-24} LocalCloud {ours,8:F0}/s   moto_server {theirs,7:F1}/s   {ours / theirs,6:F0} times"));
            isMet &= ours >= WantedFactor * theirs;
        }

        await cloud.StopAsync(cancellationToken);
        return isMet ? 0 : 1;
    }

    public void Dispose() => _http.Dispose();

    private async Task<bool> MeasureLatencyAsync(Uri endpoint, TextWriter output, CancellationToken cancellationToken)
    {
        const string FiveStates = """
            {"StartAt":"A","States":{
              "A":{"Type":"Pass","Parameters":{"value.$":"$.value","text.$":"States.Format('{}-{}', $.value, 1)"},"Next":"B"},
              "B":{"Type":"Choice","Choices":[{"Variable":"$.value","NumericGreaterThan":0,"Next":"C"}],"Default":"E"},
              "C":{"Type":"Pass","Result":{"more":true},"ResultPath":"$.more","Next":"D"},
              "D":{"Type":"Pass","InputPath":"$.more","Next":"E"},
              "E":{"Type":"Succeed"}}}
            """;
        var arn = await CreateAsync(endpoint, "five-states", FiveStates, "EXPRESS", account: null, cancellationToken);
        var input = new JsonObject { ["stateMachineArn"] = arn, ["input"] = """{"value":1}""" };
        var times = new List<TimeSpan>();
        for (var i = 0; i < 5000; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await CallAsync(endpoint, "StartSyncExecution", input, account: null, cancellationToken);
            if (i >= 1000)
            {
                times.Add(Stopwatch.GetElapsedTime(start));
            }
        }

        times.Sort();
        var (median, p95) = (times[times.Count / 2], times[times.Count * 95 / 100]);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"StartSyncExecution of five states: median {median.TotalMilliseconds:F2} ms, p95 {p95.TotalMilliseconds:F2} ms"));
        return p95 < s_wantedLatency;
    }

    /// <summary>Executions a second, from the first start to the last that is seen to have succeeded.</summary>
    private async Task<double> MeasureAsync(Uri endpoint, string name, string definition, int count, bool ownAccounts, CancellationToken cancellationToken)
    {
        var machines = new (string Arn, string? Account)[count];
        for (var i = 0; i < count; i++)
        {
            // moto_server copies a whole account at a start, which fails once an execution is there.
            var account = ownAccounts ? (++_lastAccount).ToString(CultureInfo.InvariantCulture) : null;
            machines[i] = i > 0 && !ownAccounts ? machines[0] : (await CreateAsync(endpoint, name, definition, "STANDARD", account, cancellationToken), account);
        }

        var start = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(
            machines,
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (machine, token) => await ExecuteAsync(endpoint, name, machine.Arn, machine.Account, token));
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private async Task ExecuteAsync(Uri endpoint, string name, string machine, string? account, CancellationToken cancellationToken)
    {
        var started = await CallAsync(
            endpoint, "StartExecution", new JsonObject { ["stateMachineArn"] = machine, ["input"] = """{"value": 1}""" }, account, cancellationToken);
        var described = new JsonObject { ["executionArn"] = started["executionArn"]!.GetValue<string>() };
        while (true)
        {
            var answer = await CallAsync(endpoint, "DescribeExecution", described, account, cancellationToken);
            switch (answer["status"]!.GetValue<string>())
            {
                case "SUCCEEDED":
                    return;
                case "RUNNING":
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
                    break;
                default:
                    throw new InvalidOperationException($"{name} ended otherwise at {endpoint}: {answer.ToJsonString()}");
            }
        }
    }

    private async Task<string> CreateAsync(Uri endpoint, string name, string definition, string type, string? account, CancellationToken cancellationToken)
    {
        var created = await CallAsync(
            endpoint,
            "CreateStateMachine",
            new JsonObject { ["name"] = name, ["definition"] = definition, ["roleArn"] = Role, ["type"] = type },
            account,
            cancellationToken);
        return created["stateMachineArn"]!.GetValue<string>();
    }

    private async Task<JsonObject> CallAsync(Uri endpoint, string operation, JsonObject input, string? account, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(input.ToJsonString())) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.0");
        request.Headers.Add("X-Amz-Target", "AWSStepFunctions." + operation);
        request.Headers.TryAddWithoutValidation(
            "Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/states/aws4_request, SignedHeaders=host, Signature=0");
        if (account is not null)
        {
            request.Headers.Add("x-moto-account-id", account);
        }

        using var response = await _http.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.IsSuccessStatusCode
            ? JsonNode.Parse(body)!.AsObject()
            : throw new InvalidOperationException($"{operation} at {endpoint} answered {(int)response.StatusCode}: {body}");
    }

    private async Task<PeerProcess?> StartMotoAsync(CancellationToken cancellationToken)
    {
        var moto = await PeerProcess.StartAsync(PeerProgram.Moto, cancellationToken);
        if (moto is not null)
        {
            using var config = new StringContent("""{"stepfunctions": {"execute_state_machine": true}}""", Encoding.UTF8, "application/json");
            using var response = await _http.PostAsync(new Uri(moto.Endpoint, "/moto-api/config"), config, cancellationToken);
            response.EnsureSuccessStatusCode();
        }

        return moto;
    }

    private static IEnumerable<(string Name, string Definition)> Machines()
    {
        yield return ("pass-choice-pass", """
            {"StartAt":"A","States":{
              "A":{"Type":"Pass","Next":"B"},
              "B":{"Type":"Choice","Choices":[{"Variable":"$.value","NumericEquals":1,"Next":"C"}],"Default":"C"},
              "C":{"Type":"Pass","End":true}}}
            """);
        yield return ("distributed-matching", WithAnswers("distributed-matching.asl.json", new()
        {
            ["Plan"] = """
                {"valid":true,"problem":"","requests":[
                  {"mode":"direct","requestId":"1","userEmail":"a@example.com","traceparent":""},
                  {"mode":"sharded","requestId":"2","userEmail":"b@example.com","traceparent":"","shards":[1,2,3,4]}]}
                """,
            ["MatchDirect"] = """{"matched":true,"match":{},"source":"direct","notification":"{}"}""",
            ["MatchShard"] = """{"candidates":[]}""",
            ["Aggregate"] = """{"candidates":[]}""",
            ["Record"] = """{"matched":true,"match":{},"source":"sharded","notification":"{}"}""",
            ["Notify"] = "{}",
            ["RecordFailure"] = "{}",
        }));
        yield return ("batch-precompute", WithAnswers("batch-precompute.asl.json", new()
        {
            ["Plan"] = """{"shards":[{"from":"a","to":"b"},{"from":"b","to":"c"},{"from":"c","to":"d"},{"from":"d","to":"e"}]}""",
            ["PrecomputeShard"] = """{"decks":100}""",
        }));
    }

    /// <summary>The machine with its tasks made into Pass states that give the answers.</summary>
    private static string WithAnswers(string file, Dictionary<string, string> answers)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Oith.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("The benchmark runs outside of the repository.");
        }

        var definition = JsonNode.Parse(File.ReadAllText(Path.Combine(directory.FullName, "infrastructure", file)))!.AsObject();
        Replace(definition, answers);
        return definition.ToJsonString();
    }

    private static void Replace(JsonObject group, Dictionary<string, string> answers)
    {
        foreach (var (name, state) in group["States"]!.AsObject().ToArray())
        {
            if (!group["States"]!.AsObject().ContainsKey(name))
            {
                continue;
            }

            var one = state!.AsObject();
            if (one["ItemProcessor"] is JsonObject processor)
            {
                // moto_server reads neither EXPRESS children nor a whole number as a percentage.
                one.Remove("ToleratedFailurePercentage");
                if (processor["ProcessorConfig"]?["ExecutionType"] is not null)
                {
                    processor["ProcessorConfig"]!["ExecutionType"] = "STANDARD";
                }

                Replace(processor, answers);
            }

            if (one["Type"]!.GetValue<string>() == "Task")
            {
                var pass = new JsonObject { ["Type"] = "Pass", ["Result"] = JsonNode.Parse(answers[name]) };
                foreach (var kept in new[] { "ResultPath", "Next", "End" })
                {
                    if (one.ContainsKey(kept))
                    {
                        pass[kept] = one[kept]?.DeepClone();
                    }
                }

                group["States"]![name] = pass;
                foreach (var catcher in one["Catch"] as JsonArray ?? [])
                {
                    // A Pass state catches nothing, so nothing leads there any more.
                    group["States"]!.AsObject().Remove(catcher!["Next"]!.GetValue<string>());
                }
            }
        }
    }
}
