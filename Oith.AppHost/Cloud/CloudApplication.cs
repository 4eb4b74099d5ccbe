#pragma warning disable ASPIRECERTIFICATES001 // Without it the dashboard warns on a machine that trusts no development certificate.
using Microsoft.Extensions.Configuration;
using Oith.ServiceDefaults;
using Oith.Stack;

namespace Oith.AppHost.Cloud;

/// <summary>
/// <c>--environment staging</c>: the service runs on this machine, upon the stacks that are deployed. They are read and never changed.
/// </summary>
internal static class CloudApplication
{
    private const string Http = "http";
    private const string Environment = "environment";

    /// <summary>Returns the environment whose stacks are read, staging or production; null where LocalCloud plays AWS.</summary>
    public static string? FindEnvironment(string[] args)
    {
        var name = new ConfigurationBuilder().AddCommandLine(args).Build()[Environment]?.ToLowerInvariant();
        return name is not (null or ResourceNames.Development) && ResourceNames.Environments.Contains(name) ? name : null;
    }

    /// <summary>Runs until it is stopped.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, string environment)
    {
        var builder = DistributedApplication.CreateBuilder(args);
        Add(builder, environment);
        await using var app = builder.Build();
        await app.RunAsync();
        return 0;
    }

    /// <summary>Adds the stacks of an environment, and the service with their outputs.</summary>
    internal static IResourceBuilder<ProjectResource> Add(IDistributedApplicationBuilder builder, string environment)
    {
        var stacks = ResourceNames.Stacks.ToDictionary(name => name, name => builder
            .AddCloudFormationStack(
                $"{name}-stack",
                Path.Combine("..", "infrastructure", ResourceNames.Template(name)),
                ResourceNames.Stack(environment, name))
            .AsExisting());

        var endpoint = builder.Configuration[Aspire.Hosting.CloudFormation.AwsEnvironmentVariables.EndpointUrl];
        // 0 takes any free one.
        var port = builder.Configuration.GetValue("Oith:ServicePort", 5080) is var given and not 0 ? given : (int?)null;
        var matching = builder.AddProject<Projects.Oith_Matching>(ResourceNames.Matching, launchProfileName: null)
            .WithBuiltAssembly()
            .WithHttpEndpoint(port, name: Http)
            .WithoutHttpsCertificate()
            .WithIconName("PersonHeart")
            .WithHttpHealthCheck(Extensions.AlivePath, endpointName: Http);
        foreach (var (variable, value) in endpoint is null
            ? MatchingEnvironment.WithAws(environment)
            : new Dictionary<string, string> { [MatchingEnvironment.OithEnvironment] = environment })
        {
            matching.WithEnvironment(variable, value);
        }

        foreach (var (variable, stack, output) in MatchingEnvironment.FromStacks)
        {
            matching.WithEnvironment(variable, stacks[stack].GetOutput(output));
        }

        if (endpoint is null)
        {
            var (variable, stack, output) = MatchingEnvironment.FromStacksInAws[0];
            matching.WithEnvironment(variable, stacks[stack].GetOutput(output));
        }

        AddRedis(builder, matching);
        foreach (var stack in stacks.Values)
        {
            matching.WaitFor(stack, WaitBehavior.StopOnResourceUnavailable);
        }

        return matching;
    }

    // Redis and DAX answer inside the VPC only. DAX is left out: DynamoDB has the same. Redis is reached by a tunnel, or it is another one.
    private static void AddRedis(IDistributedApplicationBuilder builder, IResourceBuilder<ProjectResource> matching)
    {
        foreach (var (key, variable) in new[]
        {
            ("Oith:RedisHost", MatchingEnvironment.RedisHost),
            ("Oith:RedisPort", MatchingEnvironment.RedisPort),
            ("Oith:RedisPassword", MatchingEnvironment.RedisPassword),
            ("Oith:RedisTls", MatchingEnvironment.RedisTls),
        })
        {
            if (builder.Configuration[key] is { Length: > 0 } value)
            {
                matching.WithEnvironment(variable, value);
            }
        }
    }
}
