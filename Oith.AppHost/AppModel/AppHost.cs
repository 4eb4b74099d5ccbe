using Oith.AppHost.AppModel;

RunDefaults.Apply(args);
var builder = DistributedApplication.CreateBuilder(args);
var settings = AppModelSettings.Read(builder);

if (builder.ExecutionContext.IsPublishMode)
{
    builder.AddOithPublished(settings);
}
else if (settings.IsInAws)
{
    builder.AddOithInAws(settings);
}
else if (settings.Options.Emulator == EmulatorKind.LocalStack)
{
    builder.AddOithOnLocalStack(settings);
}
else
{
    builder.AddOithOnLocalCloud(settings);
}

await builder.Build().RunAsync();
