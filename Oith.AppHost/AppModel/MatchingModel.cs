using Oith.ServiceDefaults;

namespace Oith.AppHost.AppModel;

/// <summary>The matching service as a resource, wired from <see cref="MatchingEnvironment"/>.</summary>
internal static class MatchingModel
{
    private const string Project = "../Oith.Matching/Oith.Matching.csproj";

    /// <summary>Adds the service with an HTTP endpoint that an orchestrator can ask for its health.</summary>
    public static IResourceBuilder<ProjectResource> AddMatching(this IDistributedApplicationBuilder builder, AppModelSettings settings) =>
        builder.AddProject(ResourceNames.Matching, Project)
            .WithHttpEndpoint(port: builder.ExecutionContext.IsRunMode ? settings.Options.ServicePort : null, name: "http")
            .WithExternalHttpEndpoints()
            .WithHttpHealthCheck(Extensions.HealthPath, endpointName: "http")
            .WithUrlForEndpoint("http", url => url.DisplayText = "Matching service")
            .WithUrlForEndpoint("http", endpoint => new ResourceUrlAnnotation { Url = "/scalar", DisplayText = "API reference", Endpoint = endpoint });

    /// <summary>Tells the service where everything is, and starts it when the last stack is there.</summary>
    /// <param name="fixedSettings">What does not come from a stack.</param>
    public static IResourceBuilder<ProjectResource> WithStacks(
        this IResourceBuilder<ProjectResource> matching,
        Stacks stacks,
        IReadOnlyDictionary<string, string> fixedSettings,
        IEnumerable<MatchingEnvironment.StackOutput> outputs)
    {
        foreach (var (variable, value) in fixedSettings)
        {
            matching.WithEnvironment(variable, value);
        }

        foreach (var (variable, stack, output) in outputs)
        {
            matching.WithEnvironment(variable, stacks.Output(stack, output));
        }

        return matching.WaitFor(stacks[ResourceNames.StepFunctionsStack], WaitBehavior.StopOnResourceUnavailable);
    }
}
