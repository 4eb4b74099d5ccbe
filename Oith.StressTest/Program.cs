using System.CommandLine;
using Oith.StressTest.Engine;

var command = new RootCommand("Puts OITH under load and measures it against its targets.")
{
    EngineCommand.Create(),
    BenchmarkCommand.Create(),
};
return await command.Parse(args).InvokeAsync();
