using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Conformance;

/// <summary>
/// Runs what AWS Step Functions was recorded with against LocalCloud, over HTTP. A case that differs must be listed, with the
/// reason, in asl-known-failing.json, and a listed one must differ.
/// </summary>
public sealed class AslConformanceTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    private static readonly HashSet<string> s_categories =
        new(StringComparer.Ordinal) { "pure", "lambda-echo-able", "sqs", "dynamodb", "sns", "sfn", "activity", "events", "other", "s3-map-io", "sdk" };

    private static readonly Dictionary<string, string> s_services = new(StringComparer.Ordinal)
    {
        ["sqs"] = "sqs",
        ["dynamodb"] = "dynamodb",
        ["sns"] = "sns",
        ["events"] = "events",
    };

    [Fact]
    public async Task Executions_End_As_In_AWS_When_Recorded_Cases_Are_Run()
    {
        var cases = AslCase.Load(s_categories);
        Assert.SkipUnless(cases is not null, "shared/conformance/asl is not beside this clone.");
        await using var clock = new AslClock();
        await using var cloud = await StartAsync(clock.Time);
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64 });
        var functions = cloud.Services.GetRequiredService<AslFunctions>();
        var api = cloud.Services.GetRequiredService<IAwsApi>();
        var runner = new AslRunner(http, LocalCloudFixture.EndpointOf(cloud), api, functions);
        var report = new AslReport("executions");
        var token = TestContext.Current.CancellationToken;
        await Parallel.ForEachAsync(cases.Select((one, number) => (one, number)), new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = token }, async (item, _) =>
        {
            var (one, number) = item;
            var category = one.IsJsonata ? $"JSONata {one.Category}" : one.Category;
            if (s_services.TryGetValue(one.Category, out var service) && api.Find(service) is null)
            {
                report.NotRun(one.Category);
                return;
            }

            using var limit = CancellationTokenSource.CreateLinkedTokenSource(token);
            limit.CancelAfter(s_limit);
            try
            {
                var outcome = await runner.RunAsync(one, number, limit.Token);
                report.Add(category, one.Id, Difference(one, outcome));
                if (one.History is not null && one.HistoryOrder != "normalised")
                {
                    report.Add($"{category} history", one.Id + " (history)", HistoryDifference(one, outcome.Events!));
                }
            }
            catch (Exception error) when (error is AslApiException or AwsServiceException or OperationCanceledException)
            {
                token.ThrowIfCancellationRequested();
                report.Add(category, one.Id, error.Message);
            }
        });
        report.Check();
    }

    [Fact]
    public async Task Definitions_Are_Judged_As_In_AWS_When_Recorded_Cases_Are_Validated()
    {
        var rows = AslCase.Rows("validation.jsonl");
        Assert.SkipUnless(rows is not null, "shared/conformance/asl is not beside this clone.");
        await using var clock = new AslClock();
        await using var cloud = await StartAsync(clock.Time);
        using var http = new HttpClient();
        var runner = new AslRunner(
            http, LocalCloudFixture.EndpointOf(cloud), cloud.Services.GetRequiredService<IAwsApi>(), cloud.Services.GetRequiredService<AslFunctions>());
        var report = new AslReport("validation");
        foreach (var (row, number) in rows.Where(row => row["aws_validated"]!.GetValue<bool>()).Select((row, number) => (row, number)))
        {
            var id = row["id"]!.GetValue<string>();
            report.Add("validation", id, await new AslValidation(runner, row, number).DifferenceAsync(TestContext.Current.CancellationToken));
        }

        report.Check();
    }

    [Fact]
    public async Task States_Are_Tested_As_In_AWS_When_Recorded_Cases_Are_Run()
    {
        var rows = AslCase.Rows("test_state.jsonl");
        Assert.SkipUnless(rows is not null, "shared/conformance/asl is not beside this clone.");
        await using var clock = new AslClock();
        await using var cloud = await StartAsync(clock.Time);
        using var http = new HttpClient();
        var functions = cloud.Services.GetRequiredService<AslFunctions>();
        var runner = new AslRunner(http, LocalCloudFixture.EndpointOf(cloud), cloud.Services.GetRequiredService<IAwsApi>(), functions);
        var report = new AslReport("test-state");
        var recorded = rows.Where(row => row["aws_validated"]!.GetValue<bool>());
        foreach (var (row, number) in recorded.Select((row, number) => (row, number)))
        {
            var id = row["id"]!.GetValue<string>() + "#" + row["key"]!.GetValue<string>();
            report.Add("test-state " + row["query_language"]!.GetValue<string>(), id, await new AslStateTest(runner, functions, row, number).DifferenceAsync(TestContext.Current.CancellationToken));
        }

        report.Check();
    }

    private static async Task<WebApplication> StartAsync(TimeProvider time)
    {
        var app = LocalCloudApplication.Build(new LocalCloudOptions { Port = 0, RedisPort = 0 }, configure: builder =>
        {
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            builder.Services.Replace(ServiceDescriptor.Singleton(time));
            // The corpus's functions are Python, so Lambda is played.
            builder.Services.AddSingleton(provider => new AslFunctions(ActivatorUtilities.CreateInstance<AwsApi>(provider)));
            builder.Services.Replace(ServiceDescriptor.Singleton<IAwsApi>(provider => provider.GetRequiredService<AslFunctions>()));
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static string? Difference(AslCase one, AslOutcome outcome)
    {
        var expected = one.Expected;
        if (one.Status != outcome.Status)
        {
            return $"/status: expected {one.Status} but got {outcome.Status} {outcome.Error} {outcome.Cause}";
        }

        var comparison = AslComparison.Of(expected, one.Row["placeholder_words"]);
        if (expected["output_recorded"]?.GetValue<bool>() != false)
        {
            var difference = one.Status != "SUCCEEDED"
                ? outcome.Output is null ? null : $"/output: expected none but got {outcome.Output}"
                : outcome.Output is null ? "/output: none" : comparison.Difference(expected["output"], JsonNode.Parse(outcome.Output), "/output");
            if (difference is not null)
            {
                return difference;
            }
        }

        return Text("error", outcome.Error) ?? Text("cause", outcome.Cause);

        string? Text(string member, string? actual)
        {
            var recorded = expected[member];
            if (recorded is null && actual is null)
            {
                return null;
            }

            JsonNode? value = actual is null ? null
                : recorded is JsonObject or JsonArray && actual.AsSpan().TrimStart() is ['{' or '[', ..] ? JsonNode.Parse(actual) : JsonValue.Create(actual);
            return recorded is null ? $"/{member}: expected none but got {actual}" : comparison.Difference(recorded, value, "/" + member, actual is null);
        }
    }

    private static string? HistoryDifference(AslCase one, JsonArray actual)
    {
        var recorded = one.History!.Select(Line).ToArray();
        var here = actual.Select(Line).ToArray();
        if (one.HistoryOrder != "exact")
        {
            recorded = [.. one.History!.Select(Type).Order(StringComparer.Ordinal)];
            here = [.. actual.Select(Type).Order(StringComparer.Ordinal)];
        }

        return recorded.SequenceEqual(here) ? null : $"expected {string.Join(' ', recorded)}\n    but got  {string.Join(' ', here)}";

        static string Type(JsonNode? one) => one!["type"]!.GetValue<string>();

        static string Line(JsonNode? one) => $"{one!["id"]}<{one["previousEventId"]}:{Type(one)}";
    }
}
