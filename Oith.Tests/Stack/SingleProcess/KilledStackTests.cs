using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Oith.Stack;
using Oith.Stack.Population;
using Oith.Tests.Conformance;
using Oith.Tests.Matching;

namespace Oith.Tests.Stack.SingleProcess;

/// <summary>The whole stack with a data directory, killed in the middle of its work and started again.</summary>
public sealed class KilledStackTests : IDisposable
{
    /// <summary>What the four stacks have none of: everything else that LocalCloud keeps.</summary>
    private const string Extras = """
        Resources:
          Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: kept-queue}}
          Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: kept-topic}}
          Subscription:
            Type: AWS::SNS::Subscription
            Properties: {TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Queue.Arn, RawMessageDelivery: true}
          Parameter: {Type: AWS::SSM::Parameter, Properties: {Name: /kept/parameter, Type: String, Value: still here}}
          Secret: {Type: AWS::SecretsManager::Secret, Properties: {Name: kept-secret, SecretString: still secret}}
          Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}}}
          Schedule:
            Type: AWS::Scheduler::Schedule
            Properties:
              Name: kept-schedule
              ScheduleExpression: cron(0 4 * * ? *)
              FlexibleTimeWindow: {Mode: 'OFF'}
              Target: {Arn: !GetAtt Queue.Arn, RoleArn: !GetAtt Role.Arn}
          Machine:
            Type: AWS::StepFunctions::StateMachine
            Properties:
              StateMachineName: kept-machine
              RoleArn: !GetAtt Role.Arn
              DefinitionString: '{"StartAt":"Wait","States":{"Wait":{"Type":"Wait","Seconds":8,"Next":"Done"},"Done":{"Type":"Pass","Result":"resumed","End":true}}}'
        Outputs:
          Machine: {Value: !Ref Machine}
          Topic: {Value: !Ref Topic}
          Queue: {Value: !Ref Queue}
        """;

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("oith-killed-");
    private readonly int _port = LocalPort.FindFree();
    private readonly int _servicePort = LocalPort.FindFree();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(1) };
    private readonly AwsConformanceClient _aws;
    private Process? _process;

    public KilledStackTests() => _aws = new AwsConformanceClient(_http, new Uri($"http://127.0.0.1:{_port}"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Kill();
        _http.Dispose();
        _data.Delete(recursive: true);
    }

    [Fact]
    public async Task Everything_Is_There_And_Works_After_A_Kill()
    {
        await StartAsync();
        await CallAsync("cloudformation", "CreateStack", new JsonObject { ["StackName"] = "extras", ["TemplateBody"] = Extras, ["Capabilities"] = new JsonArray("CAPABILITY_IAM") });
        await Eventually.TrueAsync(async () => await StatusAsync("extras") == "CREATE_COMPLETE");
        var outputs = (await CallAsync("cloudformation", "DescribeStacks", new JsonObject { ["StackName"] = "extras" }))["Stacks"]![0]!["Outputs"]!.AsArray()
            .ToDictionary(output => output!["OutputKey"]!.GetValue<string>(), output => output!["OutputValue"]!.GetValue<string>());
        await CallAsync("sns", "Publish", new JsonObject { ["TopicArn"] = outputs["Topic"], ["Message"] = "before" });
        var execution = (await CallAsync("stepfunctions", "StartExecution", new JsonObject { ["stateMachineArn"] = outputs["Machine"] }))["executionArn"]!.GetValue<string>();

        Kill();
        await StartAsync();

        foreach (var stack in ResourceNames.Stacks.Select(stack => ResourceNames.Stack(ResourceNames.Development, stack)).Append("extras"))
        {
            Assert.Equal("CREATE_COMPLETE", await StatusAsync(stack));
        }

        await CallAsync("sns", "Publish", new JsonObject { ["TopicArn"] = outputs["Topic"], ["Message"] = "after" });
        var received = await CallAsync("sqs", "ReceiveMessage", new JsonObject { ["QueueUrl"] = outputs["Queue"], ["MaxNumberOfMessages"] = 10 });
        Assert.Equal(["after", "before"], received["Messages"]!.AsArray().Select(message => message!["Body"]!.GetValue<string>()).Order());
        Assert.Equal("still here", (await CallAsync("ssm", "GetParameter", new JsonObject { ["Name"] = "/kept/parameter" }))["Parameter"]!["Value"]!.GetValue<string>());
        Assert.Equal("still secret", (await CallAsync("secretsmanager", "GetSecretValue", new JsonObject { ["SecretId"] = "kept-secret" }))["SecretString"]!.GetValue<string>());
        Assert.NotEmpty((await CallAsync("cloudwatch", "DescribeAlarms", []))["MetricAlarms"]!.AsArray());
        Assert.NotEmpty((await CallAsync("events", "ListRules", []))["Rules"]!.AsArray());
        Assert.Equal("ENABLED", (await GetAsync("/schedules/kept-schedule"))["State"]!.GetValue<string>());
        Assert.All((await GetAsync("/v1/pipes"))["Pipes"]!.AsArray(), pipe => Assert.Equal("RUNNING", pipe!["CurrentState"]!.GetValue<string>()));
        Assert.NotEmpty((await GetAsync("/2015-03-31/functions"))["Functions"]!.AsArray());

        // Through the queue, the pipe, the state machine, the function and the tables, all as they were.
        var accepted = await _http.PostAsJsonAsync(Service("/api/match/requests"), new JsonObject { ["userEmail"] = SyntheticPopulation.EmailOf(2) }, Token);
        var id = (await accepted.Content.ReadFromJsonAsync<JsonNode>(Token))!["requestId"]!.GetValue<string>();
        await Eventually.TrueAsync(async () => (await _http.GetFromJsonAsync<JsonNode>(Service($"/api/match/requests/{id}"), Token))!["status"]!.GetValue<string>() == "completed");

        JsonObject described = [];
        await Eventually.TrueAsync(async () => (described = await CallAsync("stepfunctions", "DescribeExecution", new JsonObject { ["executionArn"] = execution }))["status"]!.GetValue<string>() != "RUNNING");
        Assert.Equal("\"resumed\"", described["output"]!.GetValue<string>());
    }

    private Uri Service(string path) => new($"http://127.0.0.1:{_servicePort}{path}");

    private async Task StartAsync()
    {
        var arguments = new[]
        {
            Path.Combine(AppContext.BaseDirectory, "Oith.AppHost.dll"), "single-process", "--port", Text(_port), "--service-port", Text(_servicePort), "--redis-port", "0", "--users", "300",
            "--data", _data.FullName,
        };
        _process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = new System.Collections.Concurrent.ConcurrentQueue<string?>();
        _process.OutputDataReceived += (_, line) => output.Enqueue(line.Data);
        _process.ErrorDataReceived += (_, line) => output.Enqueue(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Eventually.TrueAsync(async () =>
        {
            Assert.False(_process.HasExited, string.Join('\n', output));
            try
            {
                using var answer = await _http.GetAsync(Service("/health"), Token);
                return answer.IsSuccessStatusCode && await StatusAsync(ResourceNames.Stack(ResourceNames.Development, ResourceNames.Stacks[^1])) == "CREATE_COMPLETE";
            }
            catch (HttpRequestException)
            {
                // Not up yet.
                return false;
            }
        });

        static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>As <c>kill -9</c> does.</summary>
    private void Kill()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process?.Dispose();
        _process = null;
    }

    private async Task<string?> StatusAsync(string stack) =>
        (await _aws.SendAsync("cloudformation", "DescribeStacks", new JsonObject { ["StackName"] = stack }, Token))["Stacks"]?[0]?["StackStatus"]?.GetValue<string>();

    private async Task<JsonObject> CallAsync(string service, string operation, JsonObject input)
    {
        var answer = await _aws.SendAsync(service, operation, input, Token);
        Assert.True(answer["Error"] is null, $"{operation}: {answer["Error"]?.ToJsonString()}");
        return answer;
    }

    private async Task<JsonNode> GetAsync(string path) => (await _http.GetFromJsonAsync<JsonNode>(new Uri($"http://127.0.0.1:{_port}{path}"), Token))!;
}
