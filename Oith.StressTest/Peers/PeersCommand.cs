using System.CommandLine;

namespace Oith.StressTest.Peers;

/// <summary>The verb <c>peers</c>: LocalCloud's services beside other emulators that this machine has.</summary>
internal static class PeersCommand
{
    public static Command Create() => new("peers", "Measures LocalCloud beside other emulators, in one run.")
    {
        DynamoDBPeerBenchmark.Create(),
        SQSPeerBenchmark.Create(),
        StepFunctionsPeerBenchmark.Create(),
    };
}
