using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Oith.Stack;
using Oith.Tests.Fixtures;
using Oith.Tests.Infrastructure;

namespace Oith.Tests.Stack;

/// <summary>Whoever starts the service tells it the same: the single process, the app model, the function's template and the deploy scripts.</summary>
[Collection(OithStackCollection.Name)]
public sealed partial class MatchingEnvironmentTests(OithStackFixture fixture)
{
    [Fact]
    public void The_Single_Process_Sets_What_The_List_Names_And_Nothing_Else()
    {
        var settings = fixture.Stack.ServiceSettings;
        var endpoint = fixture.Stack.Endpoint.GetLeftPart(UriPartial.Authority);
        var expected = MatchingEnvironment.WithEmulator(ResourceNames.Development, endpoint, "us-east-1");

        Assert.Equal(
            expected.Keys.Concat(MatchingEnvironment.FromStacks.Select(output => output.Variable))
                .Concat([MatchingEnvironment.RedisPassword, MatchingEnvironment.EventsSecret]).Order(),
            settings.Keys.Order());
        Assert.All(expected, setting => Assert.Equal(setting.Value, settings[setting.Key]));
    }

    [Fact]
    public void The_Functions_Template_Takes_Each_Setting_From_The_Same_Output()
    {
        var variables = Template.Load(ResourceNames.MatchingStack).Resources["MatchingFunction"]!["Properties"]!["Environment"]!["Variables"]!.AsObject();
        var outputs = MatchingEnvironment.FromStacks.Concat(MatchingEnvironment.FromStacksInAws).Append(MatchingEnvironment.RedisSecret);

        Assert.All(outputs, output =>
        {
            // DAX may be left out: !If [HasDAX, the import, no value].
            var variable = variables[output.Variable] is JsonObject value && value["Fn::If"] is { } choice ? choice[1] : variables[output.Variable];
            var import = variable?["Fn::ImportValue"]?["Fn::Sub"]?.GetValue<string>();
            Assert.Equal($"oith-${{Environment}}-{output.Stack}-{output.Output}", import);
        });
        Assert.All(
            MatchingEnvironment.WithAws("${Environment}").Where(setting => setting.Key != MatchingEnvironment.OithEnvironment),
            setting => Assert.Equal(setting.Value, variables[setting.Key]!.GetValue<string>()));
    }

    [Fact]
    public void The_Deploy_Script_Writes_Each_Setting_From_The_Same_Output()
    {
        var written = SettingLine().Matches(RepositoryFiles.Read("infrastructure", "deploy.sh"))
            .ToDictionary(line => line.Groups["variable"].Value, line => (Stack: line.Groups["stack"].Value, Output: line.Groups["output"].Value));
        var outputs = MatchingEnvironment.FromStacks.Concat(MatchingEnvironment.FromStacksInAws).Append(MatchingEnvironment.RedisSecret).ToList();

        Assert.Equal(outputs.Select(output => output.Variable).Order(), written.Keys.Order());
        Assert.All(outputs, output => Assert.Equal((output.Stack, output.Output), written[output.Variable]));
    }

    [Fact]
    public void The_Data_Stack_Names_The_Bucket_Of_The_Artifacts()
    {
        JsonNode? output = Template.Load(ResourceNames.DataStack).Outputs[Artifact.BucketOutput];

        Assert.Equal("ArtifactBucket", output!["Value"]!["Ref"]!.GetValue<string>());
    }

    // say 'USERS_TABLE=%s' "$(output data UsersTableName)"
    [GeneratedRegex("""say '(?<variable>[A-Z_]+)=%s' "\$\(output (?<stack>\w+) (?<output>\w+)\)""")]
    private static partial Regex SettingLine();
}
