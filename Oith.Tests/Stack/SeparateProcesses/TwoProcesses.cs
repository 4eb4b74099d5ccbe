using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Oith.ServiceDefaults;
using Oith.Stack;
using Oith.Tests.Infrastructure;

namespace Oith.Tests.Stack.SeparateProcesses;

/// <summary>
/// What the Aspire app model does, without Aspire: LocalCloud and the service as two processes that know of each other only what the app model's
/// environment variables and the stacks' outputs say. Callers reach the service through LocalCloud's HTTP API, and CloudWatch's minutes are 0.4 s long.
/// </summary>
public sealed class TwoProcesses : IAsyncLifetime
{
    private const string Region = "eu-central-1";
    private const string RedisPassword = "redispassword";
    private const string FunctionSecret = "functionsecret";
    private const string CloudWatchVersion = "2010-08-01";

    private readonly Uri _endpoint = new($"http://localhost:{LocalPort.FindFree()}");
    private readonly Uri _service = new($"http://localhost:{LocalPort.FindFree()}");
    private ServiceProcess? _localCloud;
    private ServiceProcess? _matching;

    /// <summary>The HTTP API, through which the service is called.</summary>
    public Uri Gateway { get; } = new($"http://localhost:{LocalPort.FindFree()}");

    public HttpClient Client { get; } = new() { Timeout = TimeSpan.FromMinutes(1) };

    /// <summary>The stacks' outputs, by stack.</summary>
    internal IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Outputs { get; private set; } = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _localCloud = ServiceProcess.Start("Oith.LocalCloud", new Dictionary<string, string>
        {
            [LocalCloudEnvironment.Port] = _endpoint.Port.ToString(CultureInfo.InvariantCulture),
            [LocalCloudEnvironment.RedisPort] = LocalPort.FindFree().ToString(CultureInfo.InvariantCulture),
            [LocalCloudEnvironment.RedisPassword] = RedisPassword,
            [LocalCloudEnvironment.FunctionSecret] = FunctionSecret,
            [LocalCloudEnvironment.Region] = Region,
            [LocalCloudEnvironment.CloudWatchClockFactor] = "150",
            [LocalCloudEnvironment.Function(ResourceNames.Function(ResourceNames.Development))] = new Uri(_service, "/events").AbsoluteUri,
            [LocalCloudEnvironment.HttpApiPort(ResourceNames.Matching)] = Gateway.Port.ToString(CultureInfo.InvariantCulture),
            [LocalCloudEnvironment.HttpApiUrl(ResourceNames.Matching)] = _service.GetLeftPart(UriPartial.Authority),
        });
        await _localCloud.WaitUntilHealthyAsync(Client, new Uri(_endpoint, Extensions.HealthPath));
        Outputs = await DeployAsync();
        var settings = MatchingEnvironment.WithEmulator(ResourceNames.Development, _endpoint.GetLeftPart(UriPartial.Authority), Region)
            .Concat(MatchingEnvironment.FromStacks.Select(output => KeyValuePair.Create(output.Variable, Outputs[output.Stack][output.Output])))
            .Append(KeyValuePair.Create(MatchingEnvironment.RedisPassword, RedisPassword))
            .Append(KeyValuePair.Create(MatchingEnvironment.EventsSecret, FunctionSecret))
            .Append(KeyValuePair.Create("ASPNETCORE_URLS", _service.GetLeftPart(UriPartial.Authority)))
            // The same requests once more, as the service itself measures them.
            .Append(KeyValuePair.Create("OTEL_EXPORTER_OTLP_ENDPOINT", _endpoint.GetLeftPart(UriPartial.Authority)))
            .Append(KeyValuePair.Create("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"))
            .Append(KeyValuePair.Create("OTEL_METRIC_EXPORT_INTERVAL", "200"));
        _matching = ServiceProcess.Start("Oith.Matching", settings);
        await _matching.WaitUntilHealthyAsync(Client, new Uri(Gateway, Extensions.HealthPath));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (var process in new[] { _matching, _localCloud })
        {
            if (process is not null)
            {
                await process.DisposeAsync();
            }
        }
    }

    /// <summary>Calls an operation of LocalCloud's fault switch.</summary>
    public async Task FaultAsync(string operation, JsonObject input)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _endpoint)
        {
            Content = new StringContent(input.ToJsonString(), new MediaTypeHeaderValue("application/x-amz-json-1.0")),
        };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "LocalCloudFaults." + operation);
        using var answer = await Client.SendAsync(request, Token);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Token));
    }

    /// <summary>The names of the alarms in ALARM, without environment.</summary>
    public async Task<IReadOnlyList<string>> AlarmsAsync()
    {
        var answer = await new CloudFormationDeployer(Client, _endpoint, Region).CallAsync(
            "DescribeAlarms", new Dictionary<string, string> { ["StateValue"] = "ALARM" }, "monitoring", CloudWatchVersion);
        return [.. answer.Descendants().Where(element => element.Name.LocalName == "AlarmName").Select(element => element.Value["oith-development-".Length..])];
    }

    private async Task<Dictionary<string, IReadOnlyDictionary<string, string>>> DeployAsync()
    {
        var deployer = new CloudFormationDeployer(Client, _endpoint, Region);
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
                    : await UploadAsync(parameters[Artifact.BucketParameter], artifact);
            }

            var template = RepositoryFiles.Read("infrastructure", ResourceNames.Template(stack));
            outputs[stack] = await deployer.DeployAsync(ResourceNames.Stack(ResourceNames.Development, stack), template, parameters);
        }

        return outputs;
    }

    private async Task<string> UploadAsync(string bucket, Artifact artifact)
    {
        var content = await File.ReadAllBytesAsync(Path.Combine(RepositoryFiles.InfrastructureFolder, artifact.File), TestContext.Current.CancellationToken);
        var key = artifact.Key(content);
        using var put = new HttpRequestMessage(HttpMethod.Put, new Uri(_endpoint, $"/{bucket}/{key}")) { Content = new ByteArrayContent(content) };
        put.Headers.TryAddWithoutValidation("Authorization", CloudFormationDeployer.Authorization("s3", Region));
        using var answer = await Client.SendAsync(put, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return key;
    }
}
