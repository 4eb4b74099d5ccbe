using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.Conformance;

/// <summary>What an execution gave, as the API tells it.</summary>
internal sealed record AslOutcome(string Status, string? Output, string? Error, string? Cause, JsonArray? Events);

/// <summary>Runs cases of the corpus through the HTTP API.</summary>
internal sealed partial class AslRunner(HttpClient http, Uri endpoint, IAwsApi api, AslFunctions functions)
{
    private const string Role = "arn:aws:iam::111111111111:role/corpus";

    private static readonly JsonSerializerOptions s_text = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Calls the Step Functions API; an error answer is an <see cref="AslApiException"/>.</summary>
    public async Task<JsonObject> CallAsync(string operation, JsonObject input, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(input.ToJsonString(s_text))),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.0");
        request.Headers.Add("X-Amz-Target", "AWSStepFunctions." + operation);
        using var response = await http.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        var answer = body.Length == 0 ? [] : JsonNode.Parse(body)!.AsObject();
        return response.IsSuccessStatusCode
            ? answer
            : throw new AslApiException(answer["__type"]?.GetValue<string>() ?? "", answer["message"]?.GetValue<string>() ?? "");
    }

    public async Task<AslOutcome> RunAsync(AslCase one, int number, CancellationToken cancellationToken)
    {
        var definition = one.Row["definition"]!.ToJsonString(s_text);
        var input = one.Row["input"]?.ToJsonString(s_text) ?? "null";
        if (one.Row["now"]?.GetValue<string>() is { } now)
        {
            (definition, input) = (Shift(definition, now), Shift(input, now));
        }

        var replacements = await PrepareAsync(one, number, cancellationToken);
        foreach (var (name, value) in replacements)
        {
            definition = definition.Replace(name, value, StringComparison.Ordinal);
            input = input.Replace(name, value, StringComparison.Ordinal);
        }

        var machine = await CreateAsync($"case-{number}", definition, one.IsExpress, cancellationToken);
        if (one.IsExpress)
        {
            return Outcome(await CallAsync("StartSyncExecution", new JsonObject { ["stateMachineArn"] = machine, ["input"] = input }, cancellationToken), null);
        }

        using var helping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var started = await CallAsync("StartExecution", new JsonObject { ["stateMachineArn"] = machine, ["input"] = input }, cancellationToken);
        var helper = HelpAsync(one, replacements, helping.Token);
        var execution = started["executionArn"]!.GetValue<string>();
        if (one.Needs("client:stop_execution"))
        {
            await CallAsync("StopExecution", new JsonObject { ["executionArn"] = execution }, cancellationToken);
        }

        var described = await WaitAsync(execution, cancellationToken);
        await helping.CancelAsync();
        await helper;
        return Outcome(described, await HistoryAsync(execution, cancellationToken));
    }

    private static AslOutcome Outcome(JsonObject answer, JsonArray? events) => new(
        answer["status"]!.GetValue<string>(),
        answer["output"]?.GetValue<string>(),
        answer["error"]?.GetValue<string>(),
        answer["cause"]?.GetValue<string>(),
        events);

    /// <summary>Moves the timestamps of a case that was written relative to an instant to the present.</summary>
    private static string Shift(string text, string then)
    {
        var difference = TimeProvider.System.GetUtcNow() - DateTimeOffset.Parse(then, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        return Timestamp().Replace(text, match => (DateTimeOffset.Parse(match.Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal) + difference)
            .UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
    }

    /// <summary>Creates what the case works with, and tells what its made-up names are here.</summary>
    private async Task<List<(string Name, string Value)>> PrepareAsync(AslCase one, int number, CancellationToken cancellationToken)
    {
        var replacements = new List<(string Name, string Value)>();
        foreach (var (name, function) in one.Row["lambdas"] as JsonObject ?? [])
        {
            functions.Add($"{name}-{number}", function!.AsObject());
            replacements.Add((name, $"{name}-{number}"));
        }

        foreach (var step in one.Row["setup"] as JsonArray ?? [])
        {
            await SetUpAsync(step!.AsObject(), number, replacements, cancellationToken);
        }

        foreach (var other in one.Row["other_state_machines"] as JsonArray ?? [])
        {
            var text = other!["definition"]!.ToJsonString(s_text);
            foreach (var (name, value) in replacements)
            {
                text = text.Replace(name, value, StringComparison.Ordinal);
            }

            foreach (Match function in FunctionName().Matches(text))
            {
                // The rows do not hold the functions of nested machines; those there are sleep until they time out.
                functions.Add(function.Groups[1].Value, new JsonObject { ["behaviour"] = "complex" });
            }

            var arn = await CreateAsync($"{other["name"]!.GetValue<string>()}-{number}", text, other["type"]?.GetValue<string>() == "EXPRESS", cancellationToken);
            replacements.Add((other["arn"]!.GetValue<string>(), arn));
        }

        if (one.Needs("activity"))
        {
            await PrepareActivityAsync(one, number, replacements, cancellationToken);
        }

        return replacements;
    }

    private async Task PrepareActivityAsync(AslCase one, int number, List<(string Name, string Value)> replacements, CancellationToken cancellationToken)
    {
        var recorded = ActivityArn().Match(one.Row["definition"]!.ToJsonString(s_text)).Value;
        var created = await CallAsync("CreateActivity", new JsonObject { ["name"] = $"activity-{number}" }, cancellationToken);
        var arn = created["activityArn"]!.GetValue<string>();
        replacements.Add((recorded, arn));
        if (!one.Needs("helper:sfn_activity_consumer"))
        {
            await CallAsync("DeleteActivity", new JsonObject { ["activityArn"] = arn }, cancellationToken);
        }
    }

    private async Task SetUpAsync(JsonObject step, int number, List<(string Name, string Value)> replacements, CancellationToken cancellationToken)
    {
        var args = step["args"]!.AsObject();
        switch ((step["service"]!.GetValue<string>(), step["op"]!.GetValue<string>()))
        {
            case ("sqs", "create_queue"):
                var queue = args["QueueName"]!.GetValue<string>();
                var created = await api.InvokeAsync("sqs", "CreateQueue", new JsonObject { ["QueueName"] = Numbered(queue, number) }, cancellationToken);
                replacements.Add(($"https://sqs.us-east-1.amazonaws.com/111111111111/{queue}", created["QueueUrl"]!.GetValue<string>()));
                break;
            case ("sns", "create_topic"):
                var topic = args["Name"]!.GetValue<string>();
                var attributes = args["Attributes"]?.DeepClone();
                var made = await api.InvokeAsync("sns", "CreateTopic", new JsonObject { ["Name"] = Numbered(topic, number), ["Attributes"] = attributes }, cancellationToken);
                replacements.Add(($"arn:aws:sns:us-east-1:111111111111:{topic}", made["TopicArn"]!.GetValue<string>()));
                break;
            case ("dynamodb", "create_table(fixture)"):
                var table = args["table_name"]!.GetValue<string>();
                var key = args["partition_key"]!.GetValue<string>();
                await api.InvokeAsync("dynamodb", "CreateTable", CreateTable($"{table}-{number}", key), cancellationToken);
                replacements.Add((table, $"{table}-{number}"));
                break;
            case ("s3", "create_bucket"):
                var bucket = args["Bucket"]!.GetValue<string>();
                var numbered = Bucket(bucket, number);
                await api.InvokeAsync("s3", "CreateBucket", new JsonObject { ["Bucket"] = numbered }, cancellationToken);
                replacements.Add((bucket, numbered));
                break;
            case ("s3", "put_object"):
                await api.InvokeAsync(
                    "s3",
                    "PutObject",
                    new JsonObject
                    {
                        ["Bucket"] = Bucket(args["Bucket"]!.GetValue<string>(), number),
                        ["Key"] = args["Key"]!.GetValue<string>(),
                        ["Body"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(args["Body"]!.GetValue<string>())),
                    },
                    cancellationToken);
                break;
        }
    }

    // A bucket with a name of its own, which the recorded output holds, keeps it.
    private static string Bucket(string name, int number) => char.IsAsciiDigit(name[^1]) ? $"{name}-{number}" : name;

    private static string Numbered(string name, int number) =>
        name.EndsWith(".fifo", StringComparison.Ordinal) ? $"{name[..^5]}-{number}.fifo" : $"{name}-{number}";

    private static JsonObject CreateTable(string name, string key) => new()
    {
        ["TableName"] = name,
        ["KeySchema"] = new JsonArray(new JsonObject { ["AttributeName"] = key, ["KeyType"] = "HASH" }),
        ["AttributeDefinitions"] = new JsonArray(new JsonObject { ["AttributeName"] = key, ["AttributeType"] = "S" }),
        ["BillingMode"] = "PAY_PER_REQUEST",
    };

    private async Task<string> CreateAsync(string name, string definition, bool isExpress, CancellationToken cancellationToken)
    {
        var created = await CallAsync(
            "CreateStateMachine",
            new JsonObject { ["name"] = name, ["definition"] = definition, ["roleArn"] = Role, ["type"] = isExpress ? "EXPRESS" : "STANDARD" },
            cancellationToken);
        return created["stateMachineArn"]!.GetValue<string>();
    }

    private async Task<JsonObject> WaitAsync(string execution, CancellationToken cancellationToken)
    {
        var pause = TimeSpan.FromMilliseconds(5);
        while (true)
        {
            var described = await CallAsync("DescribeExecution", new JsonObject { ["executionArn"] = execution }, cancellationToken);
            if (described["status"]!.GetValue<string>() != "RUNNING")
            {
                return described;
            }

            await Task.Delay(pause, TimeProvider.System, cancellationToken);
            pause = pause < TimeSpan.FromMilliseconds(100) ? pause * 1.5 : pause;
        }
    }

    private async Task<JsonArray> HistoryAsync(string execution, CancellationToken cancellationToken)
    {
        var events = new JsonArray();
        string? token = null;
        do
        {
            var page = await CallAsync(
                "GetExecutionHistory",
                new JsonObject { ["executionArn"] = execution, ["maxResults"] = 100, ["nextToken"] = token },
                cancellationToken);
            foreach (var one in page["events"]!.AsArray())
            {
                events.Add(one!.DeepClone());
            }

            token = page["nextToken"]?.GetValue<string>();
        }
        while (token is not null);

        return events;
    }

    /// <summary>Plays those that answer task tokens and activities in the recorded tests.</summary>
    private async Task HelpAsync(AslCase one, List<(string Name, string Value)> replacements, CancellationToken cancellationToken)
    {
        try
        {
            if (one.Needs("helper:sfn_activity_consumer"))
            {
                await WorkAsync(one, replacements.First(pair => pair.Value.Contains(":activity:", StringComparison.Ordinal)).Value, cancellationToken);
            }
            else if (replacements.Find(pair => pair.Name.StartsWith("https://sqs.", StringComparison.Ordinal)) is { Value: { } queue })
            {
                await AnswerAsync(one, queue, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The execution has ended.
        }
    }

    private async Task WorkAsync(AslCase one, string activity, CancellationToken cancellationToken)
    {
        var started = one.History!.First(recorded => recorded!["type"]!.GetValue<string>() == "ActivityStarted");
        var task = await CallAsync(
            "GetActivityTask",
            new JsonObject { ["activityArn"] = activity, ["workerName"] = started!["activityStartedEventDetails"]?["workerName"]?.GetValue<string>() },
            cancellationToken);
        var token = task["taskToken"]?.GetValue<string>();
        if (Recorded(one, "ActivitySucceeded") is not null)
        {
            await CallAsync("SendTaskSuccess", new JsonObject { ["taskToken"] = token, ["output"] = task["input"]!.GetValue<string>() }, cancellationToken);
        }
        else if (Recorded(one, "ActivityFailed") is { } failed)
        {
            await CallAsync(
                "SendTaskFailure",
                new JsonObject
                {
                    ["taskToken"] = token,
                    ["error"] = failed["activityFailedEventDetails"]!["error"]!.GetValue<string>(),
                    ["cause"] = task["input"]!.GetValue<string>(),
                },
                cancellationToken);
        }
    }

    // Where no helper is named, the recorded test itself sent the message back, or failed the task without a word.
    private async Task AnswerAsync(AslCase one, string queue, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var received = await api.InvokeAsync("sqs", "ReceiveMessage", new JsonObject { ["QueueUrl"] = queue, ["WaitTimeSeconds"] = 20 }, cancellationToken);
            foreach (var message in received["Messages"] as JsonArray ?? [])
            {
                var text = message!["Body"]!.GetValue<string>();
                if (!text.StartsWith('{') || JsonNode.Parse(text)!["TaskToken"]?.GetValue<string>() is not { } token)
                {
                    continue;
                }

                if (one.Needs("helper:sqs_send_task_failure_state_machine"))
                {
                    await CallAsync("SendTaskFailure", new JsonObject { ["taskToken"] = token, ["error"] = "Failure error", ["cause"] = "Failure cause" }, cancellationToken);
                }
                else if (one.Needs("helper:sqs_send_task_success_state_machine"))
                {
                    var output = JsonNode.Parse(text)!["Message"]!.ToJsonString(s_text);
                    await CallAsync("SendTaskSuccess", new JsonObject { ["taskToken"] = token, ["output"] = output }, cancellationToken);
                }
                else if (Recorded(one, "TaskFailed") is not null)
                {
                    await CallAsync("SendTaskFailure", new JsonObject { ["taskToken"] = token }, cancellationToken);
                }
                else if (Recorded(one, "TaskSucceeded") is not null)
                {
                    await CallAsync("SendTaskHeartbeat", new JsonObject { ["taskToken"] = token }, cancellationToken);
                    await CallAsync("SendTaskSuccess", new JsonObject { ["taskToken"] = token, ["output"] = text }, cancellationToken);
                }
            }
        }
    }

    private static JsonNode? Recorded(AslCase one, string type) =>
        one.History?.FirstOrDefault(recorded => recorded!["type"]!.GetValue<string>() == type);

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")]
    private static partial Regex Timestamp();

    [GeneratedRegex(@"arn:aws:lambda:[^""]*:function:([^"":]*)")]
    private static partial Regex FunctionName();

    [GeneratedRegex(@"arn:aws:states:[^""]*:activity:[^""]*")]
    private static partial Regex ActivityArn();
}

/// <summary>An error answer of the API.</summary>
internal sealed class AslApiException(string code, string message) : Exception($"{code}: {message}")
{
    public string Code { get; } = code;

    /// <summary>The message without the code.</summary>
    public string Words { get; } = message;
}
