#pragma warning disable ASPIREINTERACTION001 // Arguments of commands are for evaluation; without them a command could not ask for a rate.
#pragma warning disable ASPIRECERTIFICATES001 // Without it the dashboard warns on a machine that trusts no development certificate.
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Oith.Stack;

namespace Oith.AppHost;

/// <summary>
/// A short stress test of what runs: a resource that is started by its command, with the rate and duration that the command asks for.
/// </summary>
internal sealed partial class StressTest(IResourceBuilder<LocalCloudResource> localCloud, Parameters parameters)
{
    public const string Run = "run-stress-test";

    private const string Rate = "rate";
    private const string Duration = "duration";
    private const string Mix = "mix";
    private const int MostRequests = 10_000;

    // The shell shows it as it is: '<', not \u003C.
    private static readonly JsonSerializerOptions s_readable = new(JsonSerializerOptions.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly string[] s_mixes = ["standard", "reads", "next", "decisions", "async"];

    private readonly Dictionary<string, string> _values = new() { [Rate] = "50", [Duration] = "20s", [Mix] = s_mixes[0] };
    private string _report = "";

    public IResourceBuilder<ProjectResource> AddTo(IDistributedApplicationBuilder builder, IResourceBuilder<ProjectResource> matching)
    {
        // By its path, so that it is built when it is first started and not with the app host.
        var project = Path.Combine(builder.AppHostDirectory, "..", "Oith.StressTest", "Oith.StressTest.csproj");
        var resource = builder.AddProject(ResourceNames.StressTest, project, options => options.ExcludeLaunchProfile = true)
            .WithExplicitStart()
            .WithoutHttpsCertificate()
            .WithIconName("TopSpeed")
            .WithArgs(AddArgumentsAsync)
            .WaitFor(matching)
            .ExcludeFromManifest();
        return resource.WithCommand(Run, "Run a short stress test", context => RunAsync(resource.Resource, context), new CommandOptions
        {
            Description =
                "Puts the service under load and compares what was measured with the targets. The first run builds the stress test.",
            IconName = "TopSpeed",
            IsHighlighted = true,
            Arguments =
            [
                new InteractionInput
                {
                    Name = Rate, Label = "Requests a second", InputType = InputType.Number, Required = true, Value = _values[Rate],
                },
                new InteractionInput
                {
                    Name = Duration, Label = "How long: 20, 60s, 2m", InputType = InputType.Text, Required = true,
                    Value = _values[Duration],
                },
                new InteractionInput
                {
                    Name = Mix, Label = "Mix", InputType = InputType.Choice, Required = true, Value = _values[Mix],
                    Options = [.. s_mixes.Select(mix => KeyValuePair.Create(mix, mix))],
                },
            ],
            ValidateArguments = Validate,
            Progress = new CommandProgressOptions { Title = "Stress test", Message = "Loading the service…" },
            UpdateState = context => IsUnderWay(context.ResourceSnapshot) ? ResourceCommandState.Disabled : ResourceCommandState.Enabled,
        });
    }

    private async Task AddArgumentsAsync(CommandLineArgsCallbackContext context)
    {
        if (context.ExecutionContext.IsPublishMode)
        {
            return;
        }

        _report = Directory.CreateTempSubdirectory("oith-stress-test-").FullName;
        var service = localCloud.GetEndpoint(MatchingBuilderExtensions.GatewayEndpoint);
        var users = await parameters.ReadUsersAsync(context.CancellationToken);
        object[] arguments =
        [
            "load",
            "--url", ReferenceExpression.Create($"{service.Property(EndpointProperty.Url)}"), "--aws", localCloud.Resource.EndpointUrl,
            "--users", users.ToString(CultureInfo.InvariantCulture),
            "--seed", (await parameters.ReadSeedAsync(context.CancellationToken)).ToString(CultureInfo.InvariantCulture),
            "--rate", _values[Rate], "--duration", _values[Duration], "--mix", _values[Mix], "--report", _report,
        ];
        foreach (var argument in arguments)
        {
            context.Args.Add(argument);
        }
    }

    private async Task<ExecuteCommandResult> RunAsync(ProjectResource resource, ExecuteCommandContext context)
    {
        foreach (var name in _values.Keys)
        {
            _values[name] = context.Arguments.GetString(name) ?? _values[name];
        }

        var notifications = context.Services.GetRequiredService<ResourceNotificationService>();
        var previous = notifications.TryGetCurrentState(context.ResourceName, out var current) ? current.Snapshot.StopTimeStamp : null;
        var started = await context.Services.GetRequiredService<ResourceCommandService>()
            .ExecuteCommandAsync(resource, KnownResourceCommands.StartCommand, context.CancellationToken);
        if (!started.Success)
        {
            return started;
        }

        var ended = await notifications.WaitForResourceAsync(
            resource.Name,
            change => KnownResourceStates.TerminalStates.Contains(change.Snapshot.State?.Text) && change.Snapshot.StopTimeStamp != previous,
            context.CancellationToken);
        var file = Path.Combine(_report, "report.json");
        return File.Exists(file)
            ? Judge(JsonNode.Parse(await File.ReadAllTextAsync(file, context.CancellationToken))!)
            : CommandResults.Failure($"The stress test ended as {ended.Snapshot.State?.Text} without a report; its log says why.");
    }

    private ExecuteCommandResult Judge(JsonNode report)
    {
        var targets = report["targets"]!.AsArray();
        var missed = targets
            .Where(target => target!["met"]?.GetValue<bool>() == false)
            .Select(target => target!["name"]!.GetValue<string>())
            .ToList();
        var answer = new JsonObject
        {
            ["met"] = missed.Count == 0,
            ["run"] = report["run"]!["command"]!.DeepClone(),
            ["targets"] = targets.DeepClone(),
            ["report"] = Path.Combine(_report, "report.html"),
        }.ToJsonString(s_readable);
        return missed.Count == 0
            ? CommandResults.Success("All targets are met.", answer, CommandResultFormat.Json)
            : CommandResults.Failure($"Missed: {string.Join(", ", missed)}.", answer, CommandResultFormat.Json);
    }

    private static Task Validate(InputsDialogValidationContext context)
    {
        var rate = context.Inputs[Rate];
        if (!int.TryParse(rate.Value, CultureInfo.InvariantCulture, out var requests) || requests is <= 0 or > MostRequests)
        {
            context.AddValidationError(rate, $"{rate.Value} is no rate from 1 to {MostRequests}.");
        }

        var duration = context.Inputs[Duration];
        if (!DurationText().IsMatch(duration.Value ?? ""))
        {
            context.AddValidationError(duration, $"'{duration.Value}' is no duration, such as 20, 60s or 2m.");
        }

        return Task.CompletedTask;
    }

    // What the stress test reads, without 0.
    [GeneratedRegex(@"^(?=.*[1-9])\d{1,5}(\.\d+)?[smh]?$")]
    private static partial Regex DurationText();

    private static bool IsUnderWay(CustomResourceSnapshot snapshot) => snapshot.State?.Text is { } state
        && (state == KnownResourceStates.Running || state == KnownResourceStates.Starting || state == KnownResourceStates.Waiting);
}

internal static class StressTestBuilderExtensions
{
    public static IResourceBuilder<ProjectResource> AddStressTest(
        this IDistributedApplicationBuilder builder,
        IResourceBuilder<LocalCloudResource> localCloud,
        IResourceBuilder<ProjectResource> matching,
        Parameters parameters) =>
        new StressTest(localCloud, parameters).AddTo(builder, matching);
}
