using Oith.LocalCloud.Lambda.EventSources;

namespace Oith.LocalCloud.Lambda;

internal static class LambdaRegistration
{
    public static IServiceCollection AddLambda(this IServiceCollection services) => services
        .AddSingleton<FunctionStore>()
        .AddSingleton<FunctionProcess>()
        .AddSingleton<FunctionInvoker>()
        .AddSingleton<AsynchronousInvocations>()
        .AddSingleton<InvocationDestinations>()
        .AddSingleton<LambdaTelemetry>()
        .AddSingleton<EventSourceMappings>()
        .AddHostedService(provider => provider.GetRequiredService<EventSourceMappings>())
        .AddSingleton<EventSourceOperations>()
        .AddAwsService<LambdaService>();
}
