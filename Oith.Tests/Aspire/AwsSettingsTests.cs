using System.Collections.Concurrent;
using System.Diagnostics;
using Aspire.Hosting;
using Aspire.Hosting.CloudFormation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Oith.Tests.Fixtures;

namespace Oith.Tests.Aspire;

/// <summary>
/// Where a stack without a reference goes: the AWS SDK's own settings say so. They are environment variables, so each case is a process of
/// its own that asks for the stack; a server records whom it asks and in whose name.
/// </summary>
public sealed class AwsSettingsTests : IAsyncLifetime
{
    private const string Profile = "OITH_TESTS_AWS_PROFILE";
    private const string Endpoint = "ENDPOINT";

    private readonly ConcurrentQueue<string> _authorizations = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("aws-settings").FullName;
    private WebApplication _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.Run(async context =>
        {
            _authorizations.Enqueue(context.Request.Headers.Authorization.ToString());
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync(
                "<ErrorResponse><Error><Type>Sender</Type><Code>Recorded</Code><Message>recorded</Message></Error></ErrorResponse>", context.RequestAborted);
        });
        await _server.StartAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("", "AKIDENV/*/eu-west-3/cloudformation", "AWS_ENDPOINT_URL=ENDPOINT", "AWS_REGION=eu-west-3", "AWS_ACCESS_KEY_ID=AKIDENV", "AWS_SECRET_ACCESS_KEY=s")]
    [InlineData(
        "", "AKIDENV/*/eu-west-3/cloudformation",
        "AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_ENDPOINT_URL_CLOUDFORMATION=ENDPOINT", "AWS_REGION=eu-west-3", "AWS_ACCESS_KEY_ID=AKIDENV", "AWS_SECRET_ACCESS_KEY=s")]
    [InlineData("staging", "AKIDSTAGING/*/eu-north-1/cloudformation", "AWS_ENDPOINT_URL=ENDPOINT")]
    [InlineData("", "AKIDSTAGING/*/eu-north-1/cloudformation", "AWS_ENDPOINT_URL=ENDPOINT", "AWS_PROFILE=staging")]
    public async Task Stack_Without_A_Reference_Goes_Where_The_Settings_Of_The_AWS_SDK_Point(string profile, string credential, params string[] variables)
    {
        await RunAgainAsync(profile, variables);

        var authorization = Assert.Single(_authorizations.Distinct());
        var (key, scope) = (credential.Split("/*/")[0], credential.Split("/*/")[1]);
        Assert.Matches($"^AWS4-HMAC-SHA256 Credential={key}/[0-9]{{8}}/{scope}/aws4_request, ", authorization);
    }

    [Fact]
    public async Task Missing_Profile_Is_An_Error_That_Says_How_To_Create_It()
    {
        var output = await RunAgainAsync("stagign", ["AWS_ENDPOINT_URL=ENDPOINT"], expectsError: true);

        Assert.Contains("There is no AWS profile stagign. 'aws configure --profile stagign' creates it.", output);
    }

    [Fact]
    public async Task Missing_Region_Is_An_Error_That_Says_What_To_Set()
    {
        var output = await RunAgainAsync("", ["AWS_ENDPOINT_URL=ENDPOINT", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=s"], expectsError: true);

        Assert.Contains("No AWS region is configured. Reference an emulator, call WithAwsProfile(region: …), or set AWS_REGION.", output);
        Assert.Empty(_authorizations);
    }

    /// <summary>What each case runs in its own process.</summary>
    [Fact(Explicit = true)]
    public async Task Ask_For_A_Stack()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true, Args = [] });
        var stack = builder.AddCloudFormationStack("data", "data.yaml");
        if (Environment.GetEnvironmentVariable(Profile) is { Length: > 0 } profile)
        {
            stack.WithAwsProfile(profile);
        }

        using var connection = await AwsConnection.OpenAsync(stack.Resource, Token);
        var error = await Assert.ThrowsAsync<Amazon.Runtime.AmazonServiceException>(() => connection.CreateDeployer(TimeProvider.System)
            .DeployAsync(new StackDeployment("data", "{}"), new RecordedProgress(), Token));
        Assert.Equal("Recorded", error.ErrorCode);
        Assert.True(connection.IsEmulator);
    }

    private async Task<string> RunAgainAsync(string profile, string[] variables, bool expectsError = false)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(typeof(AwsSettingsTests).Assembly.Location);
        }

        foreach (var argument in new[] { "--explicit", "only", "--filter-method", $"{typeof(AwsSettingsTests).FullName}.{nameof(Ask_For_A_Stack)}" })
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("AWS_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        await File.WriteAllTextAsync(Path.Combine(_directory, "config"), "[profile staging]\nregion = eu-north-1\n", Token);
        await File.WriteAllTextAsync(
            Path.Combine(_directory, "credentials"), "[staging]\naws_access_key_id = AKIDSTAGING\naws_secret_access_key = s\n", Token);
        start.Environment["AWS_CONFIG_FILE"] = Path.Combine(_directory, "config");
        start.Environment["AWS_SHARED_CREDENTIALS_FILE"] = Path.Combine(_directory, "credentials");
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        start.Environment[Profile] = profile;
        foreach (var variable in variables)
        {
            start.Environment[variable.Split('=')[0]] = variable.Split('=')[1].Replace(Endpoint, LocalCloudFixture.EndpointOf(_server).AbsoluteUri, StringComparison.Ordinal);
        }

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.True((process.ExitCode != 0) == expectsError, output);
        return output;
    }
}
