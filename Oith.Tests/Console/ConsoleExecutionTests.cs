using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Console;

[Collection(OithStackCollection.Name)]
public sealed class ConsoleExecutionTests(OithStackFixture fixture, BrowserFixture browser)
{
    // One state of each colour: First succeeds, one item of Each fails and is caught, Wrong fails.
    private const string Definition = """
        {
          "StartAt": "First",
          "States": {
            "First": {"Type": "Pass", "Result": {"items": [1, 2]}, "Next": "Each"},
            "Each": {
              "Type": "Map", "ItemsPath": "$.items",
              "ItemProcessor": {"StartAt": "Judge", "States": {
                "Judge": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "Bad"}], "Default": "Good"},
                "Bad": {"Type": "Fail", "Error": "Test.Bad", "Cause": "Two is one too many."},
                "Good": {"Type": "Pass", "End": true}
              }},
              "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Wrong"}],
              "End": true
            },
            "Wrong": {"Type": "Fail", "Error": "Test.Wrong", "Cause": "It went wrong."}
          }
        }
        """;

    [Fact]
    public async Task Execution_Shows_Its_Graph_In_The_Colours_Of_Its_States()
    {
        var machine = await fixture.CallAsync("states", "CreateStateMachine", new JsonObject
        {
            ["name"] = "console-colours",
            ["definition"] = Definition,
            ["roleArn"] = "arn:aws:iam::000000000000:role/test",
        });
        await using var window = await OpenAsync();
        await window.GoToAsync("machines/console-colours", "console-colours");
        await window.Button("Start an execution…").ClickAsync();
        await window.Dialog.GetByLabel("Input (JSON)").FillAsync("{}");
        await window.Dialog.GetByLabel("Name").FillAsync("in-colour");
        await window.Dialog.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
        await ConsoleWindow.ExpectAsync(window.Heading, "in-colour");

        await ConsoleWindow.ExpectAsync(window.Page.GetByRole(AriaRole.Alert), "Test.Wrong It went wrong.");
        await ConsoleWindow.ExpectVisibleAsync(State(window, "First, Pass, succeeded"));
        await ConsoleWindow.ExpectVisibleAsync(State(window, "Each, Map, caught"));
        await ConsoleWindow.ExpectVisibleAsync(State(window, "Bad, Fail, failed"));
        await ConsoleWindow.ExpectVisibleAsync(State(window, "Wrong, Fail, failed"));
        await ConsoleWindow.ExpectVisibleAsync(State(window, "Judge, Choice, succeeded, 2 times"));
        Assert.NotEqual(await FillAsync(window, "First, Pass"), await FillAsync(window, "Wrong, Fail"));
        await ConsoleWindow.ExpectAsync(window.Panel("Wrong"), "Test.Wrong");

        await State(window, "First, Pass").FocusAsync();
        await window.Page.Keyboard.PressAsync("Enter");
        await ConsoleWindow.ExpectAsync(window.Page.GetByLabel("Output of First"), "\"items\"");

        await window.Tab("States").ClickAsync();
        await ConsoleWindow.ExpectAsync(window.Row("Bad"), "failed");
        await window.Tab("Events").ClickAsync();
        await ConsoleWindow.ExpectVisibleAsync(window.Panel("Events").GetByText("ExecutionFailed"));
        await window.Tab("Input and output").ClickAsync();
        await ConsoleWindow.ExpectAsync(window.Panel("Output"), "None.");
        await fixture.CallAsync("states", "DeleteStateMachine", new JsonObject { ["stateMachineArn"] = machine["stateMachineArn"]!.DeepClone() });
    }

    [Fact]
    public async Task Match_Request_Can_Be_Followed_To_Its_Execution_And_Trace()
    {
        await fixture.PostAsync("/api/match/requests", new JsonObject { ["userEmail"] = "user000321@oith.example" });
        await using var window = await OpenAsync();
        await window.GoToAsync("machines/oith-development-distributed-matching", "oith-development-distributed-matching");
        await window.Page.Locator("tbody tr").Filter(new() { HasText = "SUCCEEDED" }).GetByRole(AriaRole.Link).First.ClickAsync();

        await ConsoleWindow.ExpectVisibleAsync(State(window, "Plan, Task, succeeded"));
        await ConsoleWindow.ExpectVisibleAsync(State(window, "MatchShards, Map, not entered"));
        await ConsoleWindow.ExpectAsync(window.Page.GetByLabel("Input of Plan"), "traceparent");

        await window.GoToAsync("traces", "Traces");
        var trace = window.Page.Locator("tbody tr").Filter(new() { HasText = "Pipes" }).GetByRole(AriaRole.Link).First;
        await ConsoleWindow.ExpectAsync(trace, "POST /api/match/requests");
        await trace.ClickAsync();
        await ConsoleWindow.ExpectVisibleAsync(window.Panel("Waterfall"));
        await ConsoleWindow.ExpectAsync(window.Row("execution oith-development-distributed-matching"), "StepFunctions");
        await window.Button("state Plan").First.ClickAsync();
        await ConsoleWindow.ExpectVisibleAsync(window.Panel("state Plan"));
    }

    [Fact]
    public async Task Rule_Runs_Now_And_Leads_To_Its_Execution()
    {
        await using var window = await OpenAsync();
        await window.GoToAsync("rules", "Rules and pipes");
        await ConsoleWindow.ExpectAsync(window.Row("oith-development-match-requests"), "RUNNING");

        await window.Button("Run oith-development-nightly-precompute now").ClickAsync();
        await window.Dialog.GetByRole(AriaRole.Link, new() { Name = "the execution" }).ClickAsync();
        await ConsoleWindow.ExpectVisibleAsync(window.Page.GetByRole(AriaRole.Group, new() { Name = "Graph of the state machine" }));
        await ConsoleWindow.ExpectVisibleAsync(window.Page.Locator(".page-head .badge.ok"));
        await ConsoleWindow.ExpectVisibleAsync(window.Tab("Children"));
    }

    private static ILocator State(ConsoleWindow window, string name) => window.Page.Locator(".graph").GetByRole(AriaRole.Button, new() { Name = name });

    private static Task<string> FillAsync(ConsoleWindow window, string name) =>
        State(window, name).Locator("rect").EvaluateAsync<string>("rect => getComputedStyle(rect).fill");

    private Task<ConsoleWindow> OpenAsync() => ConsoleWindow.OpenAsync(browser, fixture.Stack.Endpoint);
}
