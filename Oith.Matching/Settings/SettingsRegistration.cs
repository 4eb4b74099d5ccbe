using Microsoft.Extensions.Options;

namespace Oith.Matching.Settings;

internal static class SettingsRegistration
{
    /// <summary>Binds the settings and validates them when the service starts.</summary>
    public static IServiceCollection AddSettings(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<MatchingOptions>().Bind(configuration).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MatchingOptions>, MatchingOptionsValidator>();
        return services;
    }
}
