using Oith.Matching;
using Oith.ServiceDefaults;

await MatchingApplication.Build(args).RunUntilStoppedAsync();
