using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Console;

[Collection(OithStackCollection.Name)]
public sealed class ConsoleQueueTests(OithStackFixture fixture, BrowserFixture browser)
{
    [Fact]
    public async Task Queue_Sends_Shows_And_Purges_Messages()
    {
        var url = await CreateAsync("console-letters.fifo", new JsonObject { ["FifoQueue"] = "true" });
        await using var window = await OpenAsync();
        await window.GoToAsync("queues/console-letters.fifo", "console-letters.fifo");

        await window.Button("Send a message…").ClickAsync();
        await window.Dialog.GetByLabel("Body").FillAsync("""{"hello": "<img src=x onerror=alert(1)>"}""");
        await window.Dialog.GetByLabel("Message group").FillAsync("readers");
        await window.Dialog.GetByLabel("Deduplication id").FillAsync("first");
        await window.Dialog.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();

        var body = window.Page.GetByRole(AriaRole.Button, new() { Name = "hello" });
        await ConsoleWindow.ExpectVisibleAsync(body);
        await ConsoleWindow.ExpectAsync(window.Panel("Messages"), "readers");
        await body.ClickAsync();
        await ConsoleWindow.ExpectAsync(window.Dialog, "<img src=x onerror=alert(1)>");
        await ConsoleWindow.ExpectAsync(window.Dialog, "MessageDeduplicationId");
        Assert.Equal(0, await window.Page.Locator("img[src=x]").CountAsync());
        await window.Page.Keyboard.PressAsync("Escape");

        await window.Button("Purge…").ClickAsync();
        await window.Dialog.GetByRole(AriaRole.Button, new() { Name = "Purge" }).ClickAsync();
        await ConsoleWindow.ExpectAsync(window.Panel("Messages"), "The queue is empty.");
        Assert.Equal("0", await AttributeAsync(url, "ApproximateNumberOfMessages"));
    }

    [Fact]
    public async Task Looking_Receives_Nothing()
    {
        var deadLetters = await CreateAsync("console-looked-at-dlq", []);
        var url = await CreateAsync("console-looked-at", new JsonObject
        {
            ["RedrivePolicy"] = new JsonObject { ["deadLetterTargetArn"] = await AttributeAsync(deadLetters, "QueueArn"), ["maxReceiveCount"] = 1 }.ToJsonString(),
        });
        await fixture.CallAsync("sqs", "SendMessage", new JsonObject { ["QueueUrl"] = url, ["MessageBody"] = "look" });
        await using var window = await OpenAsync();
        await window.GoToAsync("queues/console-looked-at", "console-looked-at");
        for (var looks = 0; looks < 3; looks++)
        {
            await window.Page.WaitForResponseAsync(response => response.Url.EndsWith("LocalCloudPeekMessages", StringComparison.Ordinal));
        }

        await ConsoleWindow.ExpectAsync(window.Panel("Messages"), "0 of 1");
        var received = await fixture.CallAsync("sqs", "ReceiveMessage", new JsonObject { ["QueueUrl"] = url, ["MessageSystemAttributeNames"] = new JsonArray("All") });
        Assert.Equal("1", received["Messages"]![0]!["Attributes"]!["ApproximateReceiveCount"]!.GetValue<string>());
        await ConsoleWindow.ExpectAsync(window.Panel("Messages"), "in flight");
    }

    [Fact]
    public async Task Redrive_Brings_Dead_Letters_Back()
    {
        var deadLetters = await CreateAsync("console-redrive-dlq", []);
        var url = await CreateAsync("console-redrive", new JsonObject
        {
            ["VisibilityTimeout"] = "0",
            ["RedrivePolicy"] = new JsonObject { ["deadLetterTargetArn"] = await AttributeAsync(deadLetters, "QueueArn"), ["maxReceiveCount"] = 1 }.ToJsonString(),
        });
        await fixture.CallAsync("sqs", "SendMessage", new JsonObject { ["QueueUrl"] = url, ["MessageBody"] = "unlucky" });
        await fixture.CallAsync("sqs", "ReceiveMessage", new JsonObject { ["QueueUrl"] = url });
        await fixture.CallAsync("sqs", "ReceiveMessage", new JsonObject { ["QueueUrl"] = url });
        await using var window = await OpenAsync();
        await window.GoToAsync("queues", "Queues");
        await ConsoleWindow.ExpectAsync(window.Row("console-redrive-dlq"), "dead letters");

        await window.GoToAsync("queues/console-redrive-dlq", "console-redrive-dlq");
        await window.Button("Redrive…").ClickAsync();
        await window.Dialog.GetByRole(AriaRole.Button, new() { Name = "Redrive" }).ClickAsync();
        await window.Tab("Redrives").ClickAsync();
        await ConsoleWindow.ExpectAsync(window.Panel("Redrives"), "COMPLETED");

        Assert.Equal("1", await AttributeAsync(url, "ApproximateNumberOfMessages"));
        Assert.Equal("0", await AttributeAsync(deadLetters, "ApproximateNumberOfMessages"));
    }

    private async Task<string> CreateAsync(string name, JsonObject attributes)
    {
        var created = await fixture.CallAsync("sqs", "CreateQueue", new JsonObject { ["QueueName"] = name, ["Attributes"] = attributes });
        return created["QueueUrl"]!.GetValue<string>();
    }

    private async Task<string> AttributeAsync(string url, string name)
    {
        var answer = await fixture.CallAsync("sqs", "GetQueueAttributes", new JsonObject { ["QueueUrl"] = url, ["AttributeNames"] = new JsonArray(name) });
        return answer["Attributes"]![name]!.GetValue<string>();
    }

    private Task<ConsoleWindow> OpenAsync() => ConsoleWindow.OpenAsync(browser, fixture.Stack.Endpoint);
}
