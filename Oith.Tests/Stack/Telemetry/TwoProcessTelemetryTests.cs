using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oith.ServiceDefaults.Alarms;
using Oith.Stack.Population;
using Oith.Tests.Fixtures;
using Oith.Tests.Infrastructure;
using Oith.Tests.Matching;

namespace Oith.Tests.Stack.Telemetry;

/// <summary>What a backend of OpenTelemetry shows of both processes, from their start to a queued match request.</summary>
public sealed partial class TwoProcessTelemetryTests(TwoProcesses stack) : IClassFixture<TwoProcesses>
{
    private const string LocalCloud = "Oith.LocalCloud";
    private const string Matching = "Oith.Matching";

    private static readonly string[] s_work = ["load census", "refresh profiles", "reload cells", "resume erasures", "send changes"];

    // Of the catalog those that speak when something is wrong are not measured in a healthy stack.
    private static readonly string[] s_measured =
    [
        AlarmInstruments.RequestDuration, AlarmInstruments.DynamoDBDuration, AlarmInstruments.QueueDepth,
        AlarmInstruments.RedisCpu, AlarmInstruments.RedisMemory, AlarmInstruments.RedisHitRatio,
    ];

    [Fact]
    public async Task Queued_Request_Is_One_Tree_Over_Both_Processes()
    {
        var user = SyntheticPopulation.EmailOf(12);
        // The cells of the user are in memory afterwards, and the hand is empty.
        var answer = await stack.PostAsync("/api/match/next", new JsonObject { ["userEmail"] = user });
        await stack.PostAsync("/api/match/pass", new JsonObject { ["userEmail"] = user, ["matchEmail"] = answer["match"]!["email"]!.GetValue<string>() });
        var (trace, caller) = (ActivityTraceId.CreateRandom().ToHexString(), ActivitySpanId.CreateRandom().ToHexString());

        await stack.PostAsync("/api/match/requests", new JsonObject { ["userEmail"] = user }, $"00-{trace}-{caller}-01");

        var spans = await stack.TraceAsync(trace, caller, "pipe oith-development-match-requests");
        Assert.Equal(DrawnTree(), spans.Select(span => PathOf(spans, span)).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(spans, span => span.IsError);
    }

    [Fact]
    public async Task Calls_To_AWS_Carry_The_Attributes_Of_The_Semantic_Conventions()
    {
        await stack.PostAsync("/api/match/requests", new JsonObject { ["userEmail"] = SyntheticPopulation.EmailOf(13) });
        var send = await FindAsync(span => span is { Service: Matching, Name: "SQS SendMessage" });
        var received = await FindAsync(span => span is { Service: LocalCloud, Name: "SQS SendMessage" });
        var read = await FindAsync(span => span is { Service: Matching, Name: "DynamoDB Scan users" });

        Assert.Equal("aws-api SQS SendMessage aws_sqs oith-development-matching-queue.fifo", Values(send, "rpc.system", "rpc.service", "rpc.method", "messaging.system", "messaging.destination.name"));
        Assert.Equal("aws-api SQS SendMessage POST 200", Values(received, "rpc.system", "rpc.service", "rpc.method", "http.request.method", "http.response.status_code"));
        Assert.Equal("aws-api DynamoDB Scan aws.dynamodb oith-development-users", Values(read, "rpc.system", "rpc.service", "rpc.method", "db.system.name", "db.collection.name"));
        Assert.All(new[] { send, received, read }, span => Assert.True(Guid.TryParse(span.Attributes["aws.request_id"], out _)));
    }

    [Fact]
    public async Task Start_Warns_Of_Nothing_And_Probes_Leave_No_Trace()
    {
        await FindAsync(span => span.Name == "load census");
        await Eventually.TrueAsync(() => Task.FromResult(stack.Collector.Logs.Any(log => log.Body.StartsWith("People live in", StringComparison.Ordinal))));

        Assert.DoesNotContain(stack.Collector.Logs, log => log.Severity is not ("Debug" or "Information"));
        Assert.DoesNotContain(stack.Collector.Logs, log => log.Body.Contains("/health", StringComparison.Ordinal) || log.Body.Contains("Health check", StringComparison.Ordinal));
        Assert.DoesNotContain(stack.Output, line => Complaint().IsMatch(line));
        Assert.DoesNotContain(stack.Collector.Spans, span => span.Attributes.GetValueOrDefault("url.path", "") is "/health" or "/alive");
    }

    [Fact]
    public async Task Every_Span_Is_Named_By_What_It_Does_And_Begins_Where_Something_Happens()
    {
        await stack.PostAsync("/api/match/next", new JsonObject { ["userEmail"] = SyntheticPopulation.EmailOf(14) });
        await FindAsync(span => span.Name == "send changes");
        var spans = stack.Collector.Spans.ToList();

        Assert.DoesNotContain(spans, span => BareName().IsMatch(span.Name));
        var roots = spans.Where(span => span.ParentId.Length == 0).ToList();
        // Deployment, seeding and probes came without a trace: LocalCloud makes none of them.
        Assert.DoesNotContain(roots, span => span.Service == LocalCloud);
        Assert.All(roots, span => Assert.True(s_work.Contains(span.Name) || ApiRequest().IsMatch(span.Name), span.Name));
        var census = roots.Find(span => span.Name == "load census")!;
        Assert.Contains(spans, span => span.ParentId == census.Id && span.Name == "DynamoDB Scan users");
        Assert.Contains(spans, span => LoadOfCell().IsMatch(span.Name));
    }

    [Fact]
    public async Task Logs_Of_A_Request_Carry_Its_Trace_And_Span()
    {
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        string[] pair = ["telemetry-ann@oith.example", "telemetry-bob@oith.example"];
        foreach (var (email, gender) in pair.Zip(["woman", "man"]))
        {
            // Where no other user lives.
            await stack.PutAsync($"/api/profiles/{email}", new JsonObject
            {
                ["gender"] = gender,
                ["age"] = 30,
                ["coordinates"] = new JsonObject { ["lat"] = -78.5, ["lng"] = 106.9 },
            });
        }

        foreach (var email in pair)
        {
            await Eventually.TrueAsync(async () =>
                (await stack.PostAsync("/api/match/next", new JsonObject { ["userEmail"] = email }))["match"]?["email"] is not null);
        }

        await stack.PostAsync("/api/match/accept", new JsonObject { ["userEmail"] = pair[0], ["matchEmail"] = pair[1] });
        await stack.PostAsync(
            "/api/match/accept", new JsonObject { ["userEmail"] = pair[1], ["matchEmail"] = pair[0] }, $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");

        await Eventually.TrueAsync(() => Task.FromResult(stack.Collector.Logs.Any(log => log is { Service: Matching, SpanId: not null } && log.TraceId == trace)));
        var log = stack.Collector.Logs.First(log => log.TraceId == trace);
        Assert.Equal("Two people are connected", log.Body);
        var span = await FindAsync(span => span.Id == log.SpanId);
        Assert.Equal((trace, "match accept"), (span.TraceId, span.Name));
    }

    [Fact]
    public async Task Metrics_Have_Units_And_Descriptions()
    {
        await stack.PostAsync("/api/match/next", new JsonObject { ["userEmail"] = SyntheticPopulation.EmailOf(15) });
        await Eventually.TrueAsync(() => Task.FromResult(s_measured.All(name => stack.Collector.Metrics.Any(metric => metric.Name == name))));

        Assert.All(stack.Collector.Metrics, metric => Assert.True(metric.Unit.Length > 0 && metric.Description.Length > 0, metric.ToString()));
        foreach (var instrument in AlarmCatalog.For("development").Select(alarm => alarm.Instrument).OfType<AlarmInstrument>().Where(instrument => s_measured.Contains(instrument.Name)))
        {
            Assert.Equal(instrument.Unit, stack.Collector.Metrics.First(metric => metric.Name == instrument.Name).Unit);
        }
    }

    [Fact]
    public async Task Both_Processes_Describe_Themselves()
    {
        await Eventually.TrueAsync(() => Task.FromResult(stack.Collector.Resources.Count == 2));

        Assert.All([LocalCloud, Matching], service =>
        {
            var resource = stack.Collector.Resources[service];
            Assert.Equal("development", resource["deployment.environment.name"]);
            Assert.StartsWith("1.", resource["service.version"], StringComparison.Ordinal);
            Assert.True(Guid.TryParse(resource["service.instance.id"], out _));
        });
    }

    private static string Values(ExportedSpan span, params string[] attributes) => string.Join(' ', attributes.Select(attribute => span.Attributes.GetValueOrDefault(attribute, "-")));

    private Task<ExportedSpan> FindAsync(Func<ExportedSpan, bool> wanted) => Eventually.GetAsync(() => Task.FromResult(stack.Collector.Spans.FirstOrDefault(wanted)));

    /// <summary>Process and name of each span from the first one down to this: <c>Matching: POST /events > Matching: task planShards</c>.</summary>
    private static string PathOf(List<ExportedSpan> spans, ExportedSpan span)
    {
        var name = $"{span.Service["Oith.".Length..]}: {span.Name}";
        return spans.Find(other => other.Id == span.ParentId) is { } parent ? $"{PathOf(spans, parent)} > {name}" : name;
    }

    /// <summary>The same of the tree that docs/telemetry.md draws, a line a span, two spaces a level.</summary>
    private static IEnumerable<string> DrawnTree()
    {
        var lines = File.ReadAllLines(Path.Combine(RepositoryFiles.Root, "docs", "telemetry.md"))
            .SkipWhile(line => line != "```text").Skip(1).TakeWhile(line => line != "```");
        var above = new List<string>();
        var paths = new List<string>();
        foreach (var line in lines)
        {
            var name = line.TrimStart(' ');
            above = [.. above.Take((line.Length - name.Length) / 2), name];
            paths.Add(string.Join(" > ", above));
        }

        return paths.Order(StringComparer.Ordinal);
    }

    [GeneratedRegex("^(warn|fail|crit)|/health|/alive|Health check")]
    private static partial Regex Complaint();

    [GeneratedRegex(@"^(GET|HEAD|POST|PUT|DELETE)( /| \(no route\))?$|^(DynamoDB|SQS|Redis)$|HttpRequest")]
    private static partial Regex BareName();

    [GeneratedRegex("^(GET|POST|PUT) /api/")]
    private static partial Regex ApiRequest();

    [GeneratedRegex("^load cell [0-9a-z]{4}$")]
    private static partial Regex LoadOfCell();
}
