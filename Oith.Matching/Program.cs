using Oith.Matching;

await MatchingApplication.Build(args).RunAsync();
