using System.CommandLine;
using Oith.StressTest.Churn;
using Oith.StressTest.ColdStart;
using Oith.StressTest.Engine;
using Oith.StressTest.Fuzz;
using Oith.StressTest.Jsonata;
using Oith.StressTest.Load;
using Oith.StressTest.Peers;
using Oith.StressTest.Stacks;
using Spectre.Console;

const int RedirectedWidth = 160;
if (Console.IsOutputRedirected)
{
    // A file has no width, and eighty columns would break tables.
    AnsiConsole.Console.Profile.Width = RedirectedWidth;
}

var command = new RootCommand("Puts OITH under load and measures it against its targets. Without a verb: load, as its --help says.")
{
    LoadCommand.Create(),
    FuzzCommand.Create(),
    EngineCommand.Create(),
    BenchmarkCommand.Create(),
    ChurnCommand.Create(),
    ColdStartCommand.Create(),
    JsonataBenchmarkCommand.Create(),
    PeersCommand.Create(),
    ServiceCommand.Create(),
};
LoadCommand.Attach(command);
return await command.Parse(args).InvokeAsync();
