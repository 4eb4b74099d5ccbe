using System.Text;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.Tests.LocalCloud.StepFunctions;

/// <summary>What a distributed Map reads from S3 and writes there.</summary>
public sealed class MapItemsTests : IAsyncLifetime
{
    private StepFunctionsClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _client = await StepFunctionsClient.StartAsync();
        await _client.Api.InvokeAsync("s3", "CreateBucket", new JsonObject { ["Bucket"] = "items" }, Token);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Theory]
    [InlineData("""{"InputType":"JSON","MaxItems":0}""", "[1,2,3]", "[1,2,3]")]
    [InlineData("""{"InputType":"JSON","MaxItems":2}""", "[1,2,3]", "[1,2]")]
    [InlineData("""{"InputType":"JSON","MaxItemsPath":"$.none"}""", "[1,2,3]", "[1,2,3]")]
    [InlineData("""{"InputType":"JSON","ItemsPointer":"/a/1/b~1c"}""", """{"a":[0,{"b/c":[4,5]}]}""", "[4,5]")]
    [InlineData("""{"InputType":"JSONL"}""", "1\n{\"a\":2}\n", """[1,{"a":2}]""")]
    [InlineData("""{"InputType":"CSV","CSVHeaderLocation":"FIRST_ROW","MaxItems":0}""", "a,b\n1,2\n3\n", """[{"a":"1","b":"2"},{"a":"3","b":""}]""")]
    public async Task Reader_Gives_The_Items_When_They_Can_Be_Read(string config, string content, string expected) =>
        Assert.Equal(expected, (await ReadAsync(config, content))["output"]!.GetValue<string>());

    [Theory]
    [InlineData("""{"InputType":"JSON"}""", """{"a":[1]}""", "Attempting to map over non-iterable node.")]
    [InlineData("""{"InputType":"JSON"}""", "\"text\"", "Attempting to map over non-iterable node.")]
    [InlineData("""{"InputType":"JSON","ItemsPointer":"/a"}""", """{"a":1}""", "Attempting to map over non-iterable node.")]
    [InlineData("""{"InputType":"CSV","CSVHeaderLocation":"FIRST_ROW"}""", "a,b,a\n1,2,3\n", "CSV headers cannot contain duplicates.")]
    [InlineData("""{"InputType":"CSV","CSVHeaderLocation":"GIVEN","CSVHeaders":["x","x"]}""", "1,2\n", "CSV headers cannot contain duplicates.")]
    [InlineData("""{"InputType":"JSON","MaxItemsPath":"$.minus"}""", "[1]", "field MaxItems must be positive")]
    [InlineData("""{"InputType":"PARQUET"}""", "PAR1", "LocalCloud does not read the InputType PARQUET; it reads CSV, JSON and JSONL.")]
    public async Task Reader_Fails_When_The_Object_Is_Not_What_The_State_Says(string config, string content, string cause)
    {
        var ended = await ReadAsync(config, content);
        Assert.Equal(("States.ItemReaderFailed", cause), (ended["error"]!.GetValue<string>(), ended["cause"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Reader_Lists_Objects_With_The_Members_That_Step_Functions_Names()
    {
        await PutAsync("list/one.txt", "x");
        var ended = await RunAsync("""
            "ItemReader":{"Resource":"arn:aws:states:::s3:listObjectsV2","Parameters":{"Bucket":"items","Prefix":"list/"}},
            """, "{}", """{"Type":"Pass","End":true}""");
        var item = Assert.Single(JsonNode.Parse(ended["output"]!.GetValue<string>())!.AsArray())!.AsObject();
        Assert.Equal(["Etag", "Key", "LastModified", "Size", "StorageClass"], item.Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal(System.Text.Json.JsonValueKind.Number, item["LastModified"]!.GetValueKind());
    }

    [Fact]
    public async Task Writer_Puts_Manifest_Successes_And_Failures_Where_AWS_Does()
    {
        var ended = await RunAsync("""
            "ToleratedFailureCount":1,"Label":"Each","ResultWriter":{"Resource":"arn:aws:states:::s3:putObject","Parameters":{"Bucket":"items","Prefix":"jobs/"}},
            """, """["ok","bad","ok"]""", Failing);
        var output = JsonNode.Parse(ended["output"]!.GetValue<string>())!;
        var run = output["MapRunArn"]!.GetValue<string>();
        var folder = $"jobs/{run[(run.LastIndexOf(':') + 1)..]}";
        Assert.Equal(("items", $"{folder}/manifest.json"), (Text(output["ResultWriterDetails"]!, "Bucket"), Text(output["ResultWriterDetails"]!, "Key")));

        var manifest = await GetAsync($"{folder}/manifest.json");
        Assert.Equal(("items", run), (Text(manifest, "DestinationBucket"), Text(manifest, "MapRunArn")));
        Assert.Equal("[]", manifest["ResultFiles"]!["PENDING"]!.ToJsonString());
        var file = Assert.Single(manifest["ResultFiles"]!["SUCCEEDED"]!.AsArray())!;
        Assert.Equal($"{folder}/SUCCEEDED_0.json", Text(file, "Key"));
        var succeeded = (await GetAsync(Text(file, "Key"))).AsArray();
        Assert.Equal(2, succeeded.Count);
        Assert.Equal(
            [
                "ExecutionArn", "Input", "InputDetails", "Name", "Output", "OutputDetails", "RedriveCount", "RedriveStatus", "RedriveStatusReason", "StartDate",
                "StateMachineArn", "Status", "StopDate",
            ],
            succeeded[0]!.AsObject().Select(member => member.Key));
        Assert.Equal("\"ok\"", Text(succeeded[0]!, "Output"));
        Assert.EndsWith("/Each", Text(succeeded[0]!, "StateMachineArn"), StringComparison.Ordinal);
        var failed = Assert.Single((await GetAsync($"{folder}/FAILED_0.json")).AsArray())!;
        Assert.Equal(("FAILED", "Bad", "REDRIVABLE_BY_MAP_RUN"), (Text(failed, "Status"), Text(failed, "Error"), Text(failed, "RedriveStatus")));
    }

    [Fact]
    public async Task Writer_Puts_Results_Also_When_The_Map_Run_Fails()
    {
        var ended = await RunAsync("""
            "MaxConcurrency":1,"ResultWriter":{"Resource":"arn:aws:states:::s3:putObject","Parameters":{"Bucket":"items","Prefix":"failed"}},
            """, """["ok","bad","never"]""", Failing);
        Assert.Equal("States.ExceedToleratedFailureThreshold", ended["error"]!.GetValue<string>());
        var listed = await _client.Api.InvokeAsync("s3", "ListObjectsV2", new JsonObject { ["Bucket"] = "items", ["Prefix"] = "failed/" }, Token);
        Assert.Equal(
            ["FAILED_0.json", "PENDING_0.json", "SUCCEEDED_0.json", "manifest.json"],
            listed["Contents"]!.AsArray().Select(one => Text(one!, "Key").Split('/')[^1]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{"Transformation":"COMPACT"}""", """[[1,2],3]""")]
    [InlineData("""{"Transformation":"FLATTEN","OutputType":"JSON"}""", """[1,2,3]""")]
    public async Task Writer_Transforms_The_Output_Of_The_State_When_It_Writes_No_Objects(string config, string expected)
    {
        var ended = await RunAsync($"\"ResultWriter\":{{\"WriterConfig\":{config}}},", "[[1,2],3]", """{"Type":"Pass","End":true}""");
        Assert.Equal(expected, ended["output"]!.GetValue<string>());
    }

    [Fact]
    public async Task Writer_Writes_Lines_When_The_Output_Type_Is_JSONL()
    {
        var ended = await RunAsync("""
            "ResultWriter":{"Resource":"arn:aws:states:::s3:putObject","Parameters":{"Bucket":"items","Prefix":"lines"},
              "WriterConfig":{"Transformation":"FLATTEN","OutputType":"JSONL"}},
            """, "[[1,2],3]", """{"Type":"Pass","End":true}""");
        var run = Text(JsonNode.Parse(ended["output"]!.GetValue<string>())!, "MapRunArn");
        Assert.Equal("1\n2\n3\n", await BodyAsync($"lines/{run[(run.LastIndexOf(':') + 1)..]}/SUCCEEDED_0.jsonl"));
    }

    private const string Failing =
        """{"Type":"Choice","Choices":[{"Variable":"$","StringEquals":"bad","Next":"F"}],"Default":"S"},"F":{"Type":"Fail","Error":"Bad"},"S":{"Type":"Succeed"}""";

    private async Task<JsonObject> ReadAsync(string config, string content)
    {
        await PutAsync("file", content);
        // The ItemsPath must be ignored: the reader's object is the list.
        return await RunAsync($$"""
            "ItemsPath":"$.nowhere","ItemReader":{"Resource":"arn:aws:states:::s3:getObject","Parameters":{"Bucket":"items","Key":"file"},"ReaderConfig":{{config}}},
            """, """{"none":0,"minus":-1}""", """{"Type":"Pass","End":true}""");
    }

    private async Task<JsonObject> RunAsync(string fields, string input, string first)
    {
        var machine = await _client.CreateAsync("map-" + Guid.NewGuid().ToString("N"), $$$$"""
            {"StartAt":"M","States":{"M":{"Type":"Map",{{{{fields}}}}"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
              "StartAt":"A","States":{"A":{{{{first}}}}}},"End":true}}}
            """);
        return await _client.EndAsync(await _client.StartAsync(machine, input));
    }

    private static string Text(JsonNode node, string member) => node[member]!.GetValue<string>();

    private async Task PutAsync(string key, string content) => await _client.Api.InvokeAsync(
        "s3", "PutObject", new JsonObject { ["Bucket"] = "items", ["Key"] = key, ["Body"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(content)) }, Token);

    private async Task<JsonNode> GetAsync(string key) => JsonNode.Parse(await BodyAsync(key))!;

    private async Task<string> BodyAsync(string key)
    {
        var answer = await _client.Api.InvokeAsync("s3", "GetObject", new JsonObject { ["Bucket"] = "items", ["Key"] = key }, Token);
        return Encoding.UTF8.GetString(Convert.FromBase64String(Text(answer, "Body")));
    }
}
