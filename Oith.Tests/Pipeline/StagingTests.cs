using System.Globalization;
using System.Text.Json.Nodes;
using Oith.AppHost.Cloud;
using Oith.LocalCloud;
using Oith.Stack;
using Oith.Tests.Aspire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Pipeline;

/// <summary><c>--environment staging</c>: the service on this machine upon the stacks of the cloud, here a LocalCloud by AWS_ENDPOINT_URL.</summary>
public sealed class StagingTests : IAsyncLifetime
{
    private const string Password = "OfThisTest1";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("oith-staging-");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("--environment staging", "staging")]
    [InlineData("--environment=Production", "production")]
    [InlineData("--environment Development", null)]
    [InlineData("--users 10", null)]
    public void Environment_Of_The_Command_Line_Decides(string line, string? environment) =>
        Assert.Equal(environment, CloudApplication.FindEnvironment(line.Split(' ')));

    /// <summary>Without DAX and ElastiCache, which the parameters leave out: a Redis of one's own takes their place.</summary>
    [Fact]
    public async Task Service_Runs_Upon_The_Deployed_Stacks_And_Changes_None()
    {
        AspireCli.Find();
        var obstacle = StartedApplication.FindObstacle();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        var redisPort = LocalPort.FindFree();
        var cloud = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = redisPort, RedisPassword = Password });
        await using (cloud)
        {
            var zip = Path.Combine(_folder.FullName, "service.zip");
            await File.WriteAllTextAsync(zip, "a zip", TestContext.Current.CancellationToken);
            var aspire = new AspireCli(LocalCloudFixture.EndpointOf(cloud), _folder.FullName, zip);
            await aspire.SucceedAsync("deploy -e staging", ("DAX", "false"), ("OWN_REDIS_HOST", "localhost"));
            try
            {
                await aspire.SucceedAsync(
                    "start --isolated -- --environment staging --Oith:ServicePort=0 --Oith:RedisPassword=" + Password
                    + " --Oith:RedisPort=" + redisPort.ToString(CultureInfo.InvariantCulture));
                await aspire.SucceedAsync("wait matching");
                var described = await aspire.SucceedAsync("describe matching --format Json");
                var url = JsonNode.Parse(described[described.IndexOf('{', StringComparison.Ordinal)..])!["resources"]![0]!["urls"]![0]!["url"]!.GetValue<string>();

                // Tables and Redis answer.
                using var http = new HttpClient();
                using var health = await http.GetAsync(new Uri($"{url}/health"), TestContext.Current.CancellationToken);
                Assert.True(health.IsSuccessStatusCode, await health.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            }
            finally
            {
                await aspire.SucceedAsync("stop");
            }

            var again = await aspire.SucceedAsync("deploy -e staging");
            Assert.Equal(8, again.Split(": No change.").Length - 1);
            await cloud.StopAsync(TestContext.Current.CancellationToken);
        }
    }
}
