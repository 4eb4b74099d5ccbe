using System.CommandLine;
using Oith.StressTest.Engine;
using Oith.StressTest.Peers;

var command = new RootCommand("Puts OITH under load and measures it against its targets.")
{
    EngineCommand.Create(),
    BenchmarkCommand.Create(),
<<<<<<< HEAD
    StepFunctionsPeerBenchmark.Create(),
=======
    PeersCommand.Create(),
>>>>>>> 09bd94d (Measure FIFO throughput beside other emulators)
};
return await command.Parse(args).InvokeAsync();
