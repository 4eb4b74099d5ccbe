using Microsoft.Extensions.Options;
using Oith.LocalCloud;

try
{
    var app = LocalCloudApplication.Build(ReadOptions(args), args);
    await app.RunAsync();
    return 0;
}
catch (Exception error) when (error is PortInUseException or OptionsValidationException)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}

static LocalCloudOptions ReadOptions(string[] args)
{
    var options = new LocalCloudOptions();
    try
    {
        new ConfigurationBuilder().AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables().AddCommandLine(args).Build()
            .GetSection(LocalCloudOptions.Section).Bind(options);
    }
    catch (InvalidOperationException error)
    {
        // The message names the setting and its value.
        throw new OptionsValidationException(LocalCloudOptions.Section, typeof(LocalCloudOptions), [error.Message]);
    }

    return options;
}
