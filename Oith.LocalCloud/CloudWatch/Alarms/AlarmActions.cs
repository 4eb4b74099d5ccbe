using System.Globalization;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudWatch.Alarms;

/// <summary>Carries out what an alarm is to do on a change of state: publish to SNS topics, invoke functions.</summary>
internal sealed partial class AlarmActions(
    IServiceProvider provider, AlarmStore store, LocalCloudOptions options, IHostApplicationLifetime lifetime, ILogger<AlarmActions> logger)
{
    private readonly Lazy<IAwsApi> _api = new(provider.GetRequiredService<IAwsApi>);

    /// <summary>Starts the actions of the state that the alarm is now in; call under the store's lock.</summary>
    public void Run(Alarm alarm, string oldState, string oldReason, DateTimeOffset time)
    {
        var member = alarm.StateValue switch
        {
            Alarm.InAlarm => "AlarmActions",
            Alarm.Ok => "OKActions",
            _ => "InsufficientDataActions",
        };
        foreach (var action in alarm.Definition.List(member)?.Select(item => item!.GetValue<string>()).ToList() ?? [])
        {
            var call = CallOf(action, alarm, oldState, oldReason, time);
            _ = Task.Run(() => RunAsync(alarm, action, call, time), CancellationToken.None);
        }
    }

    public static string Timestamp(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'+0000'", CultureInfo.InvariantCulture);

    private (string Service, string Operation, JsonObject Input) CallOf(string action, Alarm alarm, string oldState, string oldReason, DateTimeOffset time) =>
        Arn.ServiceOf(action) switch
        {
            "sns" => ("sns", "Publish", new JsonObject
            {
                ["TopicArn"] = action,
                ["Subject"] = Shortened($"{alarm.StateValue}: \"{alarm.Name}\" in {RegionName}"),
                ["Message"] = AlarmMessages.Notification(alarm, oldState, time, options, RegionName).ToJsonString(),
            }),
            "lambda" => ("lambda", "Invoke", new JsonObject
            {
                ["FunctionName"] = action,
                ["InvocationType"] = "Event",
                ["Payload"] = AlarmMessages.FunctionEvent(alarm, oldState, oldReason, time, options),
            }),
            _ => throw CloudWatchErrors.Validation($"LocalCloud supports SNS topics and functions as alarm actions, not {action}."),
        };

    /// <summary>SNS refuses longer subjects.</summary>
    private static string Shortened(string subject) => subject.Length <= 100 ? subject : subject[..97] + "...";

    private string RegionName => options.Region switch
    {
        "us-east-1" => "US East (N. Virginia)",
        "us-east-2" => "US East (Ohio)",
        "us-west-1" => "US West (N. California)",
        "us-west-2" => "US West (Oregon)",
        "eu-west-1" => "EU (Ireland)",
        "eu-central-1" => "EU (Frankfurt)",
        var region => region,
    };

    private async Task RunAsync(Alarm alarm, string action, (string Service, string Operation, JsonObject Input) call, DateTimeOffset time)
    {
        var data = new JsonObject
        {
            ["actionState"] = "Succeeded",
            ["stateUpdateTimestamp"] = time.ToUnixTimeMilliseconds(),
            ["notificationResource"] = action,
        };
        try
        {
            await _api.Value.InvokeAsync(call.Service, call.Operation, call.Input, lifetime.ApplicationStopping);
            data["publishedMessage"] = call.Input["Message"]?.DeepClone();
            AddHistory(alarm, time, $"Successfully executed action {action}", data);
        }
        catch (AwsServiceException error)
        {
            data["actionState"] = "Failed";
            data["error"] = $"{error.Code}: {error.Message}";
            AddHistory(alarm, time, $"Failed to execute action {action}. Received error: \"{error.Message}\"", data);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // LocalCloud stops.
        }
        catch (Exception error)
        {
            LogFault(error, alarm.Name, action);
        }
    }

    private void AddHistory(Alarm alarm, DateTimeOffset time, string summary, JsonObject data)
    {
        lock (store.Lock)
        {
            alarm.AddHistory(time, "Action", summary, data);
            if (store.Find(alarm.Name) == alarm)
            {
                store.Save(alarm);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The action {Action} of the alarm {Alarm} failed inside LocalCloud")]
    private partial void LogFault(Exception error, string alarm, string action);
}
