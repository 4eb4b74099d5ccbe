using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Oith.LocalCloud.CloudFormation.Provisioners;
using Oith.LocalCloud.CloudFormation.ResourceTypes;
using Oith.Tests.Fixtures;

namespace Oith.Tests.LocalCloud.CloudFormation;

public sealed class ResourceTypeTests(LocalCloudFixture cloud) : IClassFixture<LocalCloudFixture>
{
    private const string Start = "<!-- resource types: start -->";
    private const string End = "<!-- resource types: end -->";

    [Fact]
    public void Every_Type_Of_The_Table_Has_A_Handler_And_Every_Handler_A_Type()
    {
        var handled = cloud.Services.GetRequiredService<ProvisionerTable>().Types;

        Assert.Equal(ResourceTypeTable.All.Keys.Order(StringComparer.Ordinal), handled.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Documentation_Lists_The_Table()
    {
        var path = Path.Combine(RepositoryRoot(), "docs", "localcloud", "cloudformation.md");
        var page = File.ReadAllText(path);
        var start = page.IndexOf(Start, StringComparison.Ordinal) + Start.Length;
        var end = page.IndexOf(End, StringComparison.Ordinal);
        var expected = "\n\n" + Rows(cloud.Services.GetServices<IProvisioner>()) + "\n";
        if (Environment.GetEnvironmentVariable("OITH_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, page[..start] + expected + page[end..]);
            return;
        }

        Assert.True(page[start..end] == expected, "The page is older than the table; run this test with OITH_UPDATE_DOCS=1 to write it anew.");
    }

    [Fact]
    public void Values_Come_Out_In_The_Kind_That_The_Type_Declares()
    {
        var properties = JsonNode.Parse("""{"DelaySeconds": "5", "FifoQueue": "true", "QueueName": 12, "RedrivePolicy": {"maxReceiveCount": 3}}""")!.AsObject();

        var valid = PropertyValidator.Validate(ResourceTypeTable.All["AWS::SQS::Queue"], properties);

        Assert.Equal("""{"DelaySeconds":5,"FifoQueue":true,"QueueName":"12","RedrivePolicy":{"maxReceiveCount":3}}""", valid.ToJsonString());
    }

    [Theory]
    [InlineData("AWS::SSM::Parameter", """{"Value": "x"}""", "Property validation failure: [The property {/Type} is required]")]
    [InlineData(
        "AWS::SQS::Queue", """{"DelaySeconds": "soon"}""", "Property validation failure: [Value of property {/DelaySeconds} does not match type {Integer}]")]
    [InlineData(
        "AWS::SQS::Queue", """{"Tags": [{"Key": "a", "Value": "b", "Colour": "c"}]}""",
        "Property validation failure: [Encountered unsupported properties in {/Tags/0}: [Colour]]")]
    [InlineData("AWS::SQS::Queue", """{"Tags": {"a": "b"}}""", "Property validation failure: [Value of property {/Tags} does not match type {Array}]")]
    [InlineData("AWS::DAX::Cluster", """{"IAMRoleARN": "r", "NodeType": "t", "ReplicationFactor": 1, "Tags": [{"Key": "a", "Value": "b"}]}""",
        "Property validation failure: [Value of property {/Tags} does not match type {Object}]")]
    public void Property_That_Does_Not_Fit_Its_Type_Is_Named(string type, string properties, string message)
    {
        var error = Assert.Throws<ProvisioningException>(
            () => PropertyValidator.Validate(ResourceTypeTable.All[type], JsonNode.Parse(properties)!.AsObject()));

        Assert.Equal(message, error.Message);
    }

    private static string Rows(IEnumerable<IProvisioner> provisioners)
    {
        var recorded = provisioners.OfType<RecordedProvisioner>().Single().Handlers.Keys.ToHashSet();
        var text = new StringBuilder("| Type | Here | Properties | `Fn::GetAtt` |\n| --- | --- | --- | --- |\n");
        foreach (var type in ResourceTypeTable.All.Values.OrderBy(type => type.Name, StringComparer.Ordinal))
        {
            var properties = type.Properties.Values.OrderBy(property => property.Name, StringComparer.Ordinal).Select(Property);
            text.Append($"| {type.Name} | {(recorded.Contains(type.Name) ? "recorded" : "made")} | {string.Join(", ", properties)} | {string.Join(", ", type.Attributes)} |\n");
        }

        return text.ToString();
    }

    private static string Property(PropertySchema property) =>
        property.Name + (property.IsRequired ? " (required)" : "") + (property.Replacement == Replacement.Always ? " *" : "");

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Oith.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests run outside of the repository.");
        }

        return folder.FullName;
    }
}
