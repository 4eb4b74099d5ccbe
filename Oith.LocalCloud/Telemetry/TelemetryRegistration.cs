namespace Oith.LocalCloud.Telemetry;

internal static class TelemetryRegistration
{
    public static IServiceCollection AddTelemetry(this IServiceCollection services) => services
        .AddSingleton<AlarmMeter>()
        .AddSingleton<OtlpMetrics>()
        .AddSingleton<TraceStore>()
        .AddSingleton<OtlpEndpoint>()
        .AddAwsService<XRayService>();
}
