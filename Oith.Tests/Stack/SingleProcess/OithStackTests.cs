using System.Text.Json.Nodes;
using Oith.Stack;
using Oith.Stack.Population;
using Oith.Tests.Fixtures;
using Oith.Tests.Matching;

namespace Oith.Tests.Stack.SingleProcess;

[Collection(OithStackCollection.Name)]
public sealed class OithStackTests(OithStackFixture fixture)
{
    [Fact]
    public async Task Stack_Has_Every_Template_Created_With_Outputs()
    {
        var answer = await fixture.CallAsync("cloudformation", "DescribeStacks", []);

        var stacks = answer["Stacks"]!.AsArray().ToDictionary(stack => stack!["StackName"]!.GetValue<string>(), stack => stack!);
        foreach (var name in ResourceNames.Stacks.Select(stack => ResourceNames.Stack(ResourceNames.Development, stack)))
        {
            Assert.Equal("CREATE_COMPLETE", stacks[name]["StackStatus"]!.GetValue<string>());
            Assert.NotEmpty(stacks[name]["Outputs"]!.AsArray());
        }
    }

    [Fact]
    public void Service_Gets_Every_Setting_That_The_Environment_Lists()
    {
        foreach (var (variable, _, _) in MatchingEnvironment.FromStacks)
        {
            Assert.False(string.IsNullOrWhiteSpace(fixture.Stack.ServiceSettings[variable]), variable);
        }

        Assert.Equal("oith-development-users", fixture.Stack.ServiceSettings["USERS_TABLE"]);
    }

    [Fact]
    public async Task Next_Shows_A_Match_And_Shows_It_Again()
    {
        var person = new JsonObject { ["userEmail"] = SyntheticPopulation.EmailOf(1) };

        var first = await fixture.PostAsync("/api/match/next", person);
        var again = await fixture.PostAsync("/api/match/next", person);

        Assert.InRange(first["match"]!["compatibility"]!.GetValue<int>(), 50, 100);
        Assert.Equal(first["match"]!["email"]!.GetValue<string>(), again["match"]!["email"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_Queued_Request_Travels_Through_Queue_Pipe_Machine_And_Function_To_A_Notification()
    {
        var email = SyntheticPopulation.EmailOf(2);
        var accepted = await fixture.PostAsync("/api/match/requests", new JsonObject { ["userEmail"] = email });
        var id = accepted["requestId"]!.GetValue<string>();

        var finished = await Eventually.GetAsync(
            async () =>
            {
                var answer = await fixture.Client.GetStringAsync($"/api/match/requests/{id}", TestContext.Current.CancellationToken);
                var request = JsonNode.Parse(answer)!;
                return request["status"]!.GetValue<string>() == "queued" ? null : request;
            });

        Assert.Equal("completed", finished["status"]!.GetValue<string>());
        var shown = await fixture.PostAsync("/api/match/next", new JsonObject { ["userEmail"] = email });
        Assert.Equal(finished["match"]!["email"]!.GetValue<string>(), shown["match"]!["email"]!.GetValue<string>());
        var notification = await Eventually.GetAsync(async () =>
        {
            var received = await fixture.CallAsync("sqs", "ReceiveMessage", new JsonObject
            {
                ["QueueUrl"] = fixture.Stack.ServiceSettings["NOTIFICATION_QUEUE_URL"],
                ["MaxNumberOfMessages"] = 10,
                ["WaitTimeSeconds"] = 1,
            });
            return received["Messages"]?.AsArray().FirstOrDefault(message => message!["Body"]!.GetValue<string>().Contains(email, StringComparison.Ordinal));
        });
        Assert.NotNull(notification);
    }

    [Fact]
    public async Task A_Poison_Message_Ends_In_The_Dead_Letter_Queue_After_Three_Receives()
    {
        const string poison = "this is no match request";
        var queue = fixture.Stack.ServiceSettings["MATCHING_QUEUE_URL"]!;
        // The design's visibility timeout of 60 s a receive would make this test take three minutes.
        await fixture.CallAsync("sqs", "SetQueueAttributes", new JsonObject
        {
            ["QueueUrl"] = queue,
            ["Attributes"] = new JsonObject { ["VisibilityTimeout"] = "1" },
        });
        await fixture.CallAsync("sqs", "SendMessage", new JsonObject
        {
            ["QueueUrl"] = queue,
            ["MessageBody"] = poison,
            ["MessageGroupId"] = "poison",
            ["MessageDeduplicationId"] = "poison",
        });

        var deadLetters = queue.Replace("matching-queue.fifo", "matching-dlq.fifo", StringComparison.Ordinal);
        var dead = await Eventually.GetAsync(async () =>
        {
            var received = await fixture.CallAsync("sqs", "ReceiveMessage", new JsonObject
            {
                ["QueueUrl"] = deadLetters,
                ["WaitTimeSeconds"] = 1,
                ["AttributeNames"] = new JsonArray("ApproximateReceiveCount"),
            });
            return received["Messages"]?.AsArray().FirstOrDefault();
        });

        Assert.Equal(poison, dead["Body"]!.GetValue<string>());
    }
}
