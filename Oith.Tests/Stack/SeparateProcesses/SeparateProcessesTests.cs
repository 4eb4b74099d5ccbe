using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Oith.Stack;
using Oith.ServiceDefaults;
using Oith.Tests.Fixtures;
using Oith.Tests.Infrastructure;
using Oith.Tests.Matching;

namespace Oith.Tests.Stack.SeparateProcesses;

/// <summary>
/// What the Aspire app model does, without Aspire: LocalCloud and the service as two processes that know of each other only what the app model's
/// environment variables and the stacks' outputs say.
/// </summary>
public sealed class SeparateProcessesTests
{
    [Fact]
    public async Task A_Queued_Request_Is_Matched_When_LocalCloud_And_The_Service_Are_Processes_Of_Their_Own()
    {
        var token = TestContext.Current.CancellationToken;
        using var client = new HttpClient();
        var endpoint = new Uri($"http://localhost:{LocalPort.FindFree()}");
        var service = new Uri($"http://localhost:{LocalPort.FindFree()}");
        await using var localCloud = ServiceProcess.Start("Oith.LocalCloud", new Dictionary<string, string>
        {
            [LocalCloudEnvironment.Port] = endpoint.Port.ToString(CultureInfo.InvariantCulture),
            [LocalCloudEnvironment.RedisPort] = LocalPort.FindFree().ToString(CultureInfo.InvariantCulture),
            [LocalCloudEnvironment.RedisPassword] = "redispassword",
            [LocalCloudEnvironment.FunctionSecret] = "functionsecret",
            [LocalCloudEnvironment.Region] = "eu-central-1",
            [LocalCloudEnvironment.Function(ResourceNames.Function(ResourceNames.Development))] = new Uri(service, "/events").AbsoluteUri,
        });
        await localCloud.WaitUntilHealthyAsync(client, new Uri(endpoint, Extensions.HealthPath));

        var outputs = await DeployAsync(client, endpoint);
        var settings = MatchingEnvironment.WithEmulator(ResourceNames.Development, endpoint.GetLeftPart(UriPartial.Authority), "eu-central-1")
            .Concat(MatchingEnvironment.FromStacks.Select(output => KeyValuePair.Create(output.Variable, outputs[output.Stack][output.Output])))
            .Append(KeyValuePair.Create(MatchingEnvironment.RedisPassword, "redispassword"))
            .Append(KeyValuePair.Create(MatchingEnvironment.EventsSecret, "functionsecret"))
            .Append(KeyValuePair.Create("ASPNETCORE_URLS", service.GetLeftPart(UriPartial.Authority)));
        await using var matching = ServiceProcess.Start("Oith.Matching", settings);
        await matching.WaitUntilHealthyAsync(client, new Uri(service, Extensions.HealthPath));

        foreach (var email in new[] { "ann@oith.example", "bea@oith.example" })
        {
            using var put = await client.PutAsJsonAsync(new Uri(service, $"/api/profiles/{email}"), Person(), token);
            Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync(token));
        }

        using var asked = await client.PostAsJsonAsync(
            new Uri(service, "/api/match/requests"), new JsonObject { ["userEmail"] = "ann@oith.example" }, token);
        var id = (await asked.Content.ReadFromJsonAsync<JsonNode>(token))!["requestId"]!.GetValue<string>();
        var request = await Eventually.GetAsync(async () =>
        {
            var answer = await client.GetFromJsonAsync<JsonNode>(new Uri(service, $"/api/match/requests/{id}"), token);
            return answer!["status"]!.GetValue<string>() == "queued" ? null : answer;
        });

        Assert.Equal("completed", request["status"]!.GetValue<string>());
        Assert.Equal("bea@oith.example", request["match"]!["email"]!.GetValue<string>());
    }

    private static async Task<Dictionary<string, IReadOnlyDictionary<string, string>>> DeployAsync(HttpClient client, Uri endpoint)
    {
        var deployer = new CloudFormationDeployer(client, endpoint);
        var subnets = await deployer.CallAsync("DescribeSubnets", new Dictionary<string, string>(), "ec2", "2016-11-15");
        var outputs = new Dictionary<string, IReadOnlyDictionary<string, string>>();
        foreach (var stack in ResourceNames.Stacks)
        {
            var parameters = new Dictionary<string, string> { [StackParameters.Environment] = ResourceNames.Development };
            if (stack == ResourceNames.InfrastructureStack)
            {
                parameters[StackParameters.VpcId] = CloudFormationDeployer.Text(subnets, "vpcId");
                parameters[StackParameters.PrivateSubnetIds] = string.Join(
                    ',', subnets.Descendants().Where(element => element.Name.LocalName == "subnetId").Select(element => element.Value));
            }

            foreach (var artifact in Artifact.Definitions.Append(Artifact.Service).Where(artifact => artifact.Stack == stack))
            {
                parameters[Artifact.BucketParameter] = outputs[ResourceNames.DataStack][Artifact.BucketOutput];
                parameters[artifact.Parameter] = artifact == Artifact.Service
                    ? Artifact.PlayedLocally
                    : await UploadAsync(client, endpoint, parameters[Artifact.BucketParameter], artifact);
            }

            var template = RepositoryFiles.Read("infrastructure", ResourceNames.Template(stack));
            outputs[stack] = await deployer.DeployAsync(ResourceNames.Stack(ResourceNames.Development, stack), template, parameters);
        }

        return outputs;
    }

    private static async Task<string> UploadAsync(HttpClient client, Uri endpoint, string bucket, Artifact artifact)
    {
        var content = await File.ReadAllBytesAsync(Path.Combine(RepositoryFiles.InfrastructureFolder, artifact.File), TestContext.Current.CancellationToken);
        var key = artifact.Key(content);
        using var put = new HttpRequestMessage(HttpMethod.Put, new Uri(endpoint, $"/{bucket}/{key}")) { Content = new ByteArrayContent(content) };
        put.Headers.TryAddWithoutValidation("Authorization", CloudFormationDeployer.Authorization("s3"));
        using var answer = await client.SendAsync(put, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return key;
    }

    private static JsonObject Person() => new()
    {
        ["age"] = 30,
        ["gender"] = "female",
        ["coordinates"] = new JsonObject { ["lat"] = 40.7, ["lng"] = -74 },
        ["matchPreferences"] = new JsonObject { ["interestedIn"] = "everyone" },
    };
}
