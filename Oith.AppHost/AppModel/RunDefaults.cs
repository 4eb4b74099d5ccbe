namespace Oith.AppHost.AppModel;

/// <summary>
/// What launchSettings.json usually holds, for a run that neither an IDE nor the aspire CLI has told: that it is a developer's, and where the dashboard
/// listens. As a file it would reach the single process too, which is started by the same command and would listen where the dashboard should.
/// </summary>
internal static class RunDefaults
{
    public static void Apply(string[] args)
    {
        if (args.Contains("--operation"))
        {
            return;
        }

        Default("DOTNET_ENVIRONMENT", "Development");
        Default("ASPNETCORE_URLS", "http://localhost:15080");
        Default("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "http://localhost:15081");
        Default("ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL", "http://localhost:15082");
        Default("ASPIRE_ALLOW_UNSECURED_TRANSPORT", "true");
    }

    private static void Default(string variable, string value)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable)))
        {
            Environment.SetEnvironmentVariable(variable, value);
        }
    }
}
