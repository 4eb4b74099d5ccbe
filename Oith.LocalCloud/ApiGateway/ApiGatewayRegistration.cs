using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Oith.LocalCloud.Faults;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.ApiGateway;

internal static class ApiGatewayRegistration
{
    /// <exception cref="OptionsValidationException">A value of an HTTP API is wrong.</exception>
    public static IServiceCollection AddApiGateway(this IServiceCollection services, LocalCloudOptions options)
    {
        services.AddHttpForwarder();
        services.AddSingleton(new HttpApiTable(options));
        services.AddSingleton<HttpApiGateway>();
        return services;
    }

    /// <summary>Opens the port of each HTTP API; what arrives there carries the API.</summary>
    public static void ListenToHttpApis(this KestrelServerOptions kestrel, LocalCloudOptions options)
    {
        foreach (var api in kestrel.ApplicationServices.GetRequiredService<HttpApiTable>().All)
        {
            kestrel.Listen(IPAddress.Loopback, options.HttpApis[api.Name].Port, listener =>
            {
                api.Listener = listener;
                listener.Use(next => connection =>
                {
                    connection.Features.Set(api);
                    return next(connection);
                });
            });
        }
    }

    /// <summary>Forwards what arrives at the port of an HTTP API, before anything of LocalCloud sees it.</summary>
    /// <exception cref="OptionsValidationException">An HTTP API has the name of something else that faults strike.</exception>
    public static void UseHttpApis(this WebApplication app)
    {
        var apis = app.Services.GetRequiredService<HttpApiTable>().All;
        if (apis.Count == 0)
        {
            return;
        }

        foreach (var name in apis.Select(api => api.Name))
        {
            if (name is FaultsService.Function or FaultsService.Redis || app.Services.GetRequiredService<IAwsApi>().Find(name) is not null)
            {
                throw new OptionsValidationException(
                    LocalCloudOptions.Section,
                    typeof(LocalCloudOptions),
                    [$"{LocalCloudOptions.Section}:{nameof(LocalCloudOptions.HttpApis)}:{name}: faults strike another service by that name. Choose another."]);
            }

            app.Services.GetRequiredService<FaultSwitch>().Join(name);
        }

        var gateway = app.Services.GetRequiredService<HttpApiGateway>();
        app.Use(next => context => context.Features.Get<HttpApi>() is { } api ? gateway.HandleAsync(context, api) : next(context));
    }
}
