using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Conformance;

/// <summary>
/// Replays what real AWS answered against LocalCloud, over HTTP. An answer that differs must be listed, with the reason, in
/// aws-known-failing.json, and a listed one must differ.
/// </summary>
public sealed class AwsConformanceTests
{
    private const string Account = "111111111111";

    private const string Region = "us-east-1";

    public static TheoryData<string> Services { get; } =
        [.. AwsConformanceCase.LoadAll()?.Select(recorded => recorded.Service).Distinct() ?? ["(no data)"]];

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Service_Answers_As_AWS_When_Calls_Are_Replayed(string service)
    {
        var cases = AwsConformanceCase.LoadAll();
        Assert.SkipUnless(cases is not null, "shared/conformance/aws/cases.jsonl is not beside this clone.");
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await LocalCloudFixture.StartAsync(
            new LocalCloudOptions { Port = 0, RedisPort = 0, AccountId = Account, Region = Region }, time);
        Assert.SkipWhen(
            app.Services.GetRequiredService<IAwsApi>().Find(AwsConformanceClient.SigningNameOf(service) ?? service) is null,
            $"LocalCloud has no {service}.");
        using var http = new HttpClient();
        var endpoint = LocalCloudFixture.EndpointOf(app);
        var replay = new AwsConformanceReplay(
            new AwsConformanceClient(http, endpoint), time, endpoint.ToString().TrimEnd('/'), Account, Region);

        var compared = 0;
        var differences = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (recorded, number) in cases.Where(recorded => recorded.Service == service).Select((recorded, number) => (recorded, number)))
        {
            foreach (var (answer, difference) in await replay.RunAsync(recorded, number, TestContext.Current.CancellationToken))
            {
                compared++;
                if (difference is not null)
                {
                    differences.Add($"{recorded.Id}#{answer}", difference);
                }
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{service}: {compared - differences.Count} of {compared} answers are AWS's.");
        var known = KnownFailing(service);
        Assert.True(
            differences.Keys.All(known.ContainsKey) && known.Keys.All(differences.ContainsKey),
            Explain(service, compared, differences, known));
    }

    private static Dictionary<string, string> KnownFailing(string service)
    {
        var path = Path.Combine(AwsConformanceCase.RepositoryRoot(), "Oith.Tests", "Conformance", "aws-known-failing.json");
        return JsonNode.Parse(File.ReadAllText(path))![service]?.Deserialize<Dictionary<string, string>>() ?? [];
    }

    private static string Explain(string service, int compared, SortedDictionary<string, string> differences, Dictionary<string, string> known)
    {
        var unexpected = differences.Where(difference => !known.ContainsKey(difference.Key)).Select(pair => $"DIFFERS  {pair.Key}\n    {pair.Value}");
        var mended = known.Keys.Where(answer => !differences.ContainsKey(answer)).Select(answer => $"LISTED AS FAILING, BUT AS AWS'S  {answer}");
        return $"{service}: {compared - differences.Count} of {compared} answers are AWS's.\n{string.Join('\n', unexpected.Concat(mended))}";
    }
}
