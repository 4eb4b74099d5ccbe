using Oith.LocalCloud;

var options = new LocalCloudOptions();
new ConfigurationBuilder().AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables().AddCommandLine(args).Build()
    .GetSection(LocalCloudOptions.Section).Bind(options);

var app = LocalCloudApplication.Build(options, args);
await app.RunAsync();
