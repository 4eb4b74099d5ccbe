#pragma warning disable ASPIREINTERACTION001 // Arguments of commands are for evaluation.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Oith.AppHost;
using Oith.Stack;
using Oith.Stack.Population;
using Oith.Tests.Aspire;
using Oith.Tests.Matching;

namespace Oith.Tests.AppHost;

/// <summary>What <c>dotnet run --project Oith.AppHost</c> runs, under the real orchestrator.</summary>
public sealed class RunTests
{
    [Fact]
    public async Task Queued_Match_Request_Completes_And_Commands_Answer()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(5));
        var token = limit.Token;
        var obstacle = StartedApplication.FindObstacle();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<AppHostOptions>(
            ["--port", "0", "--redis-port", "0", "--service-port", "0", "--users", "200"], token);
        await using var app = await builder.BuildAsync(token);
        await app.StartAsync(token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync(ResourceNames.Matching, token);

        using var client = app.CreateHttpClient(ResourceNames.LocalCloud, MatchingBuilderExtensions.GatewayEndpoint);
        var accepted = await client.PostAsJsonAsync("/api/match/requests", new { userEmail = SyntheticPopulation.EmailOf(2) }, token);
        accepted.EnsureSuccessStatusCode();
        var id = (await accepted.Content.ReadFromJsonAsync<JsonNode>(token))!["requestId"]!.GetValue<string>();
        await Eventually.TrueAsync(async () =>
            (await client.GetFromJsonAsync<JsonNode>($"/api/match/requests/{id}", token))!["status"]!.GetValue<string>() == "completed");

        var asked = await app.ResourceCommands.ExecuteCommandAsync(
            ResourceNames.Matching, Commands.AskForMatch, Arguments(("userEmail", SyntheticPopulation.EmailOf(1))), token);
        Assert.True(asked.Success, asked.Message);
        Assert.IsType<JsonObject>(JsonNode.Parse(asked.Data!.Value));
        foreach (var (resource, command) in new[] { (ResourceNames.LocalCloud, Commands.RunPrecompute), (ResourceNames.LocalCloud, Commands.RedriveDeadLetters) })
        {
            var result = await app.ResourceCommands.ExecuteCommandAsync(resource, command, token);
            Assert.True(result.Success, $"{command}: {result.Message}");
        }

        var seeded = await app.ResourceCommands.ExecuteCommandAsync(ResourceNames.Population, Commands.SeedUsers, Arguments(("users", "25")), token);
        Assert.True(seeded.Success, seeded.Message);
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

    private static InteractionInputCollection Arguments(params (string Name, string Value)[] arguments) => new(
        [.. arguments.Select(argument => new InteractionInput { Name = argument.Name, InputType = InputType.Text, Value = argument.Value })]);
}
