using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Oith.AppHost.AppModel;

/// <summary>What the app model is built from: the environment, the options, and what is configured for the templates' parameters.</summary>
internal sealed class AppModelSettings
{
    private readonly IConfiguration _configuration;

    private AppModelSettings(IConfiguration configuration, AppModelOptions options, string environment, string appHostDirectory)
    {
        _configuration = configuration;
        Options = options;
        Environment = environment;
        InfrastructureDirectory = Path.GetFullPath(Path.Combine(appHostDirectory, "..", "infrastructure"));
    }

    public AppModelOptions Options { get; }

    /// <summary>development, staging or production.</summary>
    public string Environment { get; }

    /// <summary>True when the stacks are those of an AWS account, not of an emulator.</summary>
    public bool IsInAws => Environment != ResourceNames.Development;

    /// <summary>Absolute path of the folder that holds the templates.</summary>
    public string InfrastructureDirectory { get; }

    /// <exception cref="DistributedApplicationException">The environment is none that the templates know.</exception>
    public static AppModelSettings Read(IDistributedApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection(AppModelOptions.Section).Get<AppModelOptions>() ?? new AppModelOptions();
        // The host calls an environment that nobody named Production; what runs by accident must not be that.
        var named = builder.Configuration[HostDefaults.EnvironmentKey]
            ?? (builder.ExecutionContext.IsPublishMode ? builder.Environment.EnvironmentName : ResourceNames.Development);
        var environment = named.ToLowerInvariant();
        return ResourceNames.Environments.Contains(environment)
            ? new AppModelSettings(builder.Configuration, options, environment, builder.AppHostDirectory)
            : throw new DistributedApplicationException(
                $"There is no environment {named}. Start with --environment {string.Join(" | ", ResourceNames.Environments)}.");
    }

    /// <summary>
    /// What is configured for a parameter of the templates or of the app model: <c>Parameters:AlertEmail</c>, <c>Parameters:localstack-tag</c> or, as a
    /// shell cannot name such a variable, <c>Parameters__localstack_tag</c>; null where nothing is.
    /// </summary>
    public string? Parameter(string name)
    {
        var value = _configuration[$"Parameters:{name}"] ?? _configuration[$"Parameters:{name.Replace('-', '_')}"];
        return string.IsNullOrEmpty(value) ? null : value;
    }

    /// <summary>The stack's full name: <c>oith-development-data</c>.</summary>
    public string StackName(string stack) => ResourceNames.Stack(Environment, stack);

    /// <summary>Absolute path of a stack's template.</summary>
    public string TemplatePath(string stack) => Path.Combine(InfrastructureDirectory, ResourceNames.Template(stack));
}
