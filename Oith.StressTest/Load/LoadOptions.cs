using Oith.StressTest.Faults;

namespace Oith.StressTest.Load;

/// <summary>What is to be run.</summary>
/// <param name="Url">Of a service that runs already; null starts the whole stack.</param>
/// <param name="Aws">The AWS endpoint behind <paramref name="Url"/>, to look at queue, alarms and tables; null does without.</param>
/// <param name="Users">How many people there are.</param>
/// <param name="Rate">Requests a second.</param>
/// <param name="Duration">Of what is measured.</param>
/// <param name="Profile">A name of <see cref="LoadProfile.Names"/>.</param>
/// <param name="Faults">Faults to inject, in this order; empty for none.</param>
/// <param name="Instances">Of the service; more than one run as processes, and what a user does goes to one after the other.</param>
/// <param name="Report">Folder of report.json and report.html; null writes none.</param>
/// <param name="Saturation">Look for the highest rate that meets the targets instead of one run.</param>
/// <param name="MaxInFlight">Requests under way at once; what would be more is an error.</param>
internal sealed record LoadOptions(
    Uri? Url,
    Uri? Aws,
    int Users,
    double Rate,
    TimeSpan Duration,
    Mix Mix,
    ulong Seed,
    string Profile,
    IReadOnlyList<Fault> Faults,
    int Instances,
    DirectoryInfo? Report,
    bool Saturation,
    int MaxInFlight,
    TimeSpan Timeout);
