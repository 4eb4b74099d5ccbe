using System.Text.Json.Nodes;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.CloudFormation;

public sealed class ChangeSetTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Parameterised = """
        Parameters: {Name: {Type: String}}
        Resources:
          Foo: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Ref Name}}
          Bar: {Type: 'AWS::SSM::Parameter', Properties: {Type: String, Value: !GetAtt Foo.QueueName}}
        """;

    private readonly StackClient _stacks = new(cloud.Api);

    [Fact]
    public async Task Change_Set_Creates_A_Stack_When_It_Is_Executed()
    {
        var created = await CreateAsync("new", "first", "CREATE", "Resources: {Queue: {Type: 'AWS::SQS::Queue'}}");
        Assert.Equal("REVIEW_IN_PROGRESS", StackClient.Status(await _stacks.DescribeAsync("new")));
        var changeSet = await DescribeAsync(created["Id"]!.ToString());
        Assert.Equal(("CREATE_COMPLETE", "AVAILABLE"), (changeSet["Status"]!.ToString(), changeSet["ExecutionStatus"]!.ToString()));
        Assert.Equal(
            """{"Type":"Resource","ResourceChange":{"Action":"Add","LogicalResourceId":"Queue","ResourceType":"AWS::SQS::Queue","Scope":[],"Details":[]}}""",
            changeSet["Changes"]![0]!.ToJsonString());

        await ExecuteAsync("new", "first");

        Assert.Equal("CREATE_COMPLETE", StackClient.Status(await _stacks.WaitAsync("new")));
        Assert.Equal("EXECUTE_COMPLETE", (await DescribeAsync(created["Id"]!.ToString()))["ExecutionStatus"]!.ToString());
    }

    [Fact]
    public async Task Change_Set_Tells_What_A_Parameter_Replaces_And_What_Follows_From_It()
    {
        await _stacks.CreateAsync("told", Parameterised, null, ("Name", "told-1"));

        await CreateAsync("told", "rename", "UPDATE", Parameterised, ("Name", "told-2"));

        var changes = (await DescribeAsync("rename", "told"))["Changes"]!.AsArray().Select(change => change!["ResourceChange"]!).ToList();
        Assert.Equal(["Bar", "Foo"], changes.Select(change => change["LogicalResourceId"]!.ToString()));
        Assert.Equal(("Modify", "False"), (changes[0]["Action"]!.ToString(), changes[0]["Replacement"]!.ToString()));
        Assert.Equal("Foo.QueueName", changes[0]["Details"]![0]!["CausingEntity"]!.ToString());
        Assert.Equal(("Modify", "True"), (changes[1]["Action"]!.ToString(), changes[1]["Replacement"]!.ToString()));
        Assert.Equal("ReplaceAndDelete", changes[1]["PolicyAction"]!.ToString());
        Assert.Equal(
            """
            [{"Target":{"Attribute":"Properties","Name":"QueueName","RequiresRecreation":"Always"},"Evaluation":"Static","ChangeSource":"ParameterReference","CausingEntity":"Name"},{"Target":{"Attribute":"Properties","Name":"QueueName","RequiresRecreation":"Always"},"Evaluation":"Dynamic","ChangeSource":"DirectModification"}]
            """.Trim(),
            changes[1]["Details"]!.ToJsonString());
    }

    [Fact]
    public async Task Change_Set_Without_Changes_Fails_And_Cannot_Be_Executed()
    {
        await _stacks.CreateAsync("same", Parameterised, null, ("Name", "same"));

        var created = await CreateAsync("same", "nothing", "UPDATE", Parameterised, ("Name", "same"));

        var changeSet = await DescribeAsync("nothing", "same");
        Assert.Equal(("FAILED", "UNAVAILABLE"), (changeSet["Status"]!.ToString(), changeSet["ExecutionStatus"]!.ToString()));
        Assert.Equal(
            "The submitted information didn't contain changes. Submit different information to create a change set.", changeSet["StatusReason"]!.ToString());
        var error = await _stacks.RefusalAsync("ExecuteChangeSet", new JsonObject { ["StackName"] = "same", ["ChangeSetName"] = "nothing" });
        Assert.Equal("InvalidChangeSetStatus", error.Code);
        Assert.Equal($"ChangeSet [{created["Id"]}] cannot be executed in its current status of [FAILED]", error.Message);
    }

    [Fact]
    public async Task Deleted_Change_Set_Is_Not_Found()
    {
        await _stacks.CreateAsync("forgotten", Parameterised, null, ("Name", "forgotten"));
        await CreateAsync("forgotten", "gone", "UPDATE", Parameterised, ("Name", "forgotten-2"));
        await _stacks.CallAsync("DeleteChangeSet", new JsonObject { ["StackName"] = "forgotten", ["ChangeSetName"] = "gone" });

        var error = await _stacks.RefusalAsync("DescribeChangeSet", new JsonObject { ["StackName"] = "forgotten", ["ChangeSetName"] = "gone" });

        Assert.Equal(("ChangeSetNotFound", "ChangeSet [gone] does not exist"), (error.Code, error.Message));
        Assert.Empty((await _stacks.CallAsync("ListChangeSets", new JsonObject { ["StackName"] = "forgotten" }))["Summaries"]!.AsArray());
    }

    [Fact]
    public async Task Values_Are_Shown_On_Request_But_Never_Those_Of_NoEcho()
    {
        const string Template = """
            Parameters: {Word: {Type: String, NoEcho: true}}
            Resources: {Bar: {Type: 'AWS::SSM::Parameter', Properties: {Type: String, Value: !Sub 'it is ${Word}'}}}
            """;
        await CreateAsync("masked", "first", "CREATE", Template, ("Word", "swordfish"));

        var shown = await _stacks.CallAsync(
            "DescribeChangeSet", new JsonObject { ["ChangeSetName"] = "first", ["StackName"] = "masked", ["IncludePropertyValues"] = true });

        Assert.Equal("""{"Properties":{"Type":"String","Value":"it is ****"}}""", shown["Changes"]![0]!["ResourceChange"]!["AfterContext"]!.ToString());
        Assert.DoesNotContain("swordfish", shown.ToJsonString());
        Assert.DoesNotContain("AfterContext", (await DescribeAsync("first", "masked")).ToJsonString());
    }

    [Fact]
    public async Task Output_Of_A_Resource_That_A_Condition_Leaves_Out_Is_Refused()
    {
        const string Template = """
            Parameters: {Name: {Type: String}}
            Conditions: {Never: !Equals [!Ref Name, never]}
            Resources: {Left: {Type: 'AWS::SQS::Queue'}, Out: {Type: 'AWS::SQS::Queue', Condition: Never}}
            Outputs: {Url: {Value: !Ref Out}}
            """;

        var error = await _stacks.RefusalAsync(
            "CreateChangeSet", StackClient.Input("left-out", Template, new JsonObject { ["ChangeSetName"] = "c", ["ChangeSetType"] = "CREATE" }, [("Name", "x")]));

        Assert.Equal("Unresolved resource dependencies [Out] in the Outputs block of the template", error.Message);
    }

    [Fact]
    public async Task Creation_Is_Refused_When_The_Stack_Is_There()
    {
        await _stacks.CreateAsync("there", Parameterised, null, ("Name", "there"));

        var error = await _stacks.RefusalAsync(
            "CreateChangeSet",
            StackClient.Input("there", Parameterised, new JsonObject { ["ChangeSetName"] = "again", ["ChangeSetType"] = "CREATE" }, [("Name", "there")]));

        Assert.Equal("Stack [there] already exists and cannot be created again with the changeSet [again].", error.Message);
    }

    private ValueTask<JsonObject> CreateAsync(string stack, string name, string type, string template, params (string Key, string Value)[] parameters) =>
        _stacks.CallAsync(
            "CreateChangeSet",
            StackClient.Input(stack, template, new JsonObject { ["ChangeSetName"] = name, ["ChangeSetType"] = type }, parameters));

    private ValueTask<JsonObject> DescribeAsync(string changeSet, string? stack = null) =>
        _stacks.CallAsync("DescribeChangeSet", new JsonObject { ["ChangeSetName"] = changeSet, ["StackName"] = stack });

    private ValueTask<JsonObject> ExecuteAsync(string stack, string changeSet) =>
        _stacks.CallAsync("ExecuteChangeSet", new JsonObject { ["StackName"] = stack, ["ChangeSetName"] = changeSet });
}
