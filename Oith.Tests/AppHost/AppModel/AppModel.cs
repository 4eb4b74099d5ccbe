using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Oith.AppHost;

namespace Oith.Tests.AppHost.AppModel;

/// <summary>The app model as the app host builds it; nothing of it is started.</summary>
internal sealed class AppModel : IAsyncDisposable
{
    private readonly DistributedApplication _application;

    private AppModel(DistributedApplication application) => _application = application;

    public IServiceProvider Services => _application.Services;

    public IReadOnlyList<IResource> Resources => [.. Services.GetRequiredService<DistributedApplicationModel>().Resources];

    public IResource this[string name] => Resources.Single(resource => resource.Name == name);

    public ResourceNotificationService Notifications => Services.GetRequiredService<ResourceNotificationService>();

    public IDistributedApplicationEventing Eventing => Services.GetRequiredService<IDistributedApplicationEventing>();

    /// <param name="args">Command-line arguments of the app host.</param>
    public static Task<AppModel> RunAsync(params string[] args) => BuildAsync(["--operation", "run", .. args]);

    /// <inheritdoc cref="RunAsync"/>
    public static Task<AppModel> PublishAsync(params string[] args) => BuildAsync(["--operation", "publish", .. args]);

    /// <summary>The name of a stack of the environment development, which is its resource's name as well.</summary>
    public static string Stack(string stack) => ResourceNames.Stack(ResourceNames.Development, stack);

    /// <summary>What a resource's process would be told, values as the model holds them: text, or what becomes text when the application runs.</summary>
    public async Task<IReadOnlyDictionary<string, object>> EnvironmentOfAsync(string name)
    {
        var context = new EnvironmentCallbackContext(
            Services.GetRequiredService<DistributedApplicationExecutionContext>(),
            this[name],
            cancellationToken: TestContext.Current.CancellationToken);
        foreach (var annotation in this[name].Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        return context.EnvironmentVariables;
    }

    /// <summary>What a resource waits for, and how.</summary>
    public IEnumerable<(string Name, WaitType Type)> WaitsOf(string name) =>
        this[name].Annotations.OfType<WaitAnnotation>().Select(wait => (wait.Resource.Name, wait.WaitType));

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static async Task<AppModel> BuildAsync(string[] args)
    {
        var token = TestContext.Current.CancellationToken;
        var builder = await DistributedApplicationTestingBuilder.CreateAsync(typeof(ResourceNames), args, token);
        return new AppModel(await builder.BuildAsync(token));
    }
}
