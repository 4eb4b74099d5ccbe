using System.CommandLine;
using Oith.StressTest.Engine;
using Oith.StressTest.Peers;

var command = new RootCommand("Puts OITH under load and measures it against its targets.")
{
    EngineCommand.Create(),
    BenchmarkCommand.Create(),
    PeersCommand.Create(),
};
return await command.Parse(args).InvokeAsync();
