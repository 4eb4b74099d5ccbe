using Microsoft.Extensions.Options;
using Oith.LocalCloud;
using Oith.LocalCloud.Durability;
using Oith.ServiceDefaults;

const string RepairSwitch = "--repair";

try
{
    // The one switch without a value, which the configuration's command line does not know.
    var settings = args.Where(argument => argument != RepairSwitch).ToArray();
    var options = ReadOptions(settings);
    options.Repair |= args.Contains(RepairSwitch);
    await using var app = LocalCloudApplication.Build(options, settings);
    await app.RunUntilStoppedAsync();
    return 0;
}
catch (Exception error) when (error is DataDirectoryException or PortInUseException or OptionsValidationException)
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
            // Without this an entry of a dictionary that cannot be converted, HttpApis__api__Port=many, would be left out without a word.
            .GetSection(LocalCloudOptions.Section).Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
    }
    catch (InvalidOperationException error)
    {
        // The inner message names the setting and its value.
        throw new OptionsValidationException(LocalCloudOptions.Section, typeof(LocalCloudOptions), [(error.InnerException ?? error).Message]);
    }

    return options;
}
