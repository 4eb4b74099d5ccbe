using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Oith.AppHost;
using Oith.Stack;
using Oith.Stack.Population;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching;

namespace Oith.Tests.AppHost;

/// <summary>What a user of the dashboard sees and does while all runs.</summary>
public sealed class RunTests(AppHostFixture fixture) : IClassFixture<AppHostFixture>
{
    private const string RunCommand = Oith.AppHost.StressTest.Run;
    private const string Invoke = "localcloud: invoke oith-development-matching-service";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Queued_Match_Request_Is_One_Trace_Over_Both_Processes()
    {
        var host = fixture.Host;
        var (trace, caller) = (ActivityTraceId.CreateRandom().ToHexString(), ActivitySpanId.CreateRandom().ToHexString());

        // The cells of the user are in memory afterwards, and the hand is empty.
        var user = await PassAsync(host);

        await host.CompleteRequestAsync(user, $"00-{trace}-{caller}-01");

        var spans = await Eventually.GetAsync(() =>
        {
            var found = host.Collector.Spans.Where(span => span.TraceId == trace).ToList();
            var ids = found.Select(span => span.Id).Append(caller).ToHashSet();
            var isWhole = found.Exists(span => span.Name == "pipe oith-development-match-requests") && found.TrueForAll(span => ids.Contains(span.ParentId));
            return Task.FromResult(isWhole ? found : null);
        });
        string[] queued =
        [
            "matching: POST /api/match/requests", "matching: SQS SendMessage", "localcloud: pipe oith-development-match-requests",
            "localcloud: execution oith-development-distributed-matching",
        ];
        string[] answered = [.. queued, "localcloud: state AnswerRequests"];
        var paths = spans.Select(span => string.Join(" > ", PathOf(spans, span))).ToHashSet();
        Assert.Contains(string.Join(" > ", [.. queued[..2], "localcloud: SQS SendMessage"]), paths);
        Assert.Contains(string.Join(" > ", [.. queued, "localcloud: state Plan", Invoke, "matching: POST /events", "matching: task planShards"]), paths);
        string[] task = [.. answered, "localcloud: state MatchDirect", Invoke, "matching: POST /events", "matching: task matchDirect", "matching: match next"];
        Assert.Contains(string.Join(" > ", task), paths);
        Assert.Contains(paths, path => path.StartsWith(string.Join(" > ", task) + " > matching: Redis GET", StringComparison.Ordinal));
        Assert.Contains(paths, path => path.StartsWith(string.Join(" > ", task) + " > matching: DynamoDB GetItem users > localcloud: DynamoDB GetItem", StringComparison.Ordinal));
        Assert.All(spans, span => Assert.DoesNotMatch("^(POST|GET)$|/health", span.Name));
        Assert.DoesNotContain(spans, span => span.IsError);
    }

    [Fact]
    public async Task Alarm_That_Fires_Makes_The_Alarms_Unhealthy_With_Its_Reason_Until_It_Ends()
    {
        var host = fixture.Host;
        const string Alarm = "oith-development-response-time-p95";
        await host.WaitAsync(ResourceNames.Alarms, snapshot => snapshot.HealthStatus == HealthStatus.Healthy);
        await host.AnswerAsync(
            ResourceNames.LocalCloud, LocalCloudFaultBuilderExtensions.PutFaultCommand, ("Name", "slow"), ("Service", "matching"), ("LatencyMilliseconds", "400"));

        var firing = await WhileAskingAsync(host, () => host.WaitAsync(ResourceNames.Alarms, snapshot => snapshot.HealthStatus == HealthStatus.Unhealthy));

        var report = Assert.Single(firing.HealthReports, report => report.Name == Alarm);
        Assert.StartsWith("Threshold Crossed", report.Description);
        Assert.Contains(Alarm, (string)firing.Properties.Single(property => property.Name == "In alarm").Value!);
        Assert.Contains(firing.Urls, url => url.Url.EndsWith($"/_console/#/alarms/{Alarm}", StringComparison.Ordinal));
        // The alarm is about the service; neither it nor LocalCloud is ill because of it.
        Assert.Equal(HealthStatus.Healthy, host.Current(ResourceNames.LocalCloud).HealthStatus);
        await host.AnswerAsync(ResourceNames.LocalCloud, LocalCloudFaultBuilderExtensions.RemoveFaultCommand, ("Name", "slow"));

        var over = await host.WaitAsync(ResourceNames.Alarms, snapshot => snapshot.HealthStatus == HealthStatus.Healthy);

        Assert.DoesNotContain(over.HealthReports, report => report.Name == Alarm);
    }

    [Fact]
    public async Task Commands_Answer_With_JSON_And_Name_What_Is_Wrong()
    {
        var host = fixture.Host;

        var match = await host.AnswerAsync(ResourceNames.Matching, Commands.AskForMatch, ("userEmail", SyntheticPopulation.EmailOf(1)));
        Assert.NotNull(match["performance"]);
        var queued = await host.AnswerAsync(ResourceNames.Matching, Commands.QueueMatchRequest, ("userEmail", SyntheticPopulation.EmailOf(3)));
        Assert.Equal("queued", queued["status"]!.GetValue<string>());
        var precompute = await host.AnswerAsync(ResourceNames.LocalCloud, Commands.RunPrecompute);
        Assert.Contains(":execution:oith-development-batch-precompute:", precompute["executionArn"]!.GetValue<string>());
        var redrive = await host.AnswerAsync(ResourceNames.LocalCloud, Commands.RedriveDeadLetters);
        Assert.NotNull(redrive["taskHandle"]);
        var seeded = await host.AnswerAsync(ResourceNames.Population, Commands.SeedUsers, ("users", "25"));
        Assert.Equal(25, seeded["users"]!.GetValue<int>());

        var refused = await host.ExecuteAsync(ResourceNames.Population, Commands.SeedUsers, ("users", "0"));
        Assert.Equal((false, "users is 0; it must be from 1 to 1000000."), (refused.Success, refused.Message));
        var unknown = await host.ExecuteAsync(ResourceNames.Matching, Commands.AskForMatch, ("userEmail", "nobody"));
        Assert.False(unknown.Success);
        Assert.Contains("must be an e-mail address", unknown.Data!.Value);
    }

    [Fact]
    public async Task Stress_Test_Runs_Again_And_Again_And_Answers_With_What_It_Measured()
    {
        var host = fixture.Host;
        foreach (var rate in (string[])["20", "30"])
        {
            var result = await host.ExecuteAsync(
                ResourceNames.StressTest, RunCommand, ("rate", rate), ("duration", "3s"), ("mix", "standard"));

            // The targets of time are for a machine that does nothing else; those of correctness hold on any.
            Assert.True(result.Data is not null, result.Message);
            var answer = JsonNode.Parse(result.Data.Value)!;
            Assert.Contains($"--rate {rate} --duration 3 --mix standard", answer["run"]!.GetValue<string>());
            Assert.True(File.Exists(answer["report"]!.GetValue<string>()), result.Data.Value);
            var violations = answer["targets"]!.AsArray().Single(target => target!["name"]!.GetValue<string>() == "Violated invariants")!;
            Assert.True(violations["met"]!.GetValue<bool>(), result.Data.Value);
        }

        var refused = await host.ExecuteAsync(ResourceNames.StressTest, RunCommand, ("rate", "0"), ("duration", "soon"), ("mix", "standard"));
        Assert.False(refused.Success);
        Assert.Null(refused.Data);
    }

    [Fact]
    public void Every_Resource_Has_An_Icon_And_What_Is_In_LocalCloud_Is_Shown_Under_It_With_Links()
    {
        var host = fixture.Host;
        var resources = host.Resources.Where(resource => resource is not ParameterResource && !host.Current(resource.Name).IsHidden).ToList();

        Assert.All(resources, resource => Assert.True(resource.Annotations.OfType<ResourceIconAnnotation>().Any(), resource.Name));
        Assert.All(resources.Where(resource => resource.Name is not (ResourceNames.LocalCloud or ResourceNames.Matching or ResourceNames.StressTest)), resource =>
            Assert.Contains(host.Current(resource.Name).Relationships, link => link is { Type: "Parent", ResourceName: ResourceNames.LocalCloud }));
        var console = $"{resources.OfType<LocalCloudResource>().Single().PrimaryEndpoint.Url}/_console/";
        Assert.Equal($"{console}#/redis", Assert.Single(host.Current(ResourceNames.Redis).Urls).Url);
        Assert.All(resources.OfType<CloudFormationStackResource>(), stack =>
        {
            Assert.Equal($"{console}#/stacks/{stack.StackName}", Assert.Single(host.Current(stack.Name).Urls).Url);
            Assert.Equal(Path.GetFileName(stack.TemplatePath), host.Current(stack.Name).Properties.Single(p => p.Name == CustomResourceKnownProperties.Source).Value);
            Assert.NotEmpty(host.Current(stack.Name).Properties.Where(property => property.IsHighlighted));
        });
    }

    [Fact]
    public void Parameters_Have_Descriptions_And_The_Options_Values()
    {
        var parameters = fixture.Host.Resources.OfType<ParameterResource>().ToDictionary(parameter => parameter.Name);

        Assert.Equal(
            ["alert-email", "localcloud-function-secret", "localcloud-redis-password", "seed", "users"], parameters.Keys.Order(StringComparer.Ordinal));
        Assert.All(parameters.Values, parameter => Assert.False(string.IsNullOrEmpty(parameter.Description)));
        Assert.Equal("300", fixture.Host.Current("users").Properties.Single(property => property.Name == "Value").Value);
        Assert.True(parameters["localcloud-redis-password"].Secret);
    }

    [Theory]
    [InlineData("--users is many; it must be from 0 to 1000000.", "--users", "many")]
    [InlineData("--port is 70000; it must be from 0 to 65535.", "--port", "70000")]
    [InlineData("--users needs a value.", "--users")]
    public void Bad_Option_Is_One_Line(string expected, params string[] args)
    {
        var errors = new List<string>();
        AppHostOptions.Read(args, errors);
        Assert.Equal([expected], errors);
    }

    [Fact]
    public void Port_That_Two_Options_Name_Is_One_Line()
    {
        var (service, shared) = (Port(), Port());
        var errors = new List<string>();

        AppHostOptions.Read(["--service-port", service, "--port", shared, "--redis-port", shared], errors);

        Assert.Equal(
            [$"Redis cannot listen on port {shared}: it is that of LocalCloud. Choose another with --redis-port, or 0 for any free port."], errors);

        static string Port() => LocalPort.FindFree().ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Passes a match, and returns who did.</summary>
    private static async Task<int> PassAsync(RunningAppHost host)
    {
        foreach (var user in Enumerable.Range(40, 50))
        {
            var userEmail = SyntheticPopulation.EmailOf(user);
            var answer = await host.AnswerAsync(ResourceNames.Matching, Commands.AskForMatch, ("userEmail", userEmail));
            if (answer["match"]?["email"]?.GetValue<string>() is { } matchEmail)
            {
                using var passed = await host.Client.PostAsJsonAsync("/api/match/pass", new { userEmail, matchEmail }, Token);
                passed.EnsureSuccessStatusCode();
                return user;
            }
        }

        throw new InvalidOperationException("None of 50 users found a match.");
    }

    private static IEnumerable<string> PathOf(List<ExportedSpan> spans, ExportedSpan span)
    {
        // Where Aspire names the processes, by the resources.
        var name = $"{span.Service.ToLowerInvariant()}: {span.Name}";
        return spans.Find(other => other.Id == span.ParentId) is { } parent ? PathOf(spans, parent).Append(name) : [name];
    }

    // One request after the other: an alarm about response times needs some in each of its minutes.
    private static async Task<T> WhileAskingAsync<T>(RunningAppHost host, Func<Task<T>> wait)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asking = Task.WhenAll(Enumerable.Range(10, 8).Select(async user =>
        {
            while (!done.IsCancellationRequested)
            {
                using var answer = await host.Client.GetAsync($"/api/match/status?userEmail={SyntheticPopulation.EmailOf(user)}", Token);
            }
        }));
        var result = await wait();
        await done.CancelAsync();
        await asking;
        return result;
    }
}
