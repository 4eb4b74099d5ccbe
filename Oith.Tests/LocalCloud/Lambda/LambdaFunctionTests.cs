using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Oith.LocalCloud;
using Oith.LocalCloud.Wire;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.Lambda;

public sealed class LambdaFunctionTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Function_Is_Created_Pending_And_Then_Active()
    {
        var created = await CallAsync("CreateFunction", LambdaFunctions.Create("life"));
        Assert.Equal("Pending", created["State"]!.GetValue<string>());
        Assert.Equal("arn:aws:lambda:us-east-1:000000000000:function:life", created["FunctionArn"]!.GetValue<string>());
        var got = await CallAsync("GetFunction", Named("life"));
        Assert.Equal("Active", got["Configuration"]!["State"]!.GetValue<string>());
        Assert.Equal("s3://artifacts/service.zip", got["Code"]!["Location"]!.GetValue<string>());

        await CallAsync("UpdateFunctionConfiguration", Named("life", ("Timeout", 7)));
        Assert.Equal(7, (await CallAsync("GetFunctionConfiguration", Named("life")))["Timeout"]!.GetValue<int>());

        await CallAsync("DeleteFunction", Named("life"));
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => CallAsync("GetFunction", Named("life")));
        Assert.Equal("ResourceNotFoundException", error.Code);
    }

    [Fact]
    public async Task CreateFunction_Names_A_Member_It_Does_Not_Know()
    {
        var input = LambdaFunctions.Create("unknown-member");
        input["Colour"] = "red";
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => CallAsync("CreateFunction", input));
        Assert.Contains("Colour", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateFunction_Is_Refused_When_The_Name_Is_Taken()
    {
        await CallAsync("CreateFunction", LambdaFunctions.Create("taken"));
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => CallAsync("CreateFunction", LambdaFunctions.Create("taken")));
        Assert.Equal(("ResourceConflictException", "Function already exist: taken"), (error.Code, error.Message));
    }

    [Fact]
    public async Task PublishVersion_Returns_The_Last_One_When_Nothing_Changed()
    {
        await CallAsync("CreateFunction", LambdaFunctions.Create("versions"));
        Assert.Equal("1", (await CallAsync("PublishVersion", Named("versions")))["Version"]!.GetValue<string>());
        Assert.Equal("1", (await CallAsync("PublishVersion", Named("versions")))["Version"]!.GetValue<string>());
        await CallAsync("UpdateFunctionConfiguration", Named("versions", ("MemorySize", 512)));
        var second = await CallAsync("PublishVersion", Named("versions"));
        Assert.Equal("arn:aws:lambda:us-east-1:000000000000:function:versions:2", second["FunctionArn"]!.GetValue<string>());
        var versions = (await CallAsync("ListVersionsByFunction", Named("versions")))["Versions"]!.AsArray();
        Assert.Equal(["$LATEST", "1", "2"], versions.Select(version => version!["Version"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Alias_Stands_For_Its_Version()
    {
        await CallAsync("CreateFunction", LambdaFunctions.Create("aliased"));
        await CallAsync("PublishVersion", Named("aliased"));
        await CallAsync("CreateAlias", Named("aliased", ("Name", "live"), ("FunctionVersion", "1")));
        var configuration = await CallAsync("GetFunctionConfiguration", Named("aliased", ("Qualifier", "live")));
        Assert.Equal("1", configuration["Version"]!.GetValue<string>());
        var error = await Assert.ThrowsAsync<AwsServiceException>(() => CallAsync("DeleteFunction", Named("aliased", ("Qualifier", "1"))));
        Assert.Equal("ResourceConflictException", error.Code);
    }

    [Fact]
    public async Task Permission_Is_Shown_In_The_Policy()
    {
        await CallAsync("CreateFunction", LambdaFunctions.Create("permitted"));
        await CallAsync("AddPermission", Named(
            "permitted", ("StatementId", "events"), ("Action", "lambda:InvokeFunction"), ("Principal", "events.amazonaws.com"), ("SourceArn", "arn:aws:events:::rule/x")));
        var policy = JsonNode.Parse((await CallAsync("GetPolicy", Named("permitted")))["Policy"]!.GetValue<string>())!;
        Assert.Equal("events.amazonaws.com", policy["Statement"]![0]!["Principal"]!["Service"]!.GetValue<string>());
        await CallAsync("RemovePermission", Named("permitted", ("StatementId", "events")));
        await Assert.ThrowsAsync<AwsServiceException>(() => CallAsync("GetPolicy", Named("permitted")));
    }

    [Fact]
    public async Task Functions_Outlive_A_Restart_When_There_Is_A_Data_Directory()
    {
        var directory = Directory.CreateTempSubdirectory("oith-lambda-");
        try
        {
            for (var start = 0; start < 2; start++)
            {
                var app = await LocalCloudFixture.StartAsync(new LocalCloudOptions { Port = 0, RedisPort = 0, DataDirectory = directory.FullName });
                var api = app.Services.GetRequiredService<IAwsApi>();
                if (start == 0)
                {
                    await api.InvokeAsync("lambda", "CreateFunction", LambdaFunctions.Create("kept", 9), Token);
                    await api.InvokeAsync("lambda", "PublishVersion", Named("kept"), Token);
                }
                else
                {
                    var kept = await api.InvokeAsync("lambda", "GetFunctionConfiguration", Named("kept", ("Qualifier", "1")), Token);
                    Assert.Equal(9, kept["Timeout"]!.GetValue<int>());
                }

                await app.StopAsync(Token);
                await app.DisposeAsync();
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Cli_Creates_Invokes_And_Tags_A_Function()
    {
        await using var host = await FunctionHost.StartAsync(context => context.Request.Body.CopyToAsync(context.Response.Body, context.RequestAborted));
        cloud.Services.GetRequiredService<LocalCloudOptions>().Functions["from-cli"] = host.Events;
        var created = await AwsCli.RunAsync(
            cloud.Endpoint, "lambda", "create-function", "--function-name", "from-cli", "--runtime", "dotnet10", "--handler", "bootstrap", "--role",
            "arn:aws:iam::000000000000:role/test", "--code", "S3Bucket=artifacts,S3Key=service.zip", "--tags", "team=oith");
        Assert.Equal("from-cli", created!["FunctionName"]!.GetValue<string>());

        var answer = Path.GetTempFileName();
        var invoked = await AwsCli.RunAsync(
            cloud.Endpoint, "lambda", "invoke", "--function-name", "from-cli", "--payload", "{\"say\":\"hello\"}", "--log-type", "Tail", answer);
        Assert.Equal(200, invoked!["StatusCode"]!.GetValue<int>());
        Assert.Equal("$LATEST", invoked["ExecutedVersion"]!.GetValue<string>());
        Assert.Equal("{\"say\":\"hello\"}", await File.ReadAllTextAsync(answer, Token));
        File.Delete(answer);

        var arn = created["FunctionArn"]!.GetValue<string>();
        Assert.Equal("oith", (await AwsCli.RunAsync(cloud.Endpoint, "lambda", "list-tags", "--resource", arn))!["Tags"]!["team"]!.GetValue<string>());
        await AwsCli.RunAsync(cloud.Endpoint, "lambda", "untag-resource", "--resource", arn, "--tag-keys", "team", "owner");
        Assert.Empty((await AwsCli.RunAsync(cloud.Endpoint, "lambda", "list-tags", "--resource", arn))!["Tags"]!.AsObject());
    }

    private static JsonObject Named(string name, params (string Member, JsonNode Value)[] members)
    {
        var input = new JsonObject { ["FunctionName"] = name };
        foreach (var (member, value) in members)
        {
            input[member] = value;
        }

        return input;
    }

    private Task<JsonObject> CallAsync(string operation, JsonObject input) => cloud.Api.InvokeAsync("lambda", operation, input, Token).AsTask();
}
