using Oith.AppHost;
using Oith.AppHost.Cloud;
using Oith.AppHost.Pipeline;
using Oith.Stack;
using Oith.Stack.SingleProcess;

if (args is ["single-process", .. var rest])
{
    return await SingleProcessCommand.RunAsync(rest);
}

if (PipelineApplication.IsAskedFor(args))
{
    return await PipelineApplication.RunAsync(args);
}

if (CloudApplication.FindEnvironment(args) is { } environment)
{
    return await CloudApplication.RunAsync(args, environment);
}

if (!AppHostOptions.TryRead(args, out var options))
{
    return 1;
}

var builder = DistributedApplication.CreateBuilder(args);

var parameters = builder.AddParameters(options);

// An embedded AWS, its Redis server and alarms, and the HTTP API in front of the service.
var localCloud = builder
    .AddLocalCloud<Projects.Oith_LocalCloud>(ResourceNames.LocalCloud, options.Port, options.RedisPort)
    .WithOptions(options);
var redis = localCloud.AddRedis(ResourceNames.Redis);
localCloud.AddAlarms(ResourceNames.Alarms);

// The four stacks, each after the one before it.
var data = builder.AddStack(ResourceNames.DataStack, localCloud);
var infrastructure = builder.AddStack(ResourceNames.InfrastructureStack, localCloud, after: data);
var matchingStack = builder.AddStack(ResourceNames.MatchingStack, localCloud, after: infrastructure);
var stepFunctions = builder.AddStack(ResourceNames.StepFunctionsStack, localCloud, after: matchingStack);
var stacks = new Stacks(data, infrastructure, matchingStack, stepFunctions);

// What happens between them.
builder.AddNetwork(localCloud, stacks, parameters);
builder.AddArtifacts(localCloud, stacks);
var population = builder.AddPopulation(localCloud, stacks, parameters);

// The service, behind LocalCloud's HTTP API.
var matching = builder.AddProject<Projects.Oith_Matching>(ResourceNames.Matching, launchProfileName: null)
    .WithMatchingEndpoint(localCloud, options)
    .WithStacks(localCloud, stacks)
    .WaitFor(stepFunctions, WaitBehavior.StopOnResourceUnavailable)
    .WaitFor(redis)
    .WaitForCompletion(population)
    .WithMatchingCommands();

localCloud.WithAwsCommands(stacks);
population.WithSeedCommand(localCloud, stacks, parameters);

// Load on all of it, when its command is run.
builder.AddStressTest(localCloud, matching, parameters);

return await Orchestrator.RunAsync(builder, localCloud, matching);
